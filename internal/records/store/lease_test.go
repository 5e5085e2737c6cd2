package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func oneGetsTheLease(t *testing.T, s *store.Store) {
	race(t, s, 8, -time.Hour) // each is over at once: all may win, each with its own epoch
	require.Len(t, race(t, s, 8, time.Hour), 1)
	_, err := s.Acquire(t.Context(), "device", "holder-0", "run", time.Hour)
	require.ErrorIs(t, err, store.ErrHeld, "not even by the one who has it")
}

// race lets several take one lease at once, and returns those who got it.
func race(t *testing.T, s *store.Store, n int, ttl time.Duration) (won []store.Lease) {
	t.Helper()
	leases, errs := make([]store.Lease, n), make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			leases[i], errs[i] = s.Acquire(t.Context(), "device", fmt.Sprintf("holder-%d", i), "run", ttl)
		})
	}
	group.Wait()
	epochs := map[int64]bool{}
	for i, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, store.ErrHeld)
			continue
		}
		require.False(t, epochs[leases[i].Epoch], "two leases have one epoch")
		epochs[leases[i].Epoch] = true
		won = append(won, leases[i])
	}
	return won
}

func epochsRise(t *testing.T, s *store.Store) {
	last := int64(0)
	for range 3 {
		lease, err := s.Acquire(t.Context(), "device", "holder", "run", time.Hour)
		require.NoError(t, err)
		assert.Greater(t, lease.Epoch, last)
		last = lease.Epoch
		require.NoError(t, s.Release(t.Context(), lease))
	}
	ended, err := s.Acquire(t.Context(), "device", "holder", "run", -1)
	require.NoError(t, err)
	assert.Greater(t, ended.Epoch, last)
	next, err := s.Acquire(t.Context(), "device", "holder", "run", time.Hour)
	require.NoError(t, err)
	assert.Greater(t, next.Epoch, ended.Epoch)
}

func anEndedLease(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for name, end := range map[string]func(store.Lease) error{
		"released":         func(l store.Lease) error { return s.Release(ctx, l) },
		"its time is over": func(l store.Lease) error { return s.Renew(ctx, l, -time.Second) },
	} {
		lease, err := s.Acquire(ctx, name, "holder", "run", time.Hour)
		require.NoError(t, err)
		require.NoError(t, s.Holds(ctx, lease))
		require.NoError(t, s.Renew(ctx, lease, time.Hour))
		require.NoError(t, end(lease))
		require.ErrorIs(t, s.Holds(ctx, lease), store.ErrFenced, name)
		require.ErrorIs(t, s.Renew(ctx, lease, time.Hour), store.ErrFenced, name)
		require.ErrorIs(t, s.Release(ctx, lease), store.ErrFenced, name)
		_, err = s.Acquire(ctx, name, "another", "run", time.Hour)
		require.NoError(t, err)
		require.ErrorIs(t, s.Renew(ctx, lease, time.Hour), store.ErrFenced, name)
	}
	require.ErrorIs(t, s.Holds(ctx, store.Lease{}), store.ErrFenced)
}

func aFencedWriter(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 1)
	old, err := s.Acquire(ctx, "serial-0", "frozen", "run", -1)
	require.NoError(t, err)
	lease, err := s.Acquire(ctx, "serial-0", "other", "run", time.Hour)
	require.NoError(t, err)
	oldRun, err := s.AcquireRun(ctx, "run", "frozen", -1)
	require.NoError(t, err)
	_, err = s.AcquireRun(ctx, "run", "other", time.Hour)
	require.NoError(t, err)

	device, run := s.Under(old), s.Under(oldRun)
	_, noArtifact := s.PutArtifact(ctx, store.Artifact{Run: "run"}, []byte("x"), &old)
	for what, err := range map[string]error{
		"start":    device.Start(ctx, "run", 0),
		"plan":     device.PutPlan(ctx, "run", store.Sight{Serial: "s", Verdict: "v"}, document(`{}`), noon),
		"result":   device.PutResult(ctx, "run", 0, applied, document(`{}`), noon),
		"event":    s.Append(ctx, store.Event{Device: "serial-0", Kind: "intent"}, &old),
		"artifact": noArtifact,
		"end":      run.EndRun(ctx, "run", store.RunDone, 0, "", noon),
	} {
		require.ErrorIs(t, err, store.ErrFenced, what)
	}
	require.NoError(t, s.Append(ctx, store.Event{Device: "serial-0", Kind: "intent"}, &lease))
	require.NoError(t, s.Under(lease).Start(ctx, "run", 0))

	events, err := s.Events(ctx, "serial-0")
	require.NoError(t, err)
	assert.Len(t, events, 1)
	_, _, err = s.Artifact(ctx, 1)
	require.ErrorIs(t, err, store.ErrNoArtifact)
	d, err := s.Device(ctx, "run", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceRunning, d.State)
	assert.Equal(t, lease.Epoch, d.Epoch)
	assert.Nil(t, d.Plan)
	got, err := s.Run(ctx, "run")
	require.NoError(t, err)
	assert.Equal(t, store.RunRunning, got.State)
	assert.Nil(t, got.Header)
}

// anEndedLeaseThatNobodyTook guards a device as if another had it, and lets what became of a run
// be written still.
func anEndedLeaseThatNobodyTook(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 1)
	lease, err := s.Acquire(ctx, "serial-0", "away", "run", -1)
	require.NoError(t, err)
	require.ErrorIs(t, s.Append(ctx, store.Event{Device: "serial-0", Kind: "intent"}, &lease), store.ErrFenced)
	_, err = s.PutArtifact(ctx, store.Artifact{Run: "run"}, []byte("x"), &lease)
	require.ErrorIs(t, err, store.ErrFenced)

	led, err := s.AcquireRun(ctx, "run", "away", -1)
	require.NoError(t, err)
	require.ErrorIs(t, s.Holds(ctx, led), store.ErrFenced)
	w := s.Under(led)
	require.NoError(t, w.PutResult(ctx, "run", 0, applied, document(`{}`), noon))
	require.NoError(t, w.Order(ctx, "run", 0, "write"))
	require.NoError(t, w.EndRun(ctx, "run", store.RunDone, 0, "", noon))
	require.ErrorIs(t, w.PutResult(ctx, "run", 1, applied, document(`{}`), noon), store.ErrUnknownDevice)
}

func aLeaseOfAnother(t *testing.T, s *store.Store) {
	ctx := t.Context()
	lease, err := s.Acquire(ctx, "one", "holder", "run", time.Hour)
	require.NoError(t, err)
	for what, forged := range map[string]store.Lease{
		"device":     {Device: "two", Holder: "holder", Run: "run", Epoch: lease.Epoch},
		"holder":     {Device: "one", Holder: "other", Run: "run", Epoch: lease.Epoch},
		"run":        {Device: "one", Holder: "holder", Run: "other", Epoch: lease.Epoch},
		"epoch":      {Device: "one", Holder: "holder", Run: "run", Epoch: lease.Epoch + 1},
		"controller": {Holder: "holder", Run: "run", Epoch: lease.Epoch},
	} {
		require.ErrorIs(t, s.Holds(ctx, forged), store.ErrFenced, what)
		require.ErrorIs(t, s.Append(ctx, store.Event{Device: "one"}, &forged), store.ErrFenced, what)
	}
	_, err = s.Acquire(ctx, "two", "holder", "run", time.Hour)
	require.NoError(t, err)
}

func orphans(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for i, id := range []string{"bare", "led", "left", "over"} {
		create(t, s, store.Run{ID: id, Created: noon.Add(time.Duration(i) * time.Second)}, 0)
	}
	_, err := s.AcquireRun(ctx, "led", "live", time.Hour)
	require.NoError(t, err)
	for _, id := range []string{"left", "over"} {
		_, err = s.AcquireRun(ctx, id, "dead", -1)
		require.NoError(t, err)
	}
	require.NoError(t, s.EndRun(ctx, "over", store.RunDone, 0, "", noon))
	runs, err := s.Orphans(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"left"}, ids(runs))
	since, err := s.LeaseEnd(ctx, "left")
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), since, time.Minute, "when its lease ended")
	since, err = s.LeaseEnd(ctx, "bare")
	require.NoError(t, err)
	assert.True(t, since.IsZero())
	for id, led := range map[string]bool{"bare": false, "led": true, "left": false, "over": false} {
		is, err := s.HasController(ctx, id)
		require.NoError(t, err)
		assert.Equal(t, led, is, id)
	}

	lease, err := s.AcquireRun(ctx, "left", "live", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Under(lease).EndRun(ctx, "left", store.RunDone, 0, "", noon))
	runs, err = s.Orphans(ctx)
	require.NoError(t, err)
	assert.Empty(t, runs)
}

func manyWriters(t *testing.T, s *store.Store) {
	var group sync.WaitGroup
	for n := range 2 {
		id := fmt.Sprintf("run-%d", n)
		create(t, s, store.Run{ID: id}, 40)
		for i := range 40 {
			group.Go(func() { assert.NoError(t, oneDevice(t.Context(), s, id, i)) })
		}
	}
	group.Wait()
	for n := range 2 {
		for _, d := range all(t, s.Devices(t.Context(), fmt.Sprintf("run-%d", n))) {
			assert.Equal(t, store.DeviceDone, d.State)
		}
	}
}

// oneDevice does what a worker does.
func oneDevice(ctx context.Context, s *store.Store, run string, position int) error {
	name := fmt.Sprintf("%s/%d", run, position)
	lease, err := s.Acquire(ctx, name, "worker", run, time.Hour)
	if err != nil {
		return err
	}
	w := s.Under(lease)
	for _, step := range []func() error{
		func() error { return w.Start(ctx, run, position) },
		func() error { return s.Append(ctx, store.Event{Device: name, Kind: "intent"}, &lease) },
		func() error { return s.Holds(ctx, lease) },
		func() error { return w.PutResult(ctx, run, position, applied, document(`{}`), noon) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.Release(ctx, lease)
}
