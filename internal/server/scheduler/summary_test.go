package scheduler_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
)

const summaryJobs = `jobs:
  - {name: nightly, schedule: "0 3 * * *", time_zone: UTC, action: plan, inventory: inventory.yaml}
  - {name: weekend, schedule: "0 20 * * 6", time_zone: Europe/Berlin, action: apply, inventory: inventory.yaml, window: "Sat 22:00-04:00 Europe/Berlin", approval: required, plan_job: nightly}
  - {name: by-hand, action: apply, inventory: inventory.yaml}
`

// summarized is a store with a plan of three devices, a week and two days ago, and one of yesterday that waits for approval.
func summarized(t *testing.T) scheduler.Summaries {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	file, err := jobs.Parse([]byte(summaryJobs), "")
	require.NoError(t, err)
	put := func(run, job string, at time.Time, verdicts ...string) {
		var devices []store.Device
		for i := range verdicts {
			name := string(rune('a' + i))
			devices = append(devices, store.Device{Position: i, Target: name, URL: "https://" + name})
		}
		require.NoError(t, opened.CreateRun(t.Context(), store.Run{ID: run, Action: "plan", Job: job, Created: at, Header: []byte(`{}`)}, devices))
		for i, verdict := range verdicts {
			text := []byte(`{"verdict":"` + verdict + `","findings":[{"code":"shared_context","level":"error"}]}`)
			sight := store.Sight{Position: i, Verdict: verdict, Read: verdict != "error"}
			require.NoError(t, opened.PutPlan(t.Context(), run, sight, text, at))
		}
	}
	put("0000000000000001", "nightly", evening.AddDate(0, 0, -9), "change", "compliant", "blocked")
	put("0000000000000002", "nightly", evening.AddDate(0, 0, -1), "compliant", "compliant", "blocked", "change", "change")
	require.NoError(t, opened.EndRun(t.Context(), "0000000000000001", store.RunDone, 0, "", evening.AddDate(0, 0, -9)))
	require.NoError(t, opened.EndRun(t.Context(), "0000000000000002", store.RunWaiting, 0, "", evening.AddDate(0, 0, -1)))
	ledger := report.Ledger{Store: opened, Lives: func(string) bool { return false }}
	return scheduler.Summaries{Ledger: ledger, File: file, Now: evening}
}

// texts are the decisions of a sheet.
func texts(s *summary.Sheet) []string {
	var all []string
	for _, one := range s.Decisions {
		all = append(all, one.Who+": "+one.Text())
	}
	return all
}

func TestThePageOfTheFleet(t *testing.T) {
	t.Parallel()
	source := summarized(t)
	listed := known.NewListed()
	for _, name := range []string{"a", "b", "c", "d", "new"} {
		listed.Add(name, "https://"+name)
	}
	sheet, err := source.Fleet(t.Context(), listed)
	require.NoError(t, err)
	assert.Equal(t, "2 of 5 devices are compliant (40 %)", sheet.Headline())
	assert.Equal(t, 1, sheet.Gone, "one is in no inventory")
	assert.Equal(t, 1, sheet.Count(summary.Unknown), "one was never met")
	assert.Equal(t, []summary.Week{{At: evening.AddDate(0, 0, -7), Compliant: 1, Read: 3}}, sheet.Weeks)
	assert.Equal(t, []string{
		"An engineer: settles what is wrong with 1 device, see above",
		"An approver: approves or rejects the plan of nightly (run 00000000, changes 2 devices), at the latest: Tue 7 Jul 2026, 22:00 UTC",
		"acfix: job nightly plans again: Thu 2 Jul 2026, 03:00 UTC",
		"acfix: job weekend may write to devices: Sat 4 Jul 2026, 22:00 Europe/Berlin",
	}, texts(sheet))
	assert.Equal(t, "shared_context", sheet.Reasons()[0].Code)
}

// The page of a run is about its devices, and about the jobs that follow it.
func TestThePageOfARun(t *testing.T) {
	t.Parallel()
	source := summarized(t)
	run, err := source.Ledger.Store.Run(t.Context(), "0000000000000002")
	require.NoError(t, err)
	sheet, err := source.Run(t.Context(), run)
	require.NoError(t, err)
	assert.Equal(t, "2 of 5 devices are compliant (40 %)", sheet.Headline())
	assert.Len(t, texts(sheet), 4)
	assert.Equal(t, "shared_context", sheet.Reasons()[0].Code)

	done, err := source.Ledger.Store.Run(t.Context(), "0000000000000001")
	require.NoError(t, err)
	source.File = jobs.JobsFile{}
	sheet, err = source.Run(t.Context(), done)
	require.NoError(t, err)
	assert.Equal(t, "1 of 3 devices is compliant (33 %)", sheet.Headline())
	assert.Equal(t, []string{
		"An engineer: settles what is wrong with 1 device, see above",
		"An operator: takes care of 1 device: no job that this page knows does",
	}, texts(sheet))
	var page bytes.Buffer
	require.NoError(t, summary.HTML(&page, sheet))
	assert.Contains(t, page.String(), "Run 0000000000000001, plan of job nightly")
}

// A fleet that was never read is unknown.
func TestThePageBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	listed := known.NewListed()
	listed.Add("a", "https://a")
	sheet := scheduler.Summaries{Now: evening}.Unread(listed)
	assert.Equal(t, "0 of 1 device is compliant (0 %)", sheet.Headline())
	assert.Equal(t, 1, sheet.Count(summary.Unknown))
	assert.Equal(t, []string{"An operator: takes care of 1 device: no job that this page knows does"}, texts(sheet))
	assert.Empty(t, scheduler.Summaries{Now: evening}.Unread(nil).Decisions)
}

// An interrupted run waits for a person, until a newer one makes that needless; a question about another policy does not.
func TestAnInterruptedRunWaitsForAPerson(t *testing.T) {
	t.Parallel()
	source := summarized(t)
	source.File = jobs.JobsFile{}
	ctx, decision := t.Context(), "An operator: continues the interrupted run abcdef01 with --resume, or plans again"
	put := func(run store.Run, policy string) {
		run.Header = []byte(`{"plan":{"policy":{"id":"` + policy + `","date":"2026-01-01","deadline":"2026-08-01"}}}`)
		require.NoError(t, source.Ledger.Store.CreateRun(ctx, run, []store.Device{{Target: "a", URL: "https://a"}}))
	}
	put(store.Run{ID: "abcdef0123456789", Action: "apply", Created: evening.Add(-time.Hour)}, "own")
	put(store.Run{ID: "bbbbbb0123456789", Action: "plan", Created: evening.Add(-time.Minute), OtherPolicy: true}, "other")
	sheet, err := source.Fleet(ctx, nil)
	require.NoError(t, err)
	assert.Contains(t, texts(sheet), decision)
	assert.Equal(t, "own", sheet.Policy.ID)
	put(store.Run{ID: "cccccc0123456789", Action: "plan", Created: evening, State: store.RunDone}, "own")
	sheet, err = source.Fleet(ctx, nil)
	require.NoError(t, err)
	assert.NotContains(t, texts(sheet), decision)
}
