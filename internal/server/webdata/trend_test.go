package webdata_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// TestTheTrendIsWhatWasReadByEachMonday: a device counts from its first reading, and without a Teams leg never.
func TestTheTrendIsWhatWasReadByEachMonday(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	read := func(id string, verdicts ...remediate.Verdict) {
		d.run(store.Run{ID: id, Action: "plan"}, len(verdicts))
		for i, verdict := range verdicts {
			d.plan(id, i, string(rune('a'+i)), verdict)
		}
		d.end(id, store.RunDone)
	}
	d.now = time.Date(2026, 11, 11, 9, 0, 0, 0, time.UTC) // a Wednesday
	read("run1", remediate.Change, remediate.Change, remediate.NotApplicable)
	d.Keep(t.Context())
	assert.Empty(t, d.Fleet().Trend, "no Monday has seen a reading")
	d.now = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	read("run2", remediate.Compliant, remediate.Errored, remediate.NotApplicable, remediate.Compliant)
	d.now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	read("run3", remediate.Compliant, remediate.Compliant, remediate.NotApplicable, remediate.Change)
	d.Keep(t.Context())
	require.Empty(t, d.Fleet().Error)
	monday := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	trend := d.Fleet().Trend
	require.Len(t, trend, 3)
	assert.Equal(t, web.TrendPoint{At: monday(16), Compliant: 0, Of: 2}, trend[0])
	assert.Equal(t, web.TrendPoint{At: monday(23), Compliant: 2, Of: 3}, trend[1], "an unread device stays as it was")
	assert.Equal(t, [2]int{2, 3}, [2]int{trend[2].Compliant, trend[2].Of})
	_, err := d.store.Forget(t.Context(), d.now, "https://sbc-0")
	require.NoError(t, err)
	d.Keep(t.Context())
	assert.Equal(t, web.TrendPoint{At: monday(23), Compliant: 1, Of: 2}, d.Fleet().Trend[1], "a forgotten device is gone from the past too")
}

// TestARowSaysWhy: the reason of the last run, and that of the last reading, whichever run it was.
func TestARowSaysWhy(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	codes := func() (all []string) {
		d.Keep(t.Context())
		require.Len(t, d.Fleet().Rows, 1)
		for _, why := range d.Fleet().Rows[0].Whys {
			all = append(all, why.Code)
		}
		return all
	}
	put := func(id string, verdict remediate.Verdict, plan remediate.DevicePlan) {
		plan.Verdict = verdict
		d.oneRun(id, "plan", "https://192.0.2.1")
		require.NoError(t, d.store.PutPlan(t.Context(), id, run.SightOf(0, plan), d.json(plan), d.now))
		d.end(id, store.RunDone)
	}
	shared := remediate.Finding{Code: remediate.SharedContext, Level: remediate.Problem, Message: "shared with SIPInterface_0"}
	waived := remediate.Finding{Code: remediate.DefaultContext, Level: remediate.Problem, Waived: &remediate.Waiver{}}
	away := remediate.DevicePlan{Error: &remediate.Failure{Code: "unreachable", Message: "no answer"}}
	put("never", remediate.Errored, away)
	assert.Equal(t, []string{"unreachable"}, codes())
	put("blocked", remediate.Blocked, remediate.DevicePlan{Findings: []remediate.Finding{shared, waived, {Code: "other", Level: remediate.Warning}}})
	assert.Equal(t, []string{remediate.SharedContext}, codes())
	assert.Equal(t, "shared with SIPInterface_0", d.Fleet().Rows[0].Whys[0].Text)
	put("away", remediate.Errored, away)
	assert.Equal(t, []string{"unreachable", remediate.SharedContext}, codes())
	put("change", remediate.Change, remediate.DevicePlan{})
	assert.Empty(t, codes())
	d.oneRun("failed", "apply", "https://192.0.2.1")
	d.plan("failed", 0, "7", remediate.Change)
	result := remediate.DeviceResult{Status: remediate.Failed, Error: &remediate.Failure{Code: "locked", Message: "held"}}
	require.NoError(t, d.store.PutResult(t.Context(), "failed", 0, run.OutcomeOf(result), d.json(result), d.now))
	d.end("failed", store.RunDone)
	assert.Equal(t, []string{"locked"}, codes())
	put("well", remediate.Compliant, remediate.DevicePlan{})
	assert.Empty(t, codes())
}

func TestARowHasTheTagsAndJobsOfItsInventory(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.listed = known.NewListed()
	d.listed.Add("ams-1", "https://192.0.2.1")
	d.listed.Describe("https://192.0.2.1", []string{"site:ams", "canary"}, []string{"nightly-plan"})
	d.listed.Describe("https://192.0.2.1", []string{"canary"}, []string{"weekend-apply"})
	d.oneRun("one", "plan", "https://192.0.2.1")
	d.plan("one", 0, "1", remediate.Change)
	d.Keep(t.Context())
	row := d.Fleet().Rows[0]
	assert.Equal(t, []string{"canary", "site:ams"}, row.Tags)
	assert.Equal(t, []string{"nightly-plan", "weekend-apply"}, row.Jobs)
}

// TestWhatIsDoneNowIsInTheJournal: the last entry of this run says it, and no other run's does.
func TestWhatIsDoneNowIsInTheJournal(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	one, sha := 1, "ab"
	plan := remediate.DevicePlan{
		Verdict: remediate.Change, Device: remediate.Identity{Serial: "7"},
		Steps: []remediate.Step{{Kind: remediate.StepImportRoot, Context: &one, Root: "DigiCert", SHA256: sha}, {Kind: remediate.StepSave}},
	}
	d.run(store.Run{ID: "run1", Action: "apply"}, 1)
	require.NoError(t, d.store.PutPlan(t.Context(), "run1", run.SightOf(0, plan), d.json(plan), d.now))
	require.NoError(t, d.store.Start(t.Context(), "run1", 0))
	entry := func(run string, event remediate.Event, kind remediate.StepKind) journal.Entry {
		e := journal.Entry{Time: noon, Run: run, Event: event, Kind: kind}
		if kind == remediate.StepImportRoot {
			e.Context, e.Root = &one, sha
		}
		return e
	}
	for _, test := range []struct {
		last journal.Entry
		want string
	}{
		{entry("run0", remediate.EventIntent, remediate.StepSave), ""},
		{entry("run1", remediate.EventStart, ""), "reads and takes the backup"},
		{entry("run1", remediate.EventIntent, remediate.StepImportRoot), "import DigiCert into TLS Context 1"},
		{entry("run1", remediate.EventAnswer, remediate.StepImportRoot), "reads back: import DigiCert into TLS Context 1"},
		{entry("run1", remediate.EventIntent, remediate.StepSave), "save to flash"},
	} {
		d.kept["serial-7"] = append(d.kept["serial-7"], test.last)
		found, err := d.Run(t.Context(), "run1")
		require.NoError(t, err)
		assert.Equal(t, test.want, found.Devices[0].Doing)
		assert.Equal(t, test.want != "", !found.Devices[0].Since.IsZero())
	}
	d.result("run1", 0, remediate.Applied)
	d.end("run1", store.RunDone)
	found, err := d.Run(t.Context(), "run1")
	require.NoError(t, err)
	assert.Empty(t, found.Devices[0].Doing)
}

func TestRunsAreFoundByDeviceAndCounted(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan"}, 3)
	d.plan("run1", 0, "1", remediate.Change)
	d.plan("run1", 1, "2", remediate.Blocked)
	d.plan("run1", 2, "3", remediate.Blocked)
	d.end("run1", store.RunDone)
	d.run(store.Run{ID: "run2", Action: "plan"}, 1)
	d.plan("run2", 0, "1", remediate.Compliant)
	d.end("run2", store.RunDone)
	d.Keep(t.Context())
	for device, want := range map[string][]string{"": {"run2", "run1"}, "1": {"run1"}, "https://sbc-0": {"run2", "run1"}, "nobody": nil} {
		heads, err := d.Runs(t.Context(), web.RunFilter{Device: device})
		require.NoError(t, err)
		var ids []string
		for _, head := range heads {
			ids = append(ids, head.ID)
		}
		assert.Equal(t, want, ids, device)
	}
	heads, err := d.Runs(t.Context(), web.RunFilter{})
	require.NoError(t, err)
	require.NoError(t, d.store.Close(), "the counts of ended runs are kept")
	counts, err := d.Counts(t.Context(), heads)
	require.NoError(t, err)
	require.Len(t, counts["run1"], 2)
	assert.Equal(t, "blocked", counts["run1"][0].Word)
	assert.Equal(t, []int{2, 1}, []int{counts["run1"][0].Count, counts["run1"][1].Count})
}
