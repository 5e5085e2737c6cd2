//go:build services

package worker_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
	"github.com/stretchr/testify/require"
)

// TestWorkersHearOfEveryTask, however soon it follows another one: a worker that would look by itself only after an hour
// gets all of them.
func TestWorkersHearOfEveryTask(t *testing.T) {
	t.Parallel()
	opened, err := store.Open(t.Context(), storetest.Schema(t, os.Getenv("ACFIX_TEST_POSTGRES")))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	const tasks = 40
	taken := make(chan int, tasks)
	log := slog.New(slog.DiscardHandler)
	takes, err := worker.Open(t.Context(), opened.Pool(), worker.QueueOptions{
		Workers: tasks, LookAgain: time.Hour, Log: log,
		Work: func(_ context.Context, task worker.Ticket) { taken <- task.Place },
	})
	require.NoError(t, err)
	require.NoError(t, takes.Start(t.Context()))
	t.Cleanup(func() { _ = takes.Stop(context.Background()) })
	hands, err := worker.Open(t.Context(), opened.Pool(), worker.QueueOptions{Log: log})
	require.NoError(t, err)
	seen := map[int]bool{}
	for place := range tasks {
		require.NoError(t, hands.Add(t.Context(), worker.Ticket{Run: "run", Place: place}))
	}
	for range tasks {
		select {
		case place := <-taken:
			seen[place] = true
		case <-time.After(time.Minute):
			require.Fail(t, "a worker did not hear of every task", "%d of %d came", len(seen), tasks)
		}
	}
	require.Len(t, seen, tasks)
}
