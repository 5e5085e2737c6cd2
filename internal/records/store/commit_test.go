package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// atOnce calls work for each of n devices at the same moment.
func atOnce(n int, work func(place int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for place := range n {
		all.Go(func() {
			<-start
			work(place)
		})
	}
	close(start)
	all.Wait()
}

// manyWritesAreOne: and each caller finds its own written when it goes on.
func manyWritesAreOne(t *testing.T, s *store.Store) {
	const devices, rounds = 30, 5
	create(t, s, store.Run{ID: "run"}, devices)
	groups := s.CountCommits()
	atOnce(devices, func(place int) {
		for range rounds {
			assert.NoError(t, s.Append(t.Context(), store.Event{Device: "one", Run: "run", Time: noon, Kind: "intent"}, nil))
			assert.NoError(t, s.PutResult(t.Context(), "run", place, applied, document(`{"place":%d}`, place), noon))
			device, err := s.Device(t.Context(), "run", place)
			assert.NoError(t, err)
			assert.JSONEq(t, string(document(`{"place":%d}`, place)), string(device.Result))
		}
	})
	assert.Less(t, groups(), devices*rounds, "of %d writes", 2*devices*rounds)
	events, err := s.Events(t.Context(), "one")
	require.NoError(t, err)
	assert.Len(t, events, devices*rounds)
}

// oneWriteFailsAlone: neither a lost lease nor a statement that the database refuses harms the others of its group.
func oneWriteFailsAlone(t *testing.T, s *store.Store) {
	const devices = 20
	create(t, s, store.Run{ID: "run"}, devices)
	lost, err := s.Acquire(t.Context(), "lost", "old", "run", -time.Second)
	require.NoError(t, err)
	_, err = s.Acquire(t.Context(), "lost", "new", "run", time.Hour)
	require.NoError(t, err)
	atOnce(devices, func(place int) {
		switch place {
		case 3:
			assert.Error(t, s.WriteNonsense(t.Context()))
		case 4:
			assert.ErrorIs(t, s.Append(t.Context(), store.Event{Device: "lost"}, &lost), store.ErrFenced)
		case 5:
			err := s.Under(lost).PutResult(t.Context(), "run", place, applied, document(`{}`), noon)
			assert.ErrorIs(t, err, store.ErrFenced)
		default:
			assert.NoError(t, s.PutResult(t.Context(), "run", place, applied, document(`{}`), noon))
		}
	})
	for _, device := range all(t, s.Devices(t.Context(), "run")) {
		is := device.Position < 3 || device.Position > 5
		assert.Equal(t, is, device.State == store.DeviceDone, "%d", device.Position)
	}
	events, err := s.Events(t.Context(), "lost")
	require.NoError(t, err)
	assert.Empty(t, events)
}

// aTaskEndsAtOnce: whoever is told that it ended finds its document there and its lease free.
func aTaskEndsAtOnce(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run", Action: "apply"}, 2)
	name := store.TaskLease("run", 0)
	require.NoError(t, s.Order(ctx, "run", 0, "write"))
	lease, err := s.Acquire(ctx, name, "worker", "run", time.Hour)
	require.NoError(t, err)
	w := s.Under(lease)
	require.NoError(t, w.StartTask(ctx, "run", 0, "write"))
	begun, err := s.Tasks(ctx, "run", 0)
	require.NoError(t, err)
	assert.Equal(t, store.Task{Kind: "write", State: store.TaskTaken, Alive: true}, begun[0].Task)
	assert.Equal(t, store.DeviceRunning, begun[0].State, "it is on record before anything is sent")
	assert.Equal(t, lease.Epoch, begun[0].Epoch)
	groups := s.CountCommits()
	result := store.ResultOf(applied, document(`{"status":"applied"}`), noon)
	require.NoError(t, w.FinishTask(ctx, "run", 0, "write", result))
	assert.Equal(t, 1, groups())
	ended, err := s.Tasks(ctx, "run", 0, 1)
	require.NoError(t, err)
	assert.Equal(t, store.Task{Kind: "write", State: store.TaskDone}, ended[0].Task)
	assert.JSONEq(t, `{"status":"applied"}`, string(ended[0].Result))
	assert.Equal(t, "compliant", ended[0].Known, "the verdict goes with the result")
	assert.Equal(t, noon, ended[0].KnownAt)
	assert.Equal(t, store.TaskNone, ended[1].Task.State)
	_, err = s.Acquire(ctx, name, "next", "run", time.Hour)
	require.NoError(t, err)
	failed := store.ResultOf(store.Outcome{Status: "failed"}, document(`{}`), noon)
	require.ErrorIs(t, w.FinishTask(ctx, "run", 0, "write", failed), store.ErrFenced)
	ended, err = s.Tasks(ctx, "run", 0)
	require.NoError(t, err)
	assert.Equal(t, "applied", ended[0].Status, "another worker has taken it over")
	_, err = s.Tasks(ctx, "run", 0, 7)
	require.ErrorIs(t, err, store.ErrUnknownDevice)
}

// aTaskIsReadWithItsLease: in one transaction, so that the worker sees all that the holder before it wrote.
func aTaskIsReadWithItsLease(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run", Action: "apply"}, 2)
	require.NoError(t, s.Order(ctx, "run", 1, "read"))
	controller, err := s.AcquireRun(ctx, "run", "controller", time.Hour)
	require.NoError(t, err)
	plan := store.PlanOf(store.Sight{Position: 1, Serial: "1", Verdict: "import"}, document(`{"verdict":"import"}`), noon)
	require.NoError(t, s.Under(controller).Put(ctx, "run", 1, plan))
	worker := store.Holder{Store: s, Name: "worker", Term: time.Hour,
		Clock: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 1 }}}
	groups := s.CountCommits()
	held, offered, err := worker.Task(ctx, "run", 1)
	require.NoError(t, err)
	assert.Equal(t, 1, groups())
	assert.Equal(t, store.Task{Kind: "read", State: store.TaskOrdered, Alive: true}, offered.Task)
	assert.JSONEq(t, `{"verdict":"import"}`, string(offered.Plan))
	assert.True(t, offered.Led)
	_, _, err = worker.Task(ctx, "run", 1)
	require.ErrorIs(t, err, store.ErrHeld)
	held.End()
	_, _, err = worker.Task(ctx, "run", 7)
	require.ErrorIs(t, err, store.ErrUnknownDevice)
	_, err = s.Acquire(ctx, store.TaskLease("run", 7), "other", "run", time.Hour)
	require.NoError(t, err, "no lease stays behind for what is not there")
}
