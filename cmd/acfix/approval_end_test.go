package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
)

// ends runs a command and returns its exit code; what it printed to stdout is in w.stdout.
func (w *weekend) ends(arguments ...string) int {
	w.stdout.Reset()
	return w.app.run(arguments)
}

// TestAPausedRunIsEndedOnItsPage, once, and does not resume.
func TestAPausedRunIsEndedOnItsPage(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 240h")
	s, plan := w.approved()
	paused := w.firstWindow(s)
	require.Equal(t, store.RunPaused, paused.State)
	by := store.Rejection{Name: "Ann", Reason: "wrong site", Time: w.now()}
	require.NoError(t, s.source().Reject(t.Context(), paused.ID, by))
	ended := w.get(paused.ID)
	assert.Equal(t, store.RunStopped, ended.State)
	assert.Equal(t, "rejected by Ann: wrong site; 2 of its devices are left: sbc-1, sbc-2", ended.Reason)
	assert.Equal(t, store.RunDone, w.get(plan.ID).State, "the approval is used")
	require.ErrorIs(t, s.source().Reject(t.Context(), paused.ID, by), web.ErrNotWaiting)
	w.at(saturday.Add(7*24*time.Hour + 22*time.Hour + time.Minute)) // its window is open again
	w.look(s)
	assert.Equal(t, ended, w.get(paused.ID))
	assert.Equal(t, []int{4, 0, 0}, w.writes())
}

// TestAPausedRunIsEndedByAPerson, by its own ID or its plan's, and does not resume.
func TestAPausedRunIsEndedByAPerson(t *testing.T) {
	t.Parallel()
	for name, byPlan := range map[string]bool{"by its ID": false, "by its plan's ID": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, ", max_age: 240h")
			s, plan := w.approved()
			paused := w.firstWindow(s)
			require.Equal(t, store.RunPaused, paused.State)
			assert.Equal(t, "run "+paused.ID+" carries it out and is paused", w.get(plan.ID).Reason)
			id := map[bool]string{false: paused.ID, true: plan.ID}[byPlan]
			require.Equal(t, exitDone, w.ends("job", "reject", id, "--name", "Ann", "--reason", "wrong site"), w.warned)
			assert.Contains(t, w.stdout.String(), "Ended: run "+paused.ID+" of job weekend, rejected by Ann: wrong site; "+
				"2 of its devices are left: sbc-1, sbc-2.")
			ended := w.get(paused.ID)
			assert.Equal(t, store.RunStopped, ended.State)
			assert.Contains(t, ended.Reason, "2 of its devices are left: sbc-1, sbc-2")
			assert.Equal(t, store.RunDone, w.get(plan.ID).State, "the approval is used")
			assert.Equal(t, "carried out by run "+paused.ID, w.get(plan.ID).Reason)
			assert.Equal(t, exitUsage, w.ends("job", "reject", id), "twice")

			w.at(saturday.Add(7*24*time.Hour + 22*time.Hour)) // its window is open again
			for _, again := range []string{paused.ID, paused.ID[:8]} {
				assert.Equal(t, exitUsage, w.ends("apply", "--resume", again, "--yes"))
			}
			assert.Contains(t, w.warned.String(), "a person rejected it or its plan; it can't be resumed")
			assert.Equal(t, ended, w.get(paused.ID), "the rejection stays on record")

			w.at(saturday.Add(7*24*time.Hour + 22*time.Hour + time.Minute))
			w.look(s)
			assert.Equal(t, []int{4, 0, 0}, w.writes())
			assert.Equal(t, store.RunStopped, w.get(paused.ID).State)
			events, err := w.store.Events(t.Context(), "web")
			require.NoError(t, err)
			onRecord := func(event store.Event) bool { return strings.Contains(string(event.Entry), `"reason":"wrong site"`) }
			assert.True(t, slices.ContainsFunc(events, onRecord))
		})
	}
}

// TestARunSaysOnlyWhatIsTrueOfItsPlan: whatever becomes of a plan that a run gave back, its reason is not "stays".
func TestARunSaysOnlyWhatIsTrueOfItsPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		then func(w *weekend, s *service, plan store.Run)
		want store.RunState
	}{
		"rejected": {func(w *weekend, _ *service, plan store.Run) {
			require.Equal(w.t, exitDone, w.ends("job", "reject", plan.ID), w.warned)
		}, store.RunRejected},
		"expired": {func(w *weekend, s *service, _ store.Run) {
			w.at(saturday.Add(8 * 24 * time.Hour))
			w.look(s)
		}, store.RunExpired},
		"carried out": {func(w *weekend, s *service, _ store.Run) {
			w.at(saturday.Add(22 * time.Hour))
			w.look(s)
		}, store.RunDone},
		"still approved": {func(*weekend, *service, store.Run) {}, store.RunApproved},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeekend(t, "")
			s, plan := w.approved()
			require.Equal(t, exitHalted, w.ends("job", "run", "weekend", "--jobs", w.jobs), w.warned)
			early := w.applies()[0]
			assert.Contains(t, early.Reason, "the plan stays approved until Sat 2026-07-11 03:00 UTC")
			test.then(w, s, plan)
			assert.Equal(t, test.want, w.get(plan.ID).State)
			early = w.get(early.ID)
			if test.want == store.RunApproved {
				assert.Contains(t, early.Reason, "the plan stays approved")
				return
			}
			assert.NotContains(t, early.Reason, "stays approved")
			assert.Contains(t, early.Reason, "the plan stayed approved then")
		})
	}
}

// TestAnApprovedPlanThatFitsNoDeviceSaysSo: that it stays approved is not all that an operator must know.
func TestAnApprovedPlanThatFitsNoDeviceSaysSo(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, "")
	s, plan := w.approved()
	for _, device := range w.devices {
		device.SetCell("TLSContexts", 1, "TLSVersion", "4")
	}
	w.at(saturday.Add(22 * time.Hour))
	w.look(s)
	const want = "stale, for the plan no longer fits them: sbc-0, sbc-1, sbc-2; plan them again; nothing was written, " +
		"so the plan stays approved until"
	assert.Contains(t, w.applies()[0].Reason, want)
	assert.Contains(t, w.get(plan.ID).Reason, want)
	assert.Equal(t, []int{0, 0, 0}, w.writes())
	require.Equal(t, exitDone, w.ends("history", "--state", "approved"))
	assert.Contains(t, w.stdout.String(), "no longer fits them: sbc-0")
}

// TestARestoreOfAPausedRunWarns that the run resumes.
func TestARestoreOfAPausedRunWarns(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, ", max_age: 240h")
	s, _ := w.approved()
	paused := w.firstWindow(s)
	w.at(saturday.Add(50 * time.Hour))
	require.Equal(t, exitDone, w.ends("restore", "--run", paused.ID, "--dry-run"), w.warned)
	assert.Contains(t, w.warned.String(), "run "+paused.ID+" is paused: it resumes when its change window opens")
	assert.Contains(t, w.warned.String(), "acfix job reject "+paused.ID)
}

// TestAJobThatIsGoingOnSaysSo, and not that no plan is approved.
func TestAJobThatIsGoingOnSaysSo(t *testing.T) {
	t.Parallel()
	w := newWeekend(t, "")
	s, plan := w.approved()
	w.at(saturday.Add(22 * time.Hour))
	begun := w.died(s, plan) // its process lives
	assert.Equal(t, "run "+begun.ID+" carries it out", w.get(plan.ID).Reason)
	require.Equal(t, exitUsage, w.ends("job", "run", "weekend", "--jobs", w.jobs))
	assert.Contains(t, w.warned.String(), "run "+begun.ID+" is still going on")
	assert.NotContains(t, w.warned.String(), "no plan is approved")
	require.NoError(t, begun.Record.Close())
	require.Equal(t, exitDone, w.ends("job", "run", "weekend", "--jobs", w.jobs), w.warned)
	assert.Equal(t, []int{4, 4, 4}, w.writes())
	assert.Len(t, w.applies(), 1)
	require.True(t, json.Valid(w.get(begun.ID).Header))
}
