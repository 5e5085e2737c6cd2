package metrics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/metrics"
)

func run(job, action string, state store.RunState, began, took time.Duration, exit int) store.Run {
	made := store.Run{ID: fmt.Sprint(job, action, began), Job: job, Action: action, State: state, Created: noon.Add(began)}
	if took > 0 {
		made.Ended, made.Exit = made.Created.Add(took), &exit
	}
	return made
}

func TestRuns(t *testing.T) {
	t.Parallel()
	made := options(&fakeStore{runs: []store.Run{
		run("nightly", "apply", store.RunRunning, 3*time.Hour, 0, 0),
		run("nightly", "apply", store.RunStopped, 2*time.Hour, 90*time.Second, 5),
		run("nightly", "apply", store.RunDone, time.Hour, time.Minute, 0),
		run("nightly", "apply", store.RunDone, 0, time.Minute, 0),
		run("weekly", "plan", store.RunWaiting, 0, time.Minute, 2),
		run("", "plan", "odd", 0, time.Minute, 3),
	}})
	made.Now = func() time.Time { return noon.Add(4 * time.Hour) }
	made.Jobs = []metrics.JobSeries{{Name: "nightly", Action: "apply"}, {Name: "never", Action: "plan"}}
	assert.Equal(t, []string{
		`acfix_last_run_duration_seconds{action="apply",job="nightly"} 90`,
		`acfix_last_run_duration_seconds{action="plan",job=""} 60`,
		`acfix_last_run_duration_seconds{action="plan",job="weekly"} 60`,
		`acfix_last_run_ended_timestamp_seconds{action="apply",job="nightly"} 1.78291449e+09`,
		`acfix_last_run_ended_timestamp_seconds{action="plan",job=""} 1.78290726e+09`,
		`acfix_last_run_ended_timestamp_seconds{action="plan",job="never"} 0`,
		`acfix_last_run_ended_timestamp_seconds{action="plan",job="weekly"} 1.78290726e+09`,
		`acfix_last_run_exit_code{action="apply",job="nightly"} 5`,
		`acfix_last_run_exit_code{action="plan",job=""} 3`,
		`acfix_last_run_exit_code{action="plan",job="weekly"} 2`,
		`acfix_last_run_state{action="apply",job="nightly",state="running"} 1`,
		`acfix_last_run_state{action="plan",job="",state="unknown"} 1`,
		`acfix_last_run_state{action="plan",job="weekly",state="waiting"} 1`,
		`acfix_last_run_success_timestamp_seconds{action="apply",job="nightly"} 1.78291086e+09`,
		`acfix_last_run_success_timestamp_seconds{action="plan",job=""} 0`,
		`acfix_last_run_success_timestamp_seconds{action="plan",job="never"} 0`,
		`acfix_last_run_success_timestamp_seconds{action="plan",job="weekly"} 1.78290726e+09`,
		`acfix_last_run_timestamp_seconds{action="apply",job="nightly"} 1.782918e+09`,
		`acfix_last_run_timestamp_seconds{action="plan",job=""} 1.7829072e+09`,
		`acfix_last_run_timestamp_seconds{action="plan",job="weekly"} 1.7829072e+09`,
		`acfix_last_run_within_budgets_timestamp_seconds{action="apply",job="nightly"} 1.78291086e+09`,
		`acfix_last_run_within_budgets_timestamp_seconds{action="plan",job=""} 0`,
		`acfix_last_run_within_budgets_timestamp_seconds{action="plan",job="never"} 0`,
		`acfix_last_run_within_budgets_timestamp_seconds{action="plan",job="weekly"} 1.78290726e+09`,
		`acfix_orphaned_runs 3`,
		`acfix_runs{state="approved"} 0`,
		`acfix_runs{state="paused"} 0`,
		`acfix_runs{state="running"} 1`,
		`acfix_runs{state="waiting"} 1`,
		`acfix_runs_from_the_future 0`,
	}, starting(scrape(t, made), "acfix_last_run", "acfix_runs", "acfix_orphaned"))
}

func TestManyOtherRunsDoNotHideAJob(t *testing.T) {
	t.Parallel()
	fakeStore := &fakeStore{}
	for i := range 1000 {
		fakeStore.runs = append(fakeStore.runs, run("", "plan", store.RunDone, time.Duration(1000-i)*time.Hour, time.Minute, 0))
	}
	fakeStore.runs = append(fakeStore.runs, run("nightly", "apply", store.RunDone, -time.Hour, time.Minute, 0))
	made := options(fakeStore)
	made.Jobs = []metrics.JobSeries{{Name: "nightly", Action: "apply"}}
	assert.Contains(t, scrape(t, made), `acfix_last_run_exit_code{action="apply",job="nightly"} 0`)
}

// TestTheNewestRunsPolicyIsALabel: another policy than yesterday's is another series.
func TestTheNewestRunsPolicyIsALabel(t *testing.T) {
	t.Parallel()
	by := func(began time.Duration, header string) store.Run {
		made := run("nightly", "plan", store.RunDone, began, time.Minute, 0)
		made.Header = []byte(header)
		return made
	}
	const before = `{"plan": {"policy": {"id": "before", "date": "2026-01-01"}}}`
	for header, want := range map[string][]string{
		`{"plan": {"policy": {"id": "own-2027", "date": "2026-11-30", "sha256": "ab"}}}`: {`acfix_last_run_policy{action="plan",date="2026-11-30",job="nightly",policy="own-2027"} 1`},
		`{"plan": {}}`: {}, `{`: {}, ``: {},
	} {
		made := options(&fakeStore{runs: []store.Run{by(time.Hour, header), by(0, before)}})
		made.Now = func() time.Time { return noon.Add(4 * time.Hour) }
		assert.Equal(t, want, starting(scrape(t, made), "acfix_last_run_policy"), header)
	}
}
