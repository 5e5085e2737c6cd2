package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// floor is a controller and a worker in one process, and a queue between them that does what a
// test wants. Pauses of the controller take no time; leases go by the store's own clock.
type floor struct {
	*desk
	t         *testing.T
	inventory string
	store     *store.Store
	run       *fleetRun
	worker    *worker
	said      lockedBuffer

	mutex  sync.Mutex
	clock  time.Time
	queued int // tasks that were handed out
}

const aDevice = "devices:\n  - {name: sbc, url: %q, pin: %q}\n"

func newFloor(t *testing.T) *floor {
	t.Helper()
	f := &floor{desk: newDesk(t, "7.4.500", ""), t: t, inventory: filepath.Join(t.TempDir(), "inventory.yaml"), clock: time.Now()}
	f.app.now, f.app.stderr = f.now, &f.said
	f.app.sleep = f.sleep
	f.app.getenv = func(name string) string {
		return map[string]string{"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": "Admin", "XDG_STATE_HOME": filepath.Dir(f.inventory)}[name]
	}
	f.app = f.app.unattended()
	f.app.flags.timeout, f.app.flags.retryFor = time.Minute, time.Minute // as without flags
	f.lists(aDevice, f.target[0], f.target[2])
	var flags applyFlags
	flags.registerAll(pflag.NewFlagSet("", pflag.ContinueOnError))
	flags.inventory = f.inventory
	targets, dialer, err := f.app.prepare(nil, flags.connection)
	require.NoError(t, err)
	f.run, err = f.app.begin(assignment{action: actionApply, job: "nightly", head: f.app.planHead(), order: order{Inventory: f.inventory}}, targets, dialer)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.run.record.close() })
	f.store = f.run.record.store
	path := func(store.Run) (string, error) { return f.inventory, nil }
	f.worker = &worker{app: f.app, store: f.store, runs: runsMet{app: f.app, store: f.store, inventory: path, known: map[string]metRun{}}}
	return f
}

func (f *floor) lists(format string, values ...any) {
	require.NoError(f.t, os.WriteFile(f.inventory, fmt.Appendf(nil, format, values...), 0o600))
}

func (f *floor) now() time.Time {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.clock
}

func (f *floor) jump(d time.Duration) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.clock = f.clock.Add(d)
}

// sleep lets the controller's pauses take no time, and renewals of leases never come.
func (f *floor) sleep(ctx context.Context, d time.Duration) error {
	if d != askAgain {
		<-ctx.Done()
		return ctx.Err()
	}
	f.jump(d)
	time.Sleep(time.Millisecond) // others have something to do too
	return ctx.Err()
}

// by is the controller's side, with that queue.
func (f *floor) by(task string, add func(nth int, task queue.Task)) queued {
	return queued{fleetRun: f.run, task: task, own: reader{f.run}, add: func(_ context.Context, task queue.Task) error {
		f.queued++
		add(f.queued, task)
		return nil
	}}
}

func (f *floor) work(_ int, task queue.Task) { go f.worker.attend(f.t.Context(), task) }

func (f *floor) plan() remediate.DevicePlan {
	plan, err := f.run.book.plan(0)
	require.NoError(f.t, err)
	return plan
}

func TestADeviceIsReadAndWrittenToByAWorker(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Well, outcome)
	assert.Equal(t, remediate.Change, f.plan().Verdict)
	outcome, err = f.by(taskWrite, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Changed, outcome)
	outcome, err = f.by(taskCheck, f.work).Check(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Well, outcome)
	assert.Equal(t, 3, f.queued)

	f.device.ResetLog()
	require.NoError(t, f.worker.try(t.Context(), queue.Task{Run: f.run.id}))
	assert.Empty(t, f.device.Requests(), "a task that is done is left alone")
}

func TestATaskThatTheQueueLosesIsHandedOutAgain(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	begun := f.now()
	outcome, err := f.by(taskRead, func(nth int, task queue.Task) {
		if nth == 3 {
			f.work(nth, task)
		}
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Well, outcome)
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
			f := newFloor(t)
			f.lists(inventory+"# %.0s%.0s\n", f.target[0], f.target[2])
			begun := f.now()
			outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
			require.NoError(t, err)
			assert.Equal(t, fleet.Unreadable, outcome)
			assert.Greater(t, f.now().Sub(begun), refusedFor)
			assert.Equal(t, remediate.CodeUnreachable, f.plan().Error.Code)
			assert.Contains(t, f.plan().Error.Message, "refused this device")
			assert.False(t, f.plan().Skipped)
			assert.Empty(t, f.device.Requests(), "nothing was sent, no password above all")
			assert.Contains(t, f.said.String(), "refused: ")
		})
	}
}

// TestAWorkerWithoutPasswordHasRefusedNone: the credential of the run goes on.
func TestAWorkerWithoutPasswordHasRefusedNone(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.lists("devices:\n  - {name: sbc, url: %q, pin: %q, password_command: [no-such-program]}\n", f.target[0], f.target[2])
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Unreadable, outcome)
	assert.Equal(t, remediate.CodeNoPassword, f.plan().Error.Code)
	assert.Empty(t, f.device.Requests())
}

func TestAnInventoryThatWasMendedIsReadAgain(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.lists("devices:\n  - {name: another, url: \"https://192.0.2.1\"}\n")
	outcome, err := f.by(taskRead, func(nth int, task queue.Task) {
		if nth == 2 {
			f.lists(aDevice, f.target[0], f.target[2])
			f.jump(remembered)
		}
		f.worker.attend(t.Context(), task)
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Well, outcome)
	assert.Len(t, f.worker.runs.known, 1)
}

// TestATaskIsWithdrawn when its window closes or somebody asks to stop before a worker has
// begun with it. A worker that comes late does nothing.
func TestATaskIsWithdrawn(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(*floor, *queued)
		code   string
		phase  string
		status remediate.Status
	}{
		"reading, the window closes": {closeWindow, codeWindow, taskRead, ""},
		"writing, the window closes": {closeWindow, codeWindow, taskWrite, remediate.Skipped},
		"reading, somebody stops it": {askToStop, remediate.CodeInterrupted, taskRead, ""},
		"writing, somebody stops it": {askToStop, remediate.CodeInterrupted, taskWrite, remediate.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFloor(t)
			if test.phase == taskWrite {
				_, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
				require.NoError(t, err)
				f.device.ResetLog()
			}
			q := f.by(test.phase, func(int, queue.Task) {})
			test.end(f, &q)
			outcome, err := q.Execute(t.Context(), 0)
			require.NoError(t, err)
			assert.Equal(t, fleet.Cut, outcome)
			if test.phase == taskRead {
				assert.Equal(t, test.code, f.plan().Error.Code)
				assert.True(t, f.plan().Skipped)
			} else {
				result, err := resultOf(f.run.book, 0)
				require.NoError(t, err)
				assert.Equal(t, test.code, result.Error.Code)
				assert.Equal(t, test.status, result.Status)
			}
			require.NoError(t, f.worker.try(t.Context(), queue.Task{Run: f.run.id}))
			assert.Empty(t, f.device.Requests())
		})
	}
}

func closeWindow(f *floor, q *queued) {
	closes := f.now().Add(time.Second)
	q.open = func(now time.Time) bool { return now.Before(closes) }
}

func askToStop(f *floor, _ *queued) { close(f.stop) }

// TestAWorkerKeepsOff: from tasks of others, of runs that nobody leads, and outside the window.
func TestAWorkerKeepsOff(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *floor){
		"another worker has it": func(t *testing.T, f *floor) {
			_, err := f.store.Acquire(t.Context(), store.TaskLease(f.run.id, 0), "other", f.run.id, time.Hour)
			require.NoError(t, err)
		},
		"nobody leads the run": func(t *testing.T, f *floor) {
			require.NoError(t, f.store.Release(t.Context(), f.run.record.tenure.Lease()))
		},
		"the run is over": func(t *testing.T, f *floor) {
			require.NoError(t, f.store.EndRun(t.Context(), f.run.id, store.RunDone, 0, "", f.now()))
		},
		"the window is closed": func(t *testing.T, f *floor) {
			job, err := f.worker.runs.job(t.Context(), queue.Task{Run: f.run.id})
			require.NoError(t, err)
			opens := f.now().UTC().Add(12 * time.Hour)
			job.given.window = fmt.Sprintf("%s-%s UTC", opens.Format("15:04"), opens.Add(time.Minute).Format("15:04"))
		},
		"it was asked to stop": func(_ *testing.T, f *floor) { close(f.stop) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFloor(t)
			require.NoError(t, f.run.record.writer().Order(t.Context(), f.run.id, 0, taskRead))
			prepare(t, f)
			f.worker.attend(t.Context(), queue.Task{Run: f.run.id})
			assert.Empty(t, f.device.Requests())
			task, err := f.store.Task(t.Context(), f.run.id, 0)
			require.NoError(t, err)
			assert.Equal(t, store.TaskOrdered, task.State)
		})
	}
}

// TestADeviceWithoutAPasswordIsNotHandedOut: the controller could not count refused logins.
func TestADeviceWithoutAPasswordIsNotHandedOut(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.lists(strings.Replace(aDevice, "}", ", password_command: ['false']}", 1), f.target[0], f.target[2])
	var flags applyFlags
	flags.registerAll(pflag.NewFlagSet("", pflag.ContinueOnError))
	flags.inventory = f.inventory
	var err error
	_, f.run.dialer, err = f.app.prepare(nil, flags.connection)
	require.NoError(t, err)
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Unreadable, outcome)
	assert.Zero(t, f.queued)
}

// TestAWrongPasswordOfAWorkerCounts for the rule that a credential is not tried everywhere.
func TestAWrongPasswordOfAWorkerCounts(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.worker.runs.app = f.app.unattended()
	f.worker.runs.app.getenv = func(name string) string {
		return map[string]string{"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": "wrong", "XDG_STATE_HOME": filepath.Dir(f.inventory)}[name]
	}
	outcome, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Unauthorized, outcome)
	assert.Equal(t, 1, f.device.FailedLogins())
}

// TestAWorkerThatIsStoppedHandsItsDeviceOn: what it did is kept, and the next one ends it.
func TestAWorkerThatIsStoppedHandsItsDeviceOn(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	_, err := f.by(taskRead, f.work).Execute(t.Context(), 0)
	require.NoError(t, err)
	stopping := f.app.unattended()
	stop := make(chan struct{})
	stopping.stop = stop
	first := &worker{app: stopping, store: f.store, runs: runsMet{app: stopping, store: f.store, inventory: f.worker.runs.inventory, known: map[string]metRun{}}}
	f.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "/files/ini/incremental", Do: mockdevice.Delay, Delay: 50 * time.Millisecond})
	outcome, err := f.by(taskWrite, func(nth int, task queue.Task) {
		if nth > 1 {
			f.work(nth, task)
			return
		}
		go first.attend(t.Context(), task)
		go func() {
			for f.device.Writes() == 0 {
				time.Sleep(time.Millisecond)
			}
			close(stop)
		}()
	}).Execute(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, fleet.Changed, outcome)
	assert.Equal(t, 2, f.queued)
	result, err := resultOf(f.run.book, 0)
	require.NoError(t, err)
	assert.Equal(t, remediate.Applied, result.Status)
	assert.Equal(t, 4, f.device.Writes(), "each step was sent once")
}
