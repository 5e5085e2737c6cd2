package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// landlord is a store, and an app whose clock and renewals a test moves by hand.
type landlord struct {
	*app
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
	l.app = &app{outage: &store.Outage{}, abort: t.Context(), now: l.now, jitter: func() float64 { return 0 }, sleep: func(ctx context.Context, _ time.Duration) error {
		select {
		case <-l.ticks:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	l.flags.lease = time.Minute
	return l
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

func (l *landlord) device(t *testing.T) *tenure {
	t.Helper()
	held, err := l.tenure(t.Context(), l.store, l.store.Acquire, "run", 0, "serial-1", "address-1")
	require.NoError(t, err)
	return held
}

func TestATenureIsRenewed(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	for range 4 {
		l.jump(40 * time.Second)
		l.renew(t)
		require.Eventually(t, func() bool { return held.valid() == nil }, time.Minute, time.Millisecond)
	}
	require.False(t, held.late)
	held.end()
	for _, lease := range held.leases {
		require.ErrorIs(t, l.store.Holds(t.Context(), lease), store.ErrFenced, "given back")
	}
}

func TestATenureEndsByTheMachinesOwnClock(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	defer held.end()
	l.jump(time.Minute - time.Millisecond)
	require.NoError(t, held.valid())
	l.jump(time.Millisecond)
	require.ErrorIs(t, held.valid(), remediate.ErrFenced, "whatever the store would say")
	for _, lease := range held.leases {
		require.NoError(t, l.store.Holds(t.Context(), lease))
	}
}

func TestATenureThatWasTakenOverIsOverAtOnce(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	defer held.end()
	require.NoError(t, l.store.Release(t.Context(), held.leases[1]))
	_, err := l.store.Acquire(t.Context(), "address-1", "another", "run", time.Hour)
	require.NoError(t, err)
	l.renew(t)
	held.renewals.Wait() // it is given up
	require.ErrorIs(t, held.valid(), remediate.ErrFenced)
}

// TestOnlyBookkeepingIsRegained: a lease that ended and that nobody had since counts again for
// results, and never for a device.
func TestOnlyBookkeepingIsRegained(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	device := l.device(t)
	defer device.end()
	require.NoError(t, l.store.Release(t.Context(), device.leases[0]))
	l.renew(t)
	device.renewals.Wait()
	require.ErrorIs(t, device.valid(), remediate.ErrFenced)
	require.ErrorIs(t, l.store.Holds(t.Context(), device.leases[0]), store.ErrFenced)

	take := func(ctx context.Context, _, holder, run string, term time.Duration) (store.Lease, error) {
		return l.store.AcquireRun(ctx, run, holder, term)
	}
	run, err := l.bookkeeping(t.Context(), l.store, take, "run", "run")
	require.NoError(t, err)
	defer run.end()
	require.NoError(t, l.store.Release(t.Context(), run.leases[0]))
	l.renew(t)
	require.Eventually(t, func() bool { return l.store.Holds(t.Context(), run.leases[0]) == nil }, time.Minute, time.Millisecond)

	require.NoError(t, l.store.Release(t.Context(), run.leases[0]))
	_, err = l.store.AcquireRun(t.Context(), "run", "another", time.Hour)
	require.NoError(t, err)
	l.renew(t)
	run.renewals.Wait()
	require.ErrorIs(t, run.valid(), remediate.ErrFenced)
}

func TestATenureOutlivesAStoreThatIsAwayUntilItsTime(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	held := l.device(t)
	require.NoError(t, l.store.Close())
	l.jump(50 * time.Second)
	l.renew(t)
	l.renew(t) // it goes on to ask
	require.NoError(t, held.valid())
	l.jump(10 * time.Second)
	require.ErrorIs(t, held.valid(), remediate.ErrFenced)
	held.end()
}

func TestATenureOfTwoIsAllOrNothing(t *testing.T) {
	t.Parallel()
	l := newLandlord(t)
	_, err := l.store.Acquire(t.Context(), "address-1", "another", "run", time.Hour)
	require.NoError(t, err)
	_, err = l.tenure(t.Context(), l.store, l.store.Acquire, "run", 0, "serial-1", "address-1")
	require.ErrorIs(t, err, store.ErrHeld)
	_, err = l.store.Acquire(t.Context(), "serial-1", "another", "run", time.Hour)
	assert.NoError(t, err, "the first was given back")
}
