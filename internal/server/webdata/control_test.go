package webdata_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
)

// left puts a run on record that ended before its devices did.
func (d *testProvider) left(run store.Run, state store.RunState) {
	d.t.Helper()
	d.run(run, 2)
	d.end(run.ID, state)
}

// TestARunGoesOnOnlyUnderTheRulesOfItsJob: resuming is no way around an approval.
func TestARunGoesOnOnlyUnderTheRulesOfItsJob(t *testing.T) {
	t.Parallel()
	approved := func(d *testProvider) {
		d.run(store.Run{ID: "plan", Action: "plan", Job: "nightly-plan"}, 2)
		d.end("plan", store.RunWaiting)
		require.NoError(d.t, d.Approve(d.t.Context(), "plan", store.Approval{Name: "ada", Time: d.now}))
	}
	apply := store.Run{ID: "run1", Action: "apply", Job: "weekend-apply", PlanRun: "plan"}
	for name, test := range map[string]struct {
		prepare func(*testProvider)
		want    string // "" for a run that goes on; else a part of why not
	}{
		"a plan run": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, store.RunInterrupted)
		}, ""},
		"its plan is still approved": {func(d *testProvider) { approved(d); d.left(apply, store.RunInterrupted) }, ""},
		"its plan was taken by itself": {func(d *testProvider) {
			approved(d)
			require.NoError(d.t, d.store.UseApproval(d.t.Context(), "plan", "run1"))
			d.left(apply, store.RunStopped)
		}, ""},
		"its plan was taken by another run": {func(d *testProvider) {
			approved(d)
			require.NoError(d.t, d.store.UseApproval(d.t.Context(), "plan", "run2"))
			d.left(apply, store.RunInterrupted)
		}, "no longer approved"},
		"its approval was withdrawn": {func(d *testProvider) {
			approved(d)
			d.left(apply, store.RunInterrupted)
			require.NoError(d.t, d.Reject(d.t.Context(), "plan", store.Rejection{Name: "ada", Time: d.now}))
		}, "its plan was rejected by ada"},
		"a person ended it while it was paused": {func(d *testProvider) {
			approved(d)
			require.NoError(d.t, d.store.UseApproval(d.t.Context(), "plan", "run1"))
			d.run(apply, 2)
			how := store.Rejection{Name: "ada", Reason: "wrong site"}.Words() + "; 2 of its devices are left"
			require.NoError(d.t, d.store.Writer.EndRun(d.t.Context(), "run1", store.RunStopped, 4, how, d.now))
		}, "it was rejected by ada: wrong site"},
		"its plan is too old": {func(d *testProvider) {
			approved(d)
			d.left(apply, store.RunInterrupted)
			d.now = d.now.Add(store.DefaultMaxAge + time.Hour)
		}, "too old"},
		"its window opens too late": {func(d *testProvider) {
			approved(d)
			d.left(apply, store.RunInterrupted)
			d.now = d.now.Add(store.DefaultMaxAge - time.Hour)
		}, "too old before its change window opens again"},
		"it has no plan, and its job now needs one": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "apply", Job: "weekend-apply"}, store.RunInterrupted)
		}, "carries out approved plans now"},
		"it waits for approval": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, store.RunWaiting)
		}, "has not ended early"},
		"it is done": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, store.RunDone)
		}, "has not ended early"},
		"it belongs to no job": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "apply"}, store.RunInterrupted)
		}, "acfix apply --resume run1"},
		"its job is gone": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "plan", Job: "gone"}, store.RunInterrupted)
		}, "no longer has its job"},
		"its job does something else now": {func(d *testProvider) {
			d.left(store.Run{ID: "run1", Action: "apply", Job: "nightly-plan"}, store.RunInterrupted)
		}, "no longer has its job"},
	} {
		d := newTestProvider(t)
		test.prepare(d)
		run, err := d.Run(t.Context(), "run1")
		require.NoError(t, err, name)
		assert.Equal(t, test.want == "", run.Control.Resume, name)
		err = d.Resume(t.Context(), "run1")
		if test.want != "" {
			require.ErrorIs(t, err, web.ErrNotResumable, name)
			assert.ErrorContains(t, err, test.want, name)
			assert.Empty(t, d.begun, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Len(t, d.begun, 1, name)
		assert.Contains(t, d.begun[0], "resume run1 of ", name)
		d.busy = true
		assert.ErrorIs(t, d.Resume(t.Context(), "run1"), web.ErrBusy, name)
	}
}

func TestOnlyTheProcessThatLeadsARunStopsIt(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	d.run(store.Run{ID: "run1", Action: "apply", Job: "weekend-apply"}, 2)
	control := func() web.RunControl {
		run, err := d.Run(t.Context(), "run1")
		require.NoError(t, err)
		assert.NotContains(t, run.Head.Reason, "--resume")
		return run.Control
	}
	assert.False(t, control().Stop)
	assert.Contains(t, control().Else, "Another process leads this run")
	d.lives = false
	assert.NotContains(t, control().Else, "Another process")
	assert.Contains(t, control().Else, "Its process has died. This service takes the run up by itself")
	d.lives = true
	assert.ErrorIs(t, d.Stop(t.Context(), "run1", "ada"), web.ErrNotLed)
	assert.ErrorIs(t, d.Stop(t.Context(), "run", "ada"), web.ErrUnknown)
	d.led = "run1"
	assert.Equal(t, web.RunControl{Stop: true}, control())
	require.NoError(t, d.Stop(t.Context(), "run1", "ada"))
	assert.Equal(t, []string{"stop run1 for ada"}, d.begun)
	d.end("run1", store.RunDone)
	assert.ErrorIs(t, d.Stop(t.Context(), "run1", "ada"), web.ErrNotLed)
}
