package worker

import (
	"errors"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/planfile"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAWorkerWithoutPasswordLeavesTheDeviceToOthers: another may find one. The credential of the
// run is running, for no worker has refused it.
func TestAWorkerWithoutPasswordLeavesTheDeviceToOthers(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	f.lists("devices:\n  - {name: sbc, url: %q, pin: %q, password_command: [no-such-program]}\n", f.url, f.pin)
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Unreadable, outcome)
	assert.Contains(t, f.plan().Error.Message, "every worker that was asked refused this device")
	assert.Empty(t, f.device.Requests())

	f.lists(aDevice, f.url, f.pin)
	f.jump(remembered)
	outcome, err = f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Well, outcome)
}

func TestAnInventoryThatWasMendedIsReadAgain(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	f.lists("devices:\n  - {name: another, url: \"https://192.0.2.1\"}\n")
	outcome, err := f.by(taskRead, func(nth int, task Ticket) {
		if nth == 2 {
			f.lists(aDevice, f.url, f.pin)
			f.jump(remembered)
		}
		f.worker.Attend(t.Context(), task)
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Well, outcome)
	assert.Len(t, f.worker.runs.known, 1)
}

// TestAWorkerKeepsOff: from tasks of others, of runs without a controller, and outside the window.
func TestAWorkerKeepsOff(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *workerRig){
		"another worker has it": func(t *testing.T, f *workerRig) {
			_, err := f.store.Acquire(t.Context(), store.TaskLease(f.run.ID, 0), "other", f.run.ID, time.Hour)
			require.NoError(t, err)
		},
		"nobody leads the run": func(t *testing.T, f *workerRig) {
			require.NoError(t, f.store.Release(t.Context(), f.record.Tenure.Lease()))
		},
		"the run is over": func(t *testing.T, f *workerRig) {
			require.NoError(t, f.store.EndRun(t.Context(), f.run.ID, store.RunDone, 0, "", f.now()))
		},
		"the window is closed": func(_ *testing.T, f *workerRig) {
			f.open = func(time.Time) bool { return false }
		},
		"it was asked to stop": func(_ *testing.T, f *workerRig) { close(f.stop) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newWorkerRig(t)
			require.NoError(t, f.record.Writer().Order(t.Context(), f.run.ID, 0, taskRead))
			prepare(t, f)
			f.worker.Attend(t.Context(), Ticket{Run: f.run.ID})
			assert.Empty(t, f.device.Requests())
			task, err := f.store.Task(t.Context(), f.run.ID, 0)
			require.NoError(t, err)
			assert.Equal(t, store.TaskOrdered, task.State)
		})
	}
}

// TestWhatWasAskedBeforeAResumeIsNotDone: the run may go on without workers now, and would be
// answered what it has not asked.
func TestWhatWasAskedBeforeAResumeIsNotDone(t *testing.T) {
	for _, state := range []store.TaskState{store.TaskOrdered, store.TaskRefused, store.TaskTaken} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			f := newWorkerRig(t)
			writer := f.record.Writer()
			require.NoError(t, writer.Order(t.Context(), f.run.ID, 0, taskRead))
			switch state {
			case store.TaskRefused:
				require.NoError(t, writer.RefuseTask(t.Context(), f.run.ID, 0, taskRead))
			case store.TaskTaken: // and left
				require.NoError(t, writer.TakeTask(t.Context(), f.run.ID, 0, taskRead))
			}
			require.NoError(t, f.record.UntilNoneInHand())
			f.worker.Attend(t.Context(), Ticket{Run: f.run.ID})
			assert.Empty(t, f.device.Requests())
		})
	}
}

// TestAWrongPasswordOfAWorkerCounts for the rule that a credential is not tried everywhere.
func TestAWrongPasswordOfAWorkerCounts(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	f.password = "wrong"
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Unauthorized, outcome)
	assert.Equal(t, 1, f.device.FailedLogins())
}

// TestAWorkerThatIsStoppedHandsItsDeviceOn: what it did is kept, and the next one ends it.
func TestAWorkerThatIsStoppedHandsItsDeviceOn(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	_, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	stop := make(chan struct{})
	first := f.workerOf(f.process(stop))
	f.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "/files/ini/incremental", Do: mockdevice.Delay, Delay: 50 * time.Millisecond})
	outcome, err := f.by(taskWrite, func(nth int, task Ticket) {
		if nth > 1 {
			f.work(nth, task)
			return
		}
		go first.Attend(t.Context(), task)
		go func() {
			for f.device.Writes() == 0 {
				time.Sleep(time.Millisecond)
			}
			close(stop)
		}()
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Changed, outcome)
	assert.Equal(t, 2, f.queued)
	result, err := f.run.Result(0)
	require.NoError(t, err)
	assert.Equal(t, remediate.Applied, result.Status)
	assert.Equal(t, 4, f.device.Writes(), "each step was sent once")
}

// TestADeviceThatWasBegunWithIsReadFirst: the next worker finishes what another left half
// done there, also where the plan may be carried out once.
func TestADeviceThatWasBegunWithIsReadFirst(t *testing.T) {
	for name, next := range map[string]func(*testing.T, *workerRig){
		"the run is resumed": func(t *testing.T, f *workerRig) {
			require.NoError(t, f.record.Writer().Order(t.Context(), f.run.ID, 0, taskWrite))
		},
		"another worker refuses it": func(t *testing.T, f *workerRig) {
			stranger := f.workerOf(f.process(f.stop))
			stranger.Meet = func(store.Run) (Met, error) { return Met{}, errors.New("not in my inventory") }
			stranger.Attend(t.Context(), Ticket{Run: f.run.ID})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newWorkerRig(t)
			head := remediate.Plan{ID: "plan1", Created: f.now().UTC().Format(time.RFC3339), Policy: remediate.CurrentPolicy()}
			f.saved = &planfile.SavedPlan{Head: head, MaxAge: time.Hour, Marks: planfile.Marks{State: f.state}}
			f.isCutOff()

			next(t, f)
			f.worker.Attend(t.Context(), Ticket{Run: f.run.ID})
			result, err := f.run.Result(0)
			require.NoError(t, err)
			assert.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Equal(t, 4, f.device.Writes(), "each step was sent once")
		})
	}
}
