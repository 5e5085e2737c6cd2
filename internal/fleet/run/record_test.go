package run_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// registryRig is a process with a store and a state directory of its own.
type registryRig struct {
	run.Registry
	t *testing.T
}

func newRegistryRig(t *testing.T) registryRig {
	t.Helper()
	folder := t.TempDir()
	clock := retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}
	process := run.Process{Clock: clock, Abort: t.Context(), Stop: make(chan struct{}), Outage: &store.Outage{}, Warn: func(text string) { t.Error(text) }}
	return registryRig{t: t, Registry: run.Registry{
		Process: process, Acfix: "1.0", Host: "here",
		Open: func() (*store.Store, error) {
			return store.Open(t.Context(), "sqlite:"+filepath.Join(folder, "runs.db"))
		},
		State: func() (statedir.Directory, error) { return statedir.Directory(folder), nil },
		Holder: func(opened *store.Store) store.Holder {
			return store.Holder{Store: opened, Name: "registryRig", Term: time.Minute, Clock: clock}
		},
	}}
}

var three = []*access.Device{
	{Name: "a", URL: "https://192.0.2.1"}, {Name: "b", URL: "https://192.0.2.2"}, {Name: "c", URL: "https://192.0.2.3"},
}

// begin is a run of three devices.
func (o registryRig) begin(what run.Assignment) *run.Record {
	o.t.Helper()
	record, err := o.Begin(what, three)
	require.NoError(o.t, err)
	return record
}

func planned(verdict remediate.Verdict, serial string) remediate.DevicePlan {
	plan := remediate.DevicePlan{Verdict: verdict, Steps: []remediate.Step{{Kind: remediate.StepBackup}, {Kind: remediate.StepSave}}}
	plan.Device.Serial = serial
	return plan
}

// TestARunIsInOneHand: a second process is told which run it is, and so is whoever asks.
func TestARunIsInOneHand(t *testing.T) {
	t.Parallel()
	o := newRegistryRig(t)
	record := o.begin(run.Assignment{ID: "run1", Action: run.ActionApply})
	assert.True(t, o.Lives("run1"))
	_, _, err := o.Reopen("run1")
	assert.ErrorIs(t, err, store.ErrHeld)
	var wrong *usage.Error
	require.ErrorAs(t, err, &wrong)
	assert.Contains(t, wrong.Problem, "run run1 is still going on")

	_, err = record.End(run.Ending{State: store.RunInterrupted, Exit: 130, Reason: "why"})
	require.NoError(t, err)
	assert.False(t, o.Lives("run1"))
	again, kept, err := o.Reopen("run1")
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, kept.State)
	assert.Equal(t, "why", kept.Reason)
	assert.Equal(t, []string{"1.0", "here"}, []string{kept.Acfix, kept.Host})
	require.NoError(t, again.Close())
	_, _, err = o.Reopen("another")
	assert.ErrorIs(t, err, store.ErrUnknownRun)
}

// TestHowFarADeviceIs decides what a resumed run does with it.
func TestHowFarADeviceIs(t *testing.T) {
	t.Parallel()
	step := func(kind remediate.StepKind, status remediate.StepStatus) []remediate.StepResult {
		return []remediate.StepResult{{Kind: remediate.StepBackup, Status: remediate.StepDone}, {Kind: kind, Status: status}}
	}
	for name, test := range map[string]struct {
		work              func(book run.Book) error
		done, owed, begun bool
	}{
		"not read yet": {work: func(run.Book) error { return nil }},
		"in order":     {work: func(b run.Book) error { return b.PutPlan(0, planned(remediate.Compliant, "1")) }, done: true},
		"to change":    {work: func(b run.Book) error { return b.PutPlan(0, planned(remediate.Change, "1")) }},
		"in hand":      {work: func(b run.Book) error { return b.Start(0) }, begun: true},
		"applied": {work: func(b run.Book) error {
			return b.PutResult(0, remediate.DeviceResult{Status: remediate.Applied, Steps: step(remediate.StepSave, remediate.StepDone)})
		}, done: true, owed: true},
		"applied, and read again": {work: func(b run.Book) error {
			return b.PutResult(0, remediate.DeviceResult{Status: remediate.Applied, ReadAgain: noon.Format(time.RFC3339)})
		}, done: true},
		"failed after a write": {work: func(b run.Book) error {
			return b.PutResult(0, remediate.DeviceResult{Status: remediate.Failed, Steps: step(remediate.StepSave, remediate.StepFailed)})
		}, begun: true},
		"refused, with nothing done": {work: func(b run.Book) error {
			return b.PutResult(0, remediate.DeviceResult{Status: remediate.Failed})
		}},
		"stale": {work: func(b run.Book) error {
			return b.PutResult(0, remediate.DeviceResult{Status: remediate.Stale, Steps: step(remediate.StepSave, remediate.StepPending)})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newRegistryRig(t)
			record := o.begin(run.Assignment{ID: "run1", Action: run.ActionApply})
			t.Cleanup(func() { require.NoError(t, record.Close()) })
			require.NoError(t, test.work(record.Book()))
			targets, stand, err := run.Devices(t.Context(), record.Store, "run1", run.ActionApply)
			require.NoError(t, err)
			assert.Equal(t, three, targets)
			assert.Equal(t, []bool{test.done, test.owed, test.begun}, []bool{stand.Done[0], stand.Owed[0], stand.Begun[0]})
		})
	}
}
