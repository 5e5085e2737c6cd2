package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

const aDay = 24 * time.Hour

// planned is a plan of a job that was made at a time, and ended in a state.
func planned(t *testing.T, s *store.Store, id, job string, created time.Time, state store.RunState) {
	t.Helper()
	create(t, s, store.Run{ID: id, Job: job, Action: "plan", Created: created}, 1)
	require.NoError(t, s.EndRun(t.Context(), id, state, 2, "", created.Add(time.Minute)))
}

func stateOf(t *testing.T, s *store.Store, id string) store.RunState {
	t.Helper()
	run, err := s.Run(t.Context(), id)
	require.NoError(t, err)
	return run.State
}

// anOldPlanIsNotApproved, at any time beyond its age, nor one of a clock that was ahead.
func anOldPlanIsNotApproved(t *testing.T, s *store.Store) {
	for id, test := range map[string]struct {
		age, maxAge time.Duration
		wanted      error
	}{
		"fresh":             {0, 0, nil},
		"a-week":            {7 * aDay, 0, nil},
		"a-moment-more":     {7*aDay + time.Microsecond, 0, store.ErrNotWaiting},
		"eight-days":        {8 * aDay, 0, store.ErrNotWaiting},
		"400-days":          {400 * aDay, 0, store.ErrNotWaiting},
		"eight-of-ten-days": {8 * aDay, 10 * aDay, nil},
		"two-of-one-hour":   {2 * time.Hour, time.Hour, store.ErrNotWaiting},
		"of-clocks-apart":   {-4 * time.Minute, 0, nil},
		"of-tomorrow":       {-aDay, 0, store.ErrNotWaiting},
		"of-next-year":      {-400 * aDay, 0, store.ErrNotWaiting},
	} {
		create(t, s, store.Run{ID: id, Action: "plan", Created: noon.Add(-test.age), MaxAge: test.maxAge}, 1)
		require.NoError(t, s.EndRun(t.Context(), id, store.RunWaiting, 2, "", noon.Add(-test.age)))
		err := s.Approve(t.Context(), id, store.Approval{Name: "Ann", Time: noon, Change: "CHG1"})
		require.ErrorIs(t, err, test.wanted, id)
		if test.wanted != nil {
			assert.Equal(t, store.RunWaiting, stateOf(t, s, id), id)
		}
	}
}

// aNewerPlanSupersedes the waiting ones of its job alone, in whatever order they end.
func aNewerPlanSupersedes(t *testing.T, s *store.Store) {
	at := func(days int) time.Time { return noon.Add(time.Duration(days) * aDay) }
	planned(t, s, "other-job", "other", at(0), store.RunWaiting)
	create(t, s, store.Run{ID: "by-hand", Action: "plan", Created: at(0), State: store.RunWaiting}, 1)
	planned(t, s, "ahead", "nightly", at(500), store.RunWaiting) // of a clock that was wrong
	planned(t, s, "one", "nightly", at(1), store.RunWaiting)
	assert.Equal(t, store.RunSuperseded, stateOf(t, s, "ahead"))
	planned(t, s, "two", "nightly", at(2), store.RunWaiting)
	assert.Equal(t, store.RunSuperseded, stateOf(t, s, "one"))
	require.NoError(t, s.Approve(t.Context(), "two", store.Approval{Name: "Ann", Time: at(2), Change: "CHG1"}))
	planned(t, s, "three", "nightly", at(3), store.RunWaiting)
	assert.Equal(t, store.RunApproved, stateOf(t, s, "two"), "approved plans stay")
	for _, state := range []store.RunState{store.RunFailed, store.RunStopped, store.RunInterrupted} {
		planned(t, s, "no-plan-"+string(state), "nightly", at(4), state)
		assert.Equal(t, store.RunWaiting, stateOf(t, s, "three"), "%s is no newer plan", state)
	}
	create(t, s, store.Run{ID: "an-apply", Job: "nightly", Action: "apply", Created: at(4)}, 1)
	require.NoError(t, s.EndRun(t.Context(), "an-apply", store.RunDone, 0, "", at(4)))
	assert.Equal(t, store.RunWaiting, stateOf(t, s, "three"))

	create(t, s, store.Run{ID: "slow", Job: "nightly", Action: "plan", Created: at(5)}, 1)
	planned(t, s, "quick", "nightly", at(6), store.RunWaiting)
	require.NoError(t, s.EndRun(t.Context(), "slow", store.RunWaiting, 2, "", at(7)))
	assert.Equal(t, store.RunSuperseded, stateOf(t, s, "slow"), "the newer one ended first")
	planned(t, s, "nothing-to-do", "nightly", at(8), store.RunDone)
	run, err := s.Run(t.Context(), "quick")
	require.NoError(t, err)
	assert.Equal(t, store.RunSuperseded, run.State)
	assert.Equal(t, "superseded by run nothing-to-do", run.Reason)
	for id, wanted := range map[string]store.RunState{"other-job": store.RunWaiting, "by-hand": store.RunWaiting} {
		assert.Equal(t, wanted, stateOf(t, s, id))
	}
	for _, id := range []string{"one", "slow", "quick"} {
		err := s.Approve(t.Context(), id, store.Approval{Name: "Ann", Time: at(8), Change: "CHG1"})
		require.ErrorIs(t, err, store.ErrNotWaiting)
		require.ErrorIs(t, s.Reopen(t.Context(), id), store.ErrNotResumable)
	}
}

// plansExpire, waiting and approved ones, but not what a run carries out.
func plansExpire(t *testing.T, s *store.Store) {
	ctx, approval := t.Context(), store.Approval{Name: "Ann", Time: noon, Change: "CHG1"}
	for _, id := range []string{"waits", "approved", "used"} {
		planned(t, s, id, "job of "+id, noon, store.RunWaiting)
	}
	require.NoError(t, s.Approve(ctx, "approved", approval))
	require.NoError(t, s.Approve(ctx, "used", approval))
	require.NoError(t, s.UseApproval(ctx, "used", "run"))
	require.NoError(t, s.SettlePlans(ctx, noon.Add(7*aDay)))
	assert.Equal(t, store.RunWaiting, stateOf(t, s, "waits"))
	require.NoError(t, s.SettlePlans(ctx, noon.Add(7*aDay+time.Second)))
	for id, wanted := range map[string]store.RunState{
		"waits": store.RunExpired, "approved": store.RunExpired, "used": store.RunDone,
	} {
		assert.Equal(t, wanted, stateOf(t, s, id), id)
		require.ErrorIs(t, s.Reopen(ctx, id), store.ErrNotResumable)
	}
	require.ErrorIs(t, s.UseApproval(ctx, "approved", "run"), store.ErrNotApproved)
	waiting, err := s.Runs(ctx, store.Filter{State: string(store.RunWaiting)})
	require.NoError(t, err)
	assert.Empty(t, waiting)
}

// aPlanIsRejected while it waits or is approved, and stays so.
func aPlanIsRejected(t *testing.T, s *store.Store) {
	ctx, no := t.Context(), store.Rejection{Name: "Kim@desk", Time: noon, Reason: "wrong site"}
	approval := store.Approval{Name: "Ann", Time: noon, Change: "CHG1"}
	planned(t, s, "waits", "one", noon, store.RunWaiting)
	planned(t, s, "approved", "two", noon, store.RunWaiting)
	planned(t, s, "used", "three", noon, store.RunWaiting)
	require.NoError(t, s.Approve(ctx, "approved", approval))
	require.NoError(t, s.Approve(ctx, "used", approval))
	require.NoError(t, s.UseApproval(ctx, "used", "run"))
	require.NoError(t, s.Reject(ctx, "waits", no))
	require.NoError(t, s.Reject(ctx, "approved", no))
	require.ErrorIs(t, s.Reject(ctx, "used", no), store.ErrNotWaiting)
	require.ErrorIs(t, s.Reject(ctx, "waits", no), store.ErrNotWaiting)
	require.ErrorIs(t, s.Reject(ctx, "none", no), store.ErrUnknownRun)
	create(t, s, store.Run{ID: "early", Action: "apply", PlanRun: "approved", Created: noon}, 1)
	require.NoError(t, s.EndRun(ctx, "early", store.RunInterrupted, 5, "", noon))
	require.ErrorIs(t, s.Reopen(ctx, "early"), store.ErrRejected, "its plan was rejected")
	create(t, s, store.Run{ID: "run", Action: "apply", PlanRun: "used", Created: noon}, 1)
	require.NoError(t, s.EndRun(ctx, "run", store.RunStopped, 4, no.Words()+"; 1 of its devices is left", noon))
	require.ErrorIs(t, s.Reopen(ctx, "run"), store.ErrRejected, "a person ended it")
	assert.Equal(t, store.RunStopped, stateOf(t, s, "run"))
	for _, id := range []string{"waits", "approved"} {
		run, err := s.Run(ctx, id)
		require.NoError(t, err)
		assert.Equal(t, store.RunRejected, run.State)
		assert.Equal(t, "rejected by Kim@desk: wrong site", run.Reason)
		require.ErrorIs(t, s.Approve(ctx, id, approval), store.ErrNotWaiting)
		require.ErrorIs(t, s.UseApproval(ctx, id, "run"), store.ErrNotApproved)
		require.ErrorIs(t, s.Reopen(ctx, id), store.ErrNotResumable)
	}
}

// anApprovalComesBack from the run that took it and wrote nothing, and from no other.
func anApprovalComesBack(t *testing.T, s *store.Store) {
	ctx := t.Context()
	planned(t, s, "plan", "nightly", noon, store.RunWaiting)
	require.NoError(t, s.Approve(ctx, "plan", store.Approval{Name: "Ann", Time: noon, Change: "CHG1"}))
	create(t, s, store.Run{ID: "taker", Action: "apply", PlanRun: "plan", Created: noon}, 1)
	create(t, s, store.Run{ID: "late", Action: "apply", PlanRun: "plan", Created: noon}, 1)
	require.NoError(t, s.UseApproval(ctx, "plan", "taker"))
	require.ErrorIs(t, s.UseApproval(ctx, "plan", "late"), store.ErrNotApproved)
	require.NoError(t, s.EndUnwritten(ctx, "late", store.RunFailed, 1, "", noon, "plan", "wrong"))
	assert.Equal(t, store.RunDone, stateOf(t, s, "plan"), "it is not the late run's to give")

	lease, err := s.AcquireRun(ctx, "taker", "dead", time.Hour)
	require.NoError(t, err)
	stolen := lease
	stolen.Epoch--
	require.ErrorIs(t, s.Under(stolen).EndUnwritten(ctx, "taker", store.RunStopped, 5, "", noon, "plan", ""), store.ErrFenced)
	assert.Equal(t, store.RunDone, stateOf(t, s, "plan"), "nor that of a run that lost its lease")
	require.NoError(t, s.Under(lease).EndUnwritten(ctx, "taker", store.RunStopped, 5, "closed", noon, "plan", "nothing was written"))
	plan, err := s.Run(ctx, "plan")
	require.NoError(t, err)
	assert.Equal(t, store.RunApproved, plan.State)
	assert.Equal(t, "nothing was written", plan.Reason)
	assert.Equal(t, "Ann", plan.Approval.Name)
	assert.Equal(t, store.RunStopped, stateOf(t, s, "taker"))
	require.NoError(t, s.UseApproval(ctx, "plan", "late"))
	require.ErrorIs(t, s.UseApproval(ctx, "plan", "taker"), store.ErrNotApproved)
}

// theMarksOutliveAPrune, as long as their plan may be carried out and longer.
func theMarksOutliveAPrune(t *testing.T, s *store.Store) {
	ctx := t.Context()
	planned(t, s, "plan", "nightly", noon, store.RunWaiting)
	require.NoError(t, s.Approve(ctx, "plan", store.Approval{Name: "Ann", Time: noon, Change: "CHG1"}))
	create(t, s, store.Run{ID: "apply", Action: "apply", PlanRun: "plan", Created: noon}, 1)
	require.NoError(t, s.UseApproval(ctx, "plan", "apply"))
	use := store.Use{Plan: "plan", Devices: []string{"serial-1"}, Run: "apply", Process: "one", Time: noon}
	require.NoError(t, s.UsePlan(ctx, use))
	_, err := s.Prune(ctx, noon.Add(aDay))
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, stateOf(t, s, "plan"), "its run is not over")
	require.NoError(t, s.EndRun(ctx, "apply", store.RunPaused, 5, "", noon))
	_, err = s.Prune(ctx, noon.Add(aDay))
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, stateOf(t, s, "plan"), "nor is a paused one")
	require.NoError(t, s.EndRun(ctx, "apply", store.RunDone, 0, "", noon))
	_, err = s.Prune(ctx, noon.Add(aDay))
	require.NoError(t, err)
	_, err = s.Run(ctx, "plan")
	require.ErrorIs(t, err, store.ErrUnknownRun)
	used, err := s.PlanUsed(ctx, "plan", "serial-1")
	require.NoError(t, err)
	assert.True(t, used)
	use.Process = "another"
	require.ErrorIs(t, s.UsePlan(ctx, use), store.ErrUsed)
}
