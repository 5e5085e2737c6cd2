package worker

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADeviceIsReadAndWrittenToByAWorker(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Well, outcome)
	assert.Equal(t, remediate.Change, f.plan().Verdict)
	outcome, err = f.by(taskWrite, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Changed, outcome)
	outcome, err = f.by(taskCheck, f.work).Check(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Well, outcome)
	assert.Equal(t, 3, f.queued)
	assert.Equal(t, 1, f.met, "an inventory is not read for every task")

	f.device.ResetLog()
	require.NoError(t, f.worker.try(t.Context(), Ticket{Run: f.run.ID}))
	assert.Empty(t, f.device.Requests(), "a task that is done is left alone")
}

func TestATaskThatTheQueueLosesIsHandedOutAgain(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	begun := f.now()
	outcome, err := f.by(taskRead, func(nth int, task Ticket) {
		if nth == 3 {
			f.work(nth, task)
		}
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Well, outcome)
	assert.GreaterOrEqual(t, f.now().Sub(begun), 2*handOutAgain)
}

// TestADeviceThatEveryWorkerRefusesFails instead of holding the run up for ever.
func TestADeviceThatEveryWorkerRefusesFails(t *testing.T) {
	for name, inventory := range map[string]string{
		"it is not in the inventory":     "devices:\n  - {name: another, url: \"https://192.0.2.1\"}\n",
		"it has another name there":      "devices:\n  - {name: another, url: %q, pin: %q}\n",
		"the inventory is broken":        "devices: 1\n",
		"there is no password on record": "devices:\n  - {name: sbc, url: %q, pin: %q, password_env: NOT_SET}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newWorkerRig(t)
			f.lists(inventory+"# %.0s%.0s\n", f.url, f.pin)
			begun := f.now()
			outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
			require.NoError(t, err)
			assert.Equal(t, rollout.Unreadable, outcome)
			assert.Greater(t, f.now().Sub(begun), refusedFor)
			assert.Equal(t, remediate.CodeUnreachable, f.plan().Error.Code)
			assert.Contains(t, f.plan().Error.Message, "refused this device")
			assert.False(t, f.plan().Skipped)
			assert.Empty(t, f.device.Requests(), "nothing was sent, no password above all")
			assert.Contains(t, f.said.String(), "refused: ")
		})
	}
}

// TestAnAppliedDeviceThatNobodyReadsAgainIsNotCalledApplied, and what was done is told.
func TestAnAppliedDeviceThatNobodyReadsAgainIsNotCalledApplied(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	for _, task := range []string{taskRead, taskWrite} {
		_, err := f.by(task, f.work).Execute(t.Context(), 0)
		require.NoError(t, err)
	}
	f.lists("devices:\n  - {name: another, url: \"https://192.0.2.1\"}\n")
	f.jump(remembered)
	outcome, err := f.by(taskCheck, f.work).Check(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Broken, outcome)
	result, err := f.run.Result(0)
	require.NoError(t, err)
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, "not read again after the run: every worker that was asked refused this device")
	assert.Contains(t, result.Error.Hint, "the change was there, verified and saved")
}

// TestATaskIsWithdrawn when its window closes or an operator asks to stop before a worker has
// begun with it. A worker that comes late does nothing.
func TestATaskIsWithdrawn(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(*workerRig, *queued)
		code   string
		phase  string
		status remediate.Status
	}{
		"reading, the window closes": {closeWindow, run.CodeWindow, taskRead, ""},
		"writing, the window closes": {closeWindow, run.CodeWindow, taskWrite, remediate.Skipped},
		"reading, somebody stops it": {askToStop, remediate.CodeInterrupted, taskRead, ""},
		"writing, somebody stops it": {askToStop, remediate.CodeInterrupted, taskWrite, remediate.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newWorkerRig(t)
			if test.phase == taskWrite {
				_, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
				require.NoError(t, err)
				f.device.ResetLog()
			}
			q := f.by(test.phase, func(int, Ticket) {})
			test.end(f, &q)
			outcome, err := q.Execute(t.Context(), 0)
			require.NoError(t, err)
			assert.Equal(t, rollout.Cut, outcome)
			if test.phase == taskRead {
				assert.Equal(t, test.code, f.plan().Error.Code)
				assert.True(t, f.plan().Skipped)
			} else {
				result, err := f.run.Result(0)
				require.NoError(t, err)
				assert.Equal(t, test.code, result.Error.Code)
				assert.Equal(t, test.status, result.Status)
			}
			require.NoError(t, f.worker.try(t.Context(), Ticket{Run: f.run.ID}))
			assert.Empty(t, f.device.Requests())
		})
	}
}

// TestADeviceThatWasBegunWithIsNotCalledSkipped when no worker comes back to it.
func TestADeviceThatWasBegunWithIsNotCalledSkipped(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	f.isCutOff()
	q := f.by(taskWrite, func(int, Ticket) {})
	closeWindow(f, &q)
	_, err := q.Execute(t.Context(), 0)
	require.NoError(t, err)
	result, err := f.run.Result(0)
	require.NoError(t, err)
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, "begun before the run was cut off, and not finished")
}

func closeWindow(f *workerRig, q *queued) {
	closes := f.now().Add(time.Second)
	q.open = func(now time.Time) bool { return now.Before(closes) }
}

func askToStop(f *workerRig, _ *queued) { close(f.stop) }

// TestADeviceWithoutAPasswordIsNotHandedOut: the controller could not count refused logins.
func TestADeviceWithoutAPasswordIsNotHandedOut(t *testing.T) {
	t.Parallel()
	f := newWorkerRig(t)
	f.lists(strings.Replace(aDevice, "}", ", password_command: ['false']}", 1), f.url, f.pin)
	listed, err := access.ReadInventory(f.inventory, ownership.For(os.Geteuid()))
	require.NoError(t, err)
	f.run.Devices, err = listed.ChooseDevices(nil, "")
	require.NoError(t, err)
	require.NoError(t, f.resolve(f.run.Devices))
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, rollout.Unreadable, outcome)
	assert.Zero(t, f.queued)
}
