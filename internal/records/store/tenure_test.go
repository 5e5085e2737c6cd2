package store_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// landlord is a store, and who takes leases of it, by a clock and renewals that a test moves
// by hand.
type landlord struct {
	store.Holder
	store *store.Store
	ticks chan struct{}

	mutex sync.Mutex
	clock time.Time
}

func newLandlord(t *testing.T) *landlord {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	l := &landlord{store: opened, ticks: make(chan struct{}), clock: time.Now()}
	clock := retry.Clock{Now: l.now, Sleep: l.sleep, Jitter: func() float64 { return 0 }}
	l.Holder = store.Holder{Store: opened, Name: "this process", Term: time.Minute, Clock: clock}
	return l
}

func (l *landlord) sleep(ctx context.Context, _ time.Duration) error {
	select {
	case <-l.ticks:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *landlord) now() time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.clock
}

func (l *landlord) jump(d time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.clock = l.clock.Add(d)
}

// renew lets the tenure renew once, and waits until it has: it sleeps again, or has ended.
func (l *landlord) renew(t *testing.T) {
	t.Helper()
	select {
	case l.ticks <- struct{}{}:
	case <-time.After(time.Minute):
		t.Fatal("nobody renews")
	}
}

func (l *landlord) device(t *testing.T) *store.Tenure {
	t.Helper()
	held, err := l.Devices(t.Context(), "run", 0, "serial-1", "address-1")
	require.NoError(t, err)
	return held
}

// both are the leases that device takes.
var both = []store.Lease{
	{Device: "serial-1", Holder: "this process", Run: "run", Epoch: 1},
	{Device: "address-1", Holder: "this process", Run: "run", Epoch: 1},
}

func isGivenUp(t *testing.T, held *store.Tenure) {
	t.Helper()
	require.Eventually(t, func() bool { return held.Valid() != nil }, time.Minute, time.Millisecond)
	require.ErrorIs(t, held.Valid(), store.ErrFenced)
}

func TestATenureIsRenewed(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	for range 4 {
		l.jump(40 * time.Second)
		l.renew(t)
		require.Eventually(t, func() bool { return held.Valid() == nil }, time.Minute, time.Millisecond)
	}
	require.False(t, held.Waited())
	held.End()
	for _, lease := range both {
		require.ErrorIs(t, l.store.Renew(t.Context(), lease, time.Minute), store.ErrFenced, "given back")
	}
}

func TestATenureEndsByTheMachinesOwnClock(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	defer held.End()
	l.jump(time.Minute - time.Millisecond)
	require.NoError(t, held.Valid())
	l.jump(time.Millisecond)
	require.ErrorIs(t, held.Valid(), store.ErrFenced, "whatever the store would say")
	for _, lease := range both {
		require.NoError(t, l.store.Renew(t.Context(), lease, time.Minute))
	}
}

func TestATenureThatWasTakenOverIsOverAtOnce(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	defer held.End()
	require.NoError(t, l.store.Release(t.Context(), both[1]))
	_, err := l.store.Acquire(t.Context(), "address-1", "another", "run", time.Hour)
	require.NoError(t, err)
	l.renew(t)
	isGivenUp(t, held)
}

// TestOnlyBookkeepingIsRegained: a lease that ended and that no other process had since counts again for
// results, and never for a device.
func TestOnlyBookkeepingIsRegained(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	device := l.device(t)
	defer device.End()
	require.NoError(t, l.store.Release(t.Context(), device.Lease()))
	l.renew(t)
	isGivenUp(t, device)
	require.ErrorIs(t, l.store.Renew(t.Context(), device.Lease(), time.Hour), store.ErrFenced)

	run, err := l.Run(t.Context(), "run")
	require.NoError(t, err)
	defer run.End()
	require.NoError(t, l.store.Release(t.Context(), run.Lease()))
	l.renew(t)
	require.Eventually(t, func() bool { return l.store.Renew(t.Context(), run.Lease(), time.Hour) == nil }, time.Minute, time.Millisecond)

	require.NoError(t, l.store.Release(t.Context(), run.Lease()))
	_, err = l.store.AcquireRun(t.Context(), "run", "another", time.Hour)
	require.NoError(t, err)
	l.renew(t)
	isGivenUp(t, run)
}

func TestATenureOutlivesAStoreThatIsAwayUntilItsTime(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	require.NoError(t, l.store.Close())
	l.jump(50 * time.Second)
	l.renew(t)
	l.renew(t) // it goes on to ask
	require.NoError(t, held.Valid())
	l.jump(10 * time.Second)
	require.ErrorIs(t, held.Valid(), store.ErrFenced)
	held.End()
}

func TestATenureOfTwoIsAllOrNothing(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	_, err := l.store.Acquire(t.Context(), "address-1", "another", "run", time.Hour)
	require.NoError(t, err)
	_, err = l.Devices(t.Context(), "run", 0, "serial-1", "address-1")
	require.ErrorIs(t, err, store.ErrHeld)
	_, err = l.store.Acquire(t.Context(), "serial-1", "another", "run", time.Hour)
	assert.NoError(t, err, "the first was given back")
}

// TestATenureThatWasWaitedForIsLate: what was read of the device before may be out of date.
func TestATenureThatWasWaitedForIsLate(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	first, err := l.store.Acquire(t.Context(), "address-1", "another", "run", time.Hour)
	require.NoError(t, err)
	var held *store.Tenure
	var waiting sync.WaitGroup
	waiting.Go(func() { held, err = l.Devices(t.Context(), "run", time.Minute, "serial-1", "address-1") })
	l.renew(t) // it was refused once
	require.NoError(t, l.store.Release(t.Context(), first))
	l.renew(t)
	waiting.Wait()
	require.NoError(t, err)
	defer held.End()
	assert.True(t, held.Waited())
	assert.NoError(t, held.Valid())
}

// TestAProcessRenewsAllItsTenuresAtOnce: one tick, one transaction.
func TestAProcessRenewsAllItsTenuresAtOnce(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	device := l.device(t)
	defer device.End()
	run, err := l.Run(t.Context(), "run")
	require.NoError(t, err)
	defer run.End()
	l.jump(40 * time.Second)
	l.renew(t)
	l.jump(40 * time.Second)
	l.renew(t) // the renewal before is over
	assert.NoError(t, device.Valid())
	assert.NoError(t, run.Valid())
}

// TestATaskThatEndsByAWriteIsNotRevived, although the lease of a task is regained elsewhere.
func TestATaskThatEndsByAWriteIsNotRevived(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	other := l.device(t) // keeps the renewals going
	defer other.End()
	create(t, l.store, store.Run{ID: "run", Action: "apply"}, 3)
	task, _, err := l.Task(t.Context(), "run", 1)
	require.NoError(t, err)
	require.NoError(t, task.EndBy(func() error { return l.store.Release(t.Context(), task.Lease()) }))
	l.renew(t)
	l.renew(t)
	task.End()
	_, err = l.store.Acquire(t.Context(), store.TaskLease("run", 1), "another", "run", time.Hour)
	require.NoError(t, err)

	failed, _, err := l.Task(t.Context(), "run", 2)
	require.NoError(t, err)
	require.ErrorIs(t, failed.EndBy(func() error { return store.ErrNoTask }), store.ErrNoTask)
	_, err = l.store.Acquire(t.Context(), store.TaskLease("run", 2), "another", "run", time.Hour)
	assert.NoError(t, err, "given back all the same")
}
