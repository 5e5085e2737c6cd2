package webdata_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
	"github.com/acfix/acfix/remediate"
)

// with is a provider of another jobs file.
func (d *testProvider) with(jobsFile string) *webdata.Provider {
	d.t.Helper()
	listed, err := jobs.Parse([]byte(jobsFile), "beside")
	require.NoError(d.t, err)
	options := d.ProviderOptions
	options.JobsFile = listed
	return webdata.New(options)
}

const plans = "jobs:\n  - {name: nightly, action: plan, inventory: i}\n"

// TestAPlanIsCarriedOutByTheJobsThatSaySo: the next time is the first planned one in the window while the approval
// holds, and the approval holds as long as the job takes such a plan.
func TestAPlanIsCarriedOutByTheJobsThatSaySo(t *testing.T) {
	t.Parallel()
	const job = "  - {name: apply, action: apply, inventory: i, approval: required, plan_job: nightly"
	for name, test := range map[string]struct {
		job, next, until string
		schedule         string
	}{
		"each night":         {job + `, schedule: 0 3 * * *, time_zone: Europe/Berlin}`, "Mon 2026-03-02 03:00 Europe/Berlin", "Sun 2026-03-08 13:00 Europe/Berlin", "daily at 03:00 Europe/Berlin"},
		"in the window only": {job + `, schedule: 0 3 * * *, time_zone: UTC, window: "Thu 02:00-04:00 UTC"}`, "Thu 2026-03-05 03:00 UTC", "Sun 2026-03-08 12:00 UTC", "daily at 03:00 UTC"},
		"each minute":        {job + `, schedule: "* * * * *", time_zone: UTC, window: "Thu 02:00-04:00 UTC"}`, "Thu 2026-03-05 02:00 UTC", "Sun 2026-03-08 12:00 UTC", "every minute (UTC)"},
		"never in it":        {job + `, schedule: 0 3 * * *, time_zone: UTC, window: "Thu 04:00-05:00 UTC"}`, "", "Sun 2026-03-08 12:00 UTC", "daily at 03:00 UTC"},
		"at the end of it":   {job + `, schedule: 0 4 * * *, time_zone: UTC, window: "02:00-04:00 UTC"}`, "", "Sun 2026-03-08 12:00 UTC", "daily at 04:00 UTC"},
		"too late":           {job + `, schedule: 0 3 * * *, time_zone: UTC, max_age: 2h}`, "", "Sun 2026-03-01 14:00 UTC", "daily at 03:00 UTC"},
		"just in time":       {job + `, schedule: 0 3 * * *, time_zone: UTC, max_age: 15h}`, "Mon 2026-03-02 03:00 UTC", "Mon 2026-03-02 03:00 UTC", "daily at 03:00 UTC"},
		"on demand":          {job + "}", "", "Sun 2026-03-08 12:00 UTC", ""},
		"without words":      {job + `, schedule: "0 3 */2 * *", time_zone: UTC}`, "Tue 2026-03-03 03:00 UTC", "Sun 2026-03-08 12:00 UTC", "0 3 */2 * * UTC"},
	} {
		d := newTestProvider(t)
		d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly", Created: noon}, 2)
		d.plan("run1", 0, "1", remediate.Change)
		d.plan("run1", 1, "2", remediate.Blocked)
		provider := d.with(plans + test.job + "\n")
		running, err := provider.Run(t.Context(), "run1")
		require.NoError(t, err, name)
		assert.Empty(t, running.Carriers, "it does not wait yet")
		d.end("run1", store.RunWaiting)
		detail, err := provider.Run(t.Context(), "run1")
		require.NoError(t, err, name)
		require.Len(t, detail.Carriers, 1, name)
		carrier := detail.Carriers[0]
		assert.Equal(t, "apply", carrier.Job)
		assert.Equal(t, test.schedule, carrier.Schedule, name)
		assert.Equal(t, test.next, written(carrier.Next), name)
		assert.Equal(t, test.until, written(carrier.Until), name)
	}
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly"}, 1)
	d.end("run1", store.RunWaiting)
	detail, err := d.with(plans).Run(t.Context(), "run1")
	require.NoError(t, err)
	assert.Empty(t, detail.Carriers, "no job carries it out")
}

func written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("Mon 2006-01-02 15:04 ") + at.Location().String()
}

// TestAJobSaysWhatItCarriesOutNext, as a run of it would decide: a paused run, the newest approved plan that is not too
// old; else what waits.
func TestAJobSaysWhatItCarriesOutNext(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	next := func() *web.JobPlan {
		listed, err := d.Jobs(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"weekend-apply"}, listed[0].CarriedOutBy)
		assert.Equal(t, "nightly-plan", listed[1].PlanJob)
		assert.Nil(t, listed[0].Plan)
		return listed[1].Plan
	}
	assert.Nil(t, next())
	d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, 2)
	plan := remediate.DevicePlan{Verdict: remediate.Change, Steps: []remediate.Step{{Kind: remediate.StepBackup}, {Kind: remediate.StepImportRoot}, {Kind: remediate.StepSave}}}
	d.putPlan("run1", 0, plan)
	d.plan("run1", 1, "2", remediate.Compliant)
	d.end("run1", store.RunWaiting)
	waiting := next()
	require.NotNil(t, waiting)
	assert.Equal(t, "waiting", waiting.State)
	assert.Equal(t, 1, waiting.Effect.Devices)
	assert.Equal(t, "1 import, 1 save", waiting.Effect.Words())
	require.NoError(t, d.Approve(t.Context(), "run1", store.Approval{Name: "ada", Time: d.now, Change: "CHG1"}))
	approved := next()
	require.NotNil(t, approved)
	assert.Equal(t, "approved", approved.State)
	assert.Equal(t, "ada", approved.Approval.Name)
	d.now = d.now.Add(store.DefaultMaxAge)
	assert.Nil(t, next(), "it is too old")
	d.run(store.Run{ID: "run2", Action: "apply", Job: "weekend-apply"}, 1)
	d.end("run2", store.RunPaused)
	paused := next()
	require.NotNil(t, paused)
	assert.Equal(t, "run2", paused.Run)
}

// TestAJobSaysWhatItsLastRunDid in the words that the run's own page has.
func TestAJobSaysWhatItsLastRunDid(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	results := func() []report.WordCount {
		listed, err := d.Jobs(t.Context())
		require.NoError(t, err)
		detail, err := d.Run(t.Context(), listed[0].Last.ID)
		require.NoError(t, err)
		counts := map[string]int{}
		for _, row := range detail.Devices {
			counts[row.Word]++
		}
		for _, one := range listed[0].Results {
			assert.Equal(t, counts[one.Word], one.Count, one.Word)
		}
		assert.Len(t, listed[0].Results, len(counts))
		return listed[0].Results
	}
	d.run(store.Run{ID: "run1", Action: "apply", Job: "nightly-plan"}, 5)
	d.plan("run1", 0, "1", remediate.Change)
	d.plan("run1", 1, "2", remediate.Compliant)
	d.plan("run1", 2, "3", remediate.Blocked)
	d.plan("run1", 3, "4", remediate.Change)
	d.result("run1", 0, remediate.Failed)
	assert.Equal(t, "failed", results()[0].Word, "the most urgent first")
	require.NoError(t, d.store.Start(t.Context(), "run1", 3))
	results()
	d.now = d.now.Add(time.Hour)
	d.end("run1", store.RunStopped)
	results()
	d.run(store.Run{ID: "run2", Action: "plan", Job: "nightly-plan"}, 2)
	d.plan("run2", 0, "1", remediate.Change)
	results()
	d.now = d.now.Add(time.Hour)
	d.end("run2", store.RunStopped)
	ended := results()
	require.Len(t, ended, 2)
	assert.Equal(t, []string{"change", "skipped"}, []string{ended[0].Word, ended[1].Word})
}

// TestABackupIsOfAWriteOrNot: only a run that sent a write has something to undo.
func TestABackupIsOfAWriteOrNot(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan"}, 1)
	d.plan("run1", 0, "77", remediate.Change)
	d.end("run1", store.RunDone)
	d.kept["serial-77"] = []journal.Entry{
		{Time: noon, Run: "run1", Event: remediate.EventBackup, Detail: "/one"}, {Time: noon, Run: "run1", Event: remediate.EventIntent},
		{Time: noon, Run: "run2", Event: remediate.EventBackup, Detail: "/two"},
	}
	device, err := d.Device(t.Context(), "https://sbc-0")
	require.NoError(t, err)
	require.Len(t, device.Backups, 2)
	assert.Equal(t, []bool{false, true}, []bool{device.Backups[0].Wrote, device.Backups[1].Wrote})
	assert.Equal(t, "plan", device.Backups[1].Action)
	assert.Empty(t, device.History[0].Code)
}
