package webdata_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fleetrun "github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
	"github.com/acfix/acfix/remediate"
)

const jobsFile = `jobs:
  - name: nightly-plan
    schedule: "0 3 1 1 *"
    time_zone: Europe/Berlin
    action: plan
    inventory: inventory.yaml
  - name: weekend-apply
    action: apply
    inventory: inventory.yaml
    batch: "tag:canary,25%,100%"
    soak: 10m
    parallel: 4
    window: "Sat 01:00-05:00 Europe/Berlin"
    approval: required
    plan_job: nightly-plan
`

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testProvider is a source with all that comes in, in the hands of a test.
type testProvider struct {
	*webdata.Provider
	t     testing.TB
	store *store.Store
	now   time.Time
	lives bool   // whether runs have a process
	led   string // the run that this process leads
	// begun are jobs that were begun; busy is how they stand.
	begun    []string
	busy     bool
	standing scheduler.JobState
	// kept are journals of files, by the device's name.
	kept   map[string][]journal.Entry
	listed *known.Listed
}

func newTestProvider(t testing.TB) *testProvider {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	listed, err := jobs.Parse([]byte(jobsFile), "beside")
	require.NoError(t, err)
	d := &testProvider{t: t, store: opened, now: noon, kept: map[string][]journal.Entry{}}
	d.Provider = webdata.New(webdata.ProviderOptions{
		Ledger: report.Ledger{Store: opened, Lives: func(string) bool { return d.lives }}, JobsFile: listed, Scheduler: d,
		Listed: func() *known.Listed { return d.listed },
		Journal: func(of evidence.Subject) ([]journal.Entry, error) {
			if entries, known := d.kept[of.Name()]; known {
				return entries, nil
			}
			return nil, fmt.Errorf("there is no journal %s", of.Name())
		},
		Now:   func() time.Time { d.now = d.now.Add(time.Minute); return d.now },
		Sleep: func(context.Context, time.Duration) error { return io.EOF }, // Keep looks once
		Log:   slog.New(slog.DiscardHandler),
	})
	return d
}

func (d *testProvider) RunNow(j jobs.Job) bool {
	if !d.busy {
		d.begun = append(d.begun, j.Name)
	}
	return !d.busy
}

func (d *testProvider) StopRun(run, person string) bool {
	led := d.Leads(run)
	if led {
		d.begun = append(d.begun, "stop "+run+" for "+person)
	}
	return led
}

func (d *testProvider) Leads(run string) bool { return d.led == run }

func (d *testProvider) ResumeNow(left store.Run, j jobs.Job) bool {
	if !d.busy {
		d.begun = append(d.begun, "resume "+left.ID+" of "+j.Name)
	}
	return !d.busy
}

func (d *testProvider) Standing(string) scheduler.JobState { return d.standing }

// run puts a run of so many devices into the store.
func (d *testProvider) run(run store.Run, devices int) {
	d.t.Helper()
	list := make([]store.Device, devices)
	for i := range list {
		list[i] = store.Device{Position: i, Target: fmt.Sprint(i), URL: fmt.Sprintf("https://sbc-%d", i)}
	}
	run.Created = d.now
	if run.Header == nil {
		run.Header = d.json(runs.Header{})
	}
	require.NoError(d.t, d.store.CreateRun(d.t.Context(), run, list))
}

func (d *testProvider) end(run string, state store.RunState) {
	d.t.Helper()
	require.NoError(d.t, d.store.EndRun(d.t.Context(), run, state, 0, "", d.now))
}

func (d *testProvider) plan(run string, place int, serial string, verdict remediate.Verdict) {
	d.t.Helper()
	d.putPlan(run, place, remediate.DevicePlan{Verdict: verdict, Device: remediate.Identity{Serial: serial}})
}

func (d *testProvider) putPlan(run string, place int, plan remediate.DevicePlan) {
	d.t.Helper()
	require.NoError(d.t, d.store.PutPlan(d.t.Context(), run, fleetrun.SightOf(place, plan), d.json(plan), d.now))
}

func (d *testProvider) result(run string, place int, status remediate.Status) {
	d.t.Helper()
	result := remediate.DeviceResult{Status: status}
	require.NoError(d.t, d.store.PutResult(d.t.Context(), run, place, fleetrun.OutcomeOf(result), d.json(result), d.now))
}

func (d *testProvider) json(document any) json.RawMessage {
	d.t.Helper()
	text, err := json.Marshal(document)
	require.NoError(d.t, err)
	return text
}

func TestAJobIsBegunAsOftenAsItMay(t *testing.T) {
	t.Parallel()
	approved := func(d *testProvider) {
		d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, 1)
		d.end("run1", store.RunWaiting)
		require.NoError(d.t, d.Approve(d.t.Context(), "run1", store.Approval{Name: "ada", Time: noon}))
	}
	for name, test := range map[string]struct {
		prepare func(*testProvider)
		job     string
		want    error
	}{
		"a plan":          {job: "nightly-plan"},
		"what is unknown": {job: "nightly", want: web.ErrUnknown},
		"no approval":     {job: "weekend-apply", want: web.ErrNoApproval},
		"an approval":     {prepare: approved, job: "weekend-apply"},
		"going on elsewhere": {func(d *testProvider) {
			d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, 1)
		}, "nightly-plan", web.ErrBusy},
		"going on here":   {func(d *testProvider) { d.busy = true }, "nightly-plan", web.ErrBusy},
		"a store is away": {func(d *testProvider) { _ = d.store.Close() }, "nightly-plan", web.ErrTrouble},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestProvider(t)
			if test.prepare != nil {
				test.prepare(d)
			}
			err := d.Start(t.Context(), test.job)
			if test.want != nil {
				assert.ErrorIs(t, err, test.want)
				assert.Empty(t, d.begun)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []string{test.job}, d.begun)
		})
	}
}

func TestAPlanIsApprovedOnce(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan"}, 1)
	approve := func(run string) error { return d.Approve(t.Context(), run, store.Approval{Name: "ada", Time: noon}) }
	assert.ErrorIs(t, approve("run1"), web.ErrNotWaiting, "it goes on")
	d.end("run1", store.RunWaiting)
	require.NoError(t, approve("run1"))
	assert.ErrorIs(t, approve("run1"), web.ErrNotWaiting)
	assert.ErrorIs(t, approve("run2"), web.ErrUnknown)
}

func TestJobsSayHowTheyStand(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, 1)
	d.standing = scheduler.JobState{Failure: "no inventory", FailedAt: noon}
	listed, err := d.Jobs(t.Context())
	require.NoError(t, err)
	require.Len(t, listed, 2)
	assert.Equal(t, "0 3 1 1 * Europe/Berlin", listed[0].Schedule)
	assert.True(t, listed[0].Busy, "in another process")
	assert.Equal(t, "run1", listed[0].Last.ID)
	assert.Empty(t, listed[0].Settings)
	assert.Equal(t, "no inventory", listed[1].Failure)
	assert.Equal(t, noon, listed[1].FailedAt)
	assert.Equal(t, "beside/inventory.yaml", listed[1].Inventory)
	assert.False(t, listed[1].Busy)
	assert.Nil(t, listed[1].Last)
	assert.Equal(t, []report.Fact{
		{Name: "Carries out", Text: "approved plans of nightly-plan"}, {Name: "Waves", Text: "tag:canary,25%,100%"},
		{Name: "Change window", Text: "Sat 01:00-05:00 Europe/Berlin"}, {Name: "Devices at a time", Text: "4"}, {Name: "Soak", Text: "10m0s"},
		{Name: "Latest start after", Text: "1h0m0s"},
	}, listed[1].Settings)
	d.standing = scheduler.JobState{Busy: true}
	listed, err = d.Jobs(t.Context())
	require.NoError(t, err)
	assert.True(t, listed[1].Busy, "in this process, before a run stands in the store")
}

// TestDeedsAreShownNewestFirst: of many, the newest.
func TestDeedsAreShownNewestFirst(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	const many = 505
	for i := range many {
		require.NoError(t, d.Record(t.Context(), web.AuditEntry{Time: noon, Person: "ada", Kind: web.AuditApprove, Subject: fmt.Sprint(i)}))
	}
	deeds, err := d.AuditLog(t.Context())
	require.NoError(t, err)
	require.Len(t, deeds, 500)
	assert.Equal(t, web.AuditEntry{Time: noon, Person: "ada", Kind: web.AuditApprove, Subject: "504"}, deeds[0])
	assert.Equal(t, "5", deeds[len(deeds)-1].Subject)
	require.NoError(t, d.store.Close())
	assert.ErrorIs(t, d.Record(t.Context(), web.AuditEntry{}), web.ErrTrouble, "what can't be put on record is not done")
}

func TestTheFleetFollowsTheRuns(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	words := func() map[string]string {
		d.Keep(t.Context())
		require.Empty(t, d.Fleet().Error)
		all := map[string]string{}
		for _, row := range d.Fleet().Rows {
			all[row.Name] = row.Result
		}
		return all
	}
	assert.Empty(t, words())
	d.run(store.Run{ID: "run1", Action: "plan"}, 2)
	d.plan("run1", 0, "1", remediate.Change)
	d.end("run1", store.RunDone)
	assert.Equal(t, map[string]string{"0": "change"}, words())
	d.run(store.Run{ID: "run2", Action: "apply"}, 2)
	d.plan("run2", 0, "1", remediate.Change)
	d.result("run2", 0, remediate.Applied)
	assert.Equal(t, map[string]string{"0": "applied"}, words(), "a run that goes on is taken over too")
	d.now = d.now.Add(time.Hour)
	d.result("run2", 1, remediate.Failed)
	d.end("run2", store.RunStopped)
	assert.Equal(t, map[string]string{"0": "applied", "1": "failed"}, words())
	read := d.Fleet()
	require.NoError(t, d.store.Close())
	d.Keep(t.Context())
	assert.NotEmpty(t, d.Fleet().Error)
	assert.Equal(t, read.Rows, d.Fleet().Rows, "what was read before stays")
	assert.Equal(t, read.AsOf, d.Fleet().AsOf, "and says of when it is")
}
