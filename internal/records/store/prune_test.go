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
				require.NoError(t, s.PutPlan(t.Context(), id, store.Sight{Position: position, Verdict: "compliant", Read: true}, document(`{}`), noon.Add(-age)))
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

// pruneDeletesDevices: one device that is gone keeps its own row and not the runs that it was part of.
func pruneDeletesDevices(t *testing.T, s *store.Store) {
	ctx := t.Context()
	const devices, day = 4, 24 * time.Hour
	age := func(days int) time.Time { return noon.Add(-time.Duration(days) * day) }
	run := func(id string, days, devices, reads int) {
		create(t, s, store.Run{ID: id, Action: "plan", Created: age(days)}, devices)
		for place := range devices {
			sight := store.Sight{Position: place, Verdict: "change", Read: place < reads}
			if !sight.Read {
				sight.Verdict = "error"
			}
			require.NoError(t, s.PutPlan(ctx, id, sight, document(`{}`), age(days)))
		}
		require.NoError(t, s.EndRun(ctx, id, store.RunDone, 0, "", age(days)))
	}
	run("first", 400, devices, devices) // the last reading of place 2
	run("second", 300, devices, 2)      // the last run of place 3
	run("third", 200, devices-1, 2)     // to be deleted whole
	run("newest", 1, devices-1, 2)

	pruned, err := s.Prune(ctx, age(90))
	require.NoError(t, err)
	assert.Equal(t, 1, pruned)
	left := map[string][]int{}
	runs, err := s.Runs(ctx, store.Filter{})
	require.NoError(t, err)
	for _, run := range runs {
		for _, d := range all(t, s.Devices(ctx, run.ID)) {
			left[run.ID] = append(left[run.ID], d.Position)
		}
		assert.Equal(t, map[string]int{"first": 2, "second": 3}[run.ID], run.Pruned, run.ID)
	}
	assert.Equal(t, map[string][]int{"first": {2, 3}, "second": {3}, "newest": {0, 1, 2}}, left)
	assert.ErrorIs(t, s.Reopen(ctx, "second"), store.ErrPruned)

	_, err = s.Forget(ctx, noon, someDevices(devices)[2].URL, someDevices(devices)[3].URL)
	require.NoError(t, err)
	pruned, err = s.Prune(ctx, age(90))
	require.NoError(t, err)
	assert.Equal(t, 2, pruned, "of a forgotten device nothing is kept")
}
