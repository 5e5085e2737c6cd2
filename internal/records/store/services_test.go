//go:build services

package store_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
)

func TestContractOfPostgres(t *testing.T) {
	keepContract(t, func(t *testing.T) *store.Store { return open(t, freshSchema(t)) })
}

func freshSchema(t *testing.T) string {
	return storetest.Schema(t, os.Getenv("ACFIX_TEST_POSTGRES"))
}

func TestAKilledProcessLosesNoResultOfPostgres(t *testing.T) {
	t.Parallel()
	aKilledProcessLosesNoResult(t, freshSchema(t))
}

func TestSeveralProcessesOpenAFreshSchema(t *testing.T) {
	t.Parallel()
	severalOpen(t, freshSchema(t))
}

func TestAnEarlierSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	anEarlierStoreIsBroughtUpToDate(t, freshSchema(t))
}

// TestReadingMakesNoTablesInPostgres: a database without a store stays without one.
func TestReadingMakesNoTablesInPostgres(t *testing.T) {
	t.Parallel()
	url := freshSchema(t)
	_, err := store.OpenExisting(t.Context(), url)
	require.ErrorIs(t, err, store.ErrMissing)
	_, err = store.OpenExisting(t.Context(), url)
	require.ErrorIs(t, err, store.ErrMissing, "nor did the first try make one")
	create(t, open(t, url), store.Run{ID: "run"}, 1)
	again, err := store.OpenExisting(t.Context(), url)
	require.NoError(t, err)
	kept, err := again.Run(t.Context(), "run")
	require.NoError(t, err)
	assert.Equal(t, "run", kept.ID)
	require.NoError(t, again.Close())
}

func TestANewerStoreInPostgres(t *testing.T) {
	t.Parallel()
	url := freshSchema(t)
	_, err := open(t, url).Writes().Exec("INSERT INTO schema_version VALUES (1000)")
	require.NoError(t, err)
	_, err = store.Open(t.Context(), url)
	require.ErrorIs(t, err, store.ErrNewer)
}

// TestAFencedWriteWaitsForTheNewLease: a write that meets a lease just being taken over is
// decided after it. Had it not waited, the new holder could read the journal without an entry
// that the old one believes to be kept.
func TestAFencedWriteWaitsForTheNewLease(t *testing.T) {
	t.Parallel()
	s := open(t, freshSchema(t))
	create(t, s, store.Run{ID: "run"}, 1)
	lease, err := s.Acquire(t.Context(), "serial-0", "old", "run", time.Hour)
	require.NoError(t, err)
	for what, write := range map[string]func() error{
		"event":  func() error { return s.Append(t.Context(), store.Event{Device: "serial-0"}, &lease) },
		"result": func() error { return s.Under(lease).PutResult(t.Context(), "run", 0, applied, nil, noon) },
		"end":    func() error { return s.Under(lease).EndRun(t.Context(), "run", store.RunDone, 0, "", noon) },
		"artifact": func() error {
			_, err := s.PutArtifact(t.Context(), store.Artifact{}, nil, &lease)
			return err
		},
	} {
		tx, err := s.Writes().Begin()
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback() }) // else a failure would wait for ever to close the store
		_, err = tx.Exec("UPDATE leases SET holder = 'new', epoch = epoch + 1")
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- write() }()
		require.Eventually(t, func() bool { return waiting(t, s) }, 20*time.Second, time.Millisecond, what)
		require.NoError(t, tx.Commit())
		require.ErrorIs(t, <-done, store.ErrFenced, what)
		lease, err = s.Acquire(t.Context(), "serial-0", "old", "run", time.Hour)
		require.ErrorIs(t, err, store.ErrHeld)
		reset(t, s)
		lease, err = s.Acquire(t.Context(), "serial-0", "old", "run", time.Hour)
		require.NoError(t, err)
	}
}

// waiting reports whether a statement on the leases of this schema waits for a lock.
func waiting(t *testing.T, s *store.Store) (is bool) {
	t.Helper()
	err := s.Writes().QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
		WHERE a.wait_event_type = 'Lock' AND l.relation = 'leases'::regclass)`).Scan(&is)
	require.NoError(t, err)
	return is
}

func TestTheServerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	server := storetest.Start(t, os.Getenv("ACFIX_TEST_POSTGRES_SERVER"))
	s := open(t, server.URL)
	create(t, s, store.Run{ID: "run"}, 3)
	lease, err := s.Acquire(t.Context(), "serial-0", "worker", "run", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Under(lease).PutResult(t.Context(), "run", 0, applied, nil, noon))

	for i, end := range []func(testing.TB){server.Stop, server.Crash} {
		end(t)
		everythingIsDown(t, s, lease)
		server.Start(t)
		require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, time.Minute, time.Millisecond)
		require.NoError(t, s.Holds(t.Context(), lease), "the lease outlives the server")
		require.NoError(t, s.Under(lease).PutResult(t.Context(), "run", i+1, applied, nil, noon))
	}
	for _, d := range all(t, s.Devices(t.Context(), "run")) {
		assert.Equal(t, store.DeviceDone, d.State)
	}
}

func everythingIsDown(t *testing.T, s *store.Store, lease store.Lease) {
	t.Helper()
	ctx := t.Context()
	for what, work := range map[string]func() error{
		"ping":   func() error { return s.Ping(ctx) },
		"create": func() error { return s.CreateRun(ctx, store.Run{ID: "new"}, nil) },
		"result": func() error { return s.PutResult(ctx, "run", 1, applied, nil, noon) },
		"event":  func() error { return s.Append(ctx, store.Event{Device: "serial-0"}, &lease) },
		"lease":  func() error { return s.Holds(ctx, lease) },
		"renew":  func() error { return s.Renew(ctx, lease, time.Hour) },
		"read":   func() error { _, err := s.Runs(ctx, store.Filter{}); return err },
	} {
		err := work()
		require.True(t, store.IsDown(err), "%s: %v", what, err)
		require.NotErrorIs(t, err, store.ErrFenced, what)
		require.NotContains(t, err.Error(), "\n", what)
	}
}

// TestTheServerGoesInTheMiddle: whatever the server does, a result that was said to be kept is.
func TestTheServerGoesInTheMiddle(t *testing.T) {
	t.Parallel()
	const devices, workers = 2000, 4
	server := storetest.Start(t, os.Getenv("ACFIX_TEST_POSTGRES_SERVER"))
	s := open(t, server.URL)
	create(t, s, store.Run{ID: "run"}, devices)
	var kept, failed atomic.Int64
	var isKept [devices]atomic.Bool
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			for ; ctx.Err() == nil; i = (i + workers) % devices {
				switch err := s.PutResult(t.Context(), "run", i, applied, nil, noon); {
				case err == nil:
					isKept[i].Store(true)
					kept.Add(1)
				case assert.True(t, store.IsDown(err), "%v", err):
					failed.Add(1)
				}
			}
		})
	}
	more := func(of *atomic.Int64) {
		enough := of.Load() + 20
		require.Eventually(t, func() bool { return of.Load() > enough }, time.Minute, time.Millisecond)
	}
	more(&kept)
	server.Stop(t)
	more(&failed)
	server.Start(t)
	more(&kept)
	stop()
	group.Wait()
	for i, d := range all(t, s.Devices(t.Context(), "run")) {
		if isKept[i].Load() {
			assert.Equal(t, store.DeviceDone, d.State)
		}
	}
}

// reset ends the leases, instead of waiting for it.
func reset(t *testing.T, s *store.Store) {
	t.Helper()
	_, err := s.Writes().Exec("UPDATE leases SET expires = 0")
	require.NoError(t, err)
}

// TestAListenerHearsOfTasksThatChange, and that they are written before it hears.
func TestAListenerHearsOfTasksThatChange(t *testing.T) {
	t.Parallel()
	s := open(t, freshSchema(t))
	create(t, s, store.Run{ID: "heard-of"}, 2)
	require.NoError(t, s.Order(t.Context(), "heard-of", 1, "read"))
	ctx, stop := context.WithCancel(t.Context())
	ready, news, ended := make(chan struct{}), make(chan store.TaskState, 8), make(chan error, 1)
	go func() {
		ended <- s.Listen(ctx, func() { close(ready) }, func(run string, place int) {
			if run != "heard-of" || place != 1 {
				return // of another test
			}
			task, err := s.Task(ctx, run, place)
			if err == nil {
				news <- task.State
			}
		})
	}()
	<-ready
	require.NoError(t, s.TakeTask(t.Context(), "heard-of", 1, "read"))
	assert.Equal(t, store.TaskTaken, <-news)
	require.NoError(t, s.FinishTask(t.Context(), "heard-of", 1, "read"))
	assert.Equal(t, store.TaskDone, <-news)
	stop()
	require.Error(t, <-ended)
}
