package store_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func oldRunsArePruned(t *testing.T, s *store.Store) {
	end := func(id string, age time.Duration, state store.RunState, done bool) {
		created := store.Run{ID: id, Action: "plan", Created: noon.Add(-age)}
		if id == "waits" {
			created.MaxAge = 365 * aDay
		}
		create(t, s, created, 2)
		if done {
			for position := range 2 {
				require.NoError(t, s.PutPlan(t.Context(), id, store.Sight{Position: position, Verdict: "compliant"}, document(`{}`), noon.Add(-age)))
			}
		}
		if state != store.RunRunning {
			require.NoError(t, s.EndRun(t.Context(), id, state, 0, "", noon.Add(-age)))
		}
	}
	const day = aDay
	end("new", day, store.RunDone, true)
	end("old", 100*day, store.RunDone, true)
	end("never-began", 100*day, store.RunInterrupted, false)
	end("waits", 100*day, store.RunWaiting, true)
	end("too-old", 100*day, store.RunWaiting, false)
	end("runs", 100*day, store.RunRunning, true)
	event := store.Event{Device: "serial-1", Run: "old", Time: noon, Kind: "start"}
	require.NoError(t, s.Append(t.Context(), event, nil))

	ended := map[string]bool{} // leases, and whether they stay
	for _, run := range []string{"old", "new"} {
		for name, stays := range map[string]bool{store.TaskLease(run, 0): run == "new", "serial-" + run: true} {
			lease, err := s.Acquire(t.Context(), name, "holder", run, time.Hour)
			require.NoError(t, err)
			require.NoError(t, s.Release(t.Context(), lease))
			ended[name] = stays
		}
	}

	pruned, err := s.Prune(t.Context(), noon.Add(-90*day))
	require.NoError(t, err)
	assert.Equal(t, 3, pruned)
	runs, err := s.Runs(t.Context(), store.Filter{})
	require.NoError(t, err)
	var left []string
	for _, run := range runs {
		left = append(left, run.ID)
	}
	assert.ElementsMatch(t, []string{"new", "waits", "runs"}, left)
	events, err := s.Events(t.Context(), "serial-1")
	require.NoError(t, err)
	assert.Len(t, events, 1, "evidence stays")
	for name, stays := range ended {
		lease, err := s.Acquire(t.Context(), name, "holder", "run", time.Hour)
		require.NoError(t, err)
		assert.Equal(t, stays, lease.Epoch > 1, name)
	}

	pruned, err = s.Prune(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, pruned, "the newest word of each device stays")
}
