package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// planned is a plan of three devices to be changed, one that needs a person, one that could not be read, and one in
// order.
func planned(name string) *fakeData {
	s := fleetShelf()
	steps := [][]remediate.StepKind{
		{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepSave},
		{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepSave},
		{remediate.StepBackup, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepSave},
	}
	s.run.Devices, s.detail = nil, nil
	add := func(verdict remediate.Verdict, kinds []remediate.StepKind, change func(*remediate.DevicePlan)) {
		device := deviceOf("https://192.0.2.1", name+string(rune('1'+len(s.detail))))
		device.Position, device.Plan.Verdict, device.Plan.Steps = len(s.detail), verdict, nil
		for _, kind := range kinds {
			device.Plan.Steps = append(device.Plan.Steps, remediate.Step{Kind: kind, Root: "a root"})
		}
		change(device.Plan)
		s.detail = append(s.detail, device)
		s.run.Devices = append(s.run.Devices, web.RunRow{Position: device.Position, Name: device.Target, URL: device.URL, Word: string(verdict), Tone: "wait", Steps: kinds})
	}
	for _, kinds := range steps {
		add(remediate.Change, kinds, func(*remediate.DevicePlan) {})
	}
	add(remediate.Blocked, nil, func(plan *remediate.DevicePlan) {
		plan.Findings[0] = remediate.Finding{Code: remediate.SharedContext, Level: remediate.Problem, Message: "shared with " + name}
	})
	add(remediate.Errored, nil, func(plan *remediate.DevicePlan) {
		plan.Error = &remediate.Failure{Code: remediate.CodeUnreachable, Message: "no route to " + name}
	})
	add(remediate.Compliant, nil, func(*remediate.DevicePlan) {})
	return s
}

// weekend is a job that carries plans out on Saturdays.
func weekend(t *testing.T) web.Carrier {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return web.Carrier{
		Job: "weekend-apply", Schedule: "every Saturday at 22:00 Europe/Berlin", Next: time.Date(2026, 11, 28, 22, 0, 0, 0, berlin),
		Window: "Sat 22:00-04:00 Europe/Berlin", Opens: time.Date(2026, 11, 28, 22, 0, 0, 0, berlin), Waves: "1, 100%",
		Until: time.Date(2026, 11, 29, 19, 0, 0, 0, berlin),
	}
}

// TestAnApprovalStatesItsEffectFirst: who writes what and when next, then the devices, then the decision. What a yes
// does not do is said too.
func TestAnApprovalStatesItsEffectFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, planned("sbc-"), false)
	s.later.Store(int64(2 * time.Hour))
	s.fakeData.run.Carriers = []web.Carrier{weekend(t)}
	text := s.page(planRun)
	const effect = "Approving lets weekend-apply write to 3 devices : 2 switches, 7 imports, 3 saves; next Sat 28 Nov 22:00 Europe/Berlin ; the plan is 2 h old."
	at := 0
	for _, part := range []string{
		effect, "every Saturday at 22:00 Europe/Berlin", "in 5 days", "Sat 22:00-04:00 Europe/Berlin, opens Sat 28 Nov 22:00", "1, 100%",
		"Approval holds until Sun 29 Nov 19:00 Europe/Berlin , in 6 days", "Written to", "sbc-1 : 1 switch, 2 imports, 1 save", "back up the device", "sbc-2", "sbc-3",
		"Not written to", "1 needs a person first", "sbc-4 shared with sbc- shared_context", "1 could not be read", "no route to sbc- unreachable", "1 is in order already",
		"Change number", "Approve", "Reject the plan", "Reason",
	} {
		found := strings.Index(text[at:], part)
		require.GreaterOrEqual(t, found, 0, "%q does not follow in: %s", part, text[at:])
		at += found
	}
	s.fakeData.run.Head.State = "approved"
	assert.Contains(t, s.page(planRun), strings.Replace(effect, "Approving lets", "The approval lets", 1))
	assert.Contains(t, s.page(planRun), "Withdraw the approval")
}

// TestAnApprovalTellsWhenNothingFollows: a job on demand, a window that no planned time meets, several jobs, none.
func TestAnApprovalTellsWhenNothingFollows(t *testing.T) {
	t.Parallel()
	onDemand, closed := weekend(t), weekend(t)
	onDemand.Schedule, onDemand.Next = "", time.Time{}
	closed.Next = time.Time{}
	late := closed
	late.Window, late.Opens = "", time.Time{}
	other := weekend(t)
	other.Job = "night-apply"
	for name, test := range map[string]struct {
		carriers []web.Carrier
		want     string
	}{
		"on demand": {[]web.Carrier{onDemand}, "3 saves; when a person starts it on the page Jobs ; the plan is"},
		"closed":    {[]web.Carrier{closed}, "3 saves; but at no planned time, for none lies in its change window before the approval ends: only if a person starts it; the plan is"},
		"too late":  {[]web.Carrier{late}, "3 saves; but at no planned time, for none comes before the approval ends: only if a person starts it; the plan is"},
		"several":   {[]web.Carrier{weekend(t), other}, "Approving lets weekend-apply or night-apply write to 3 devices : 2 switches, 7 imports, 3 saves; the plan is"},
		"none":      {nil, "Nothing follows from an approval here: no job of the jobs file has plan_job: nightly ."},
	} {
		s := newSite(t, planned("sbc-"), false)
		s.fakeData.run.Carriers = test.carriers
		assert.Contains(t, s.page(planRun), test.want, name)
	}
}

// TestForeignTextInADecision is harmless in the approval, in an unknown code and in a job's last result.
func TestForeignTextInADecision(t *testing.T) {
	t.Parallel()
	shelf := func(text string) *fakeData {
		s := planned(text)
		s.run.Carriers = []web.Carrier{{Job: text, Schedule: text, Window: text, Waves: text, Until: evening, Next: evening}}
		head := report.RunHead{ID: text, Action: "apply", Job: text, State: text, Reason: text, Created: evening, Ended: evening}
		s.jobs = []web.JobDetail{{
			Name: "job", Action: "apply", PlanJob: text, Words: text, Schedule: text, Window: text, Opens: evening, Inventory: text, Last: &head, Failure: text,
			Results: []report.WordCount{{Word: text, Tone: text, Count: 1}}, CarriedOutBy: []string{text},
			Plan: &web.JobPlan{Run: text, State: "approved", Approval: &store.Approval{Name: text, Change: text}, Effect: web.Effect{Devices: 1}, Until: evening},
		}}
		return s
	}
	pages := []string{planRun, "/jobs", "/jobs?begun=job", "/jobs/run?job=job"}
	harmless := newSite(t, shelf("harmless"), false)
	for _, attack := range attacks {
		s := newSite(t, shelf(attack), false)
		for _, page := range pages {
			require.Equal(t, skeleton(t, harmless.get(page).Body.String()), skeleton(t, s.get(page).Body.String()), "%q on %s", attack, page)
		}
		answer := s.get("/explain/" + url.PathEscape(attack) + "x")
		assert.Equal(t, http.StatusNotFound, answer.Code)
		skeleton(t, answer.Body.String()) // every link stays here
		assert.NotContains(t, strings.ToLower(answer.Body.String()), "<img")
	}
}

// TestEveryCodeIsExplained by the pages that acfix explain shows; others are not found, with the codes they may mean.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	index := s.page("/explain")
	for _, page := range explain.Pages() {
		text := s.page("/explain/" + page.Code)
		for _, part := range append(page.Next, page.Summary, page.Cause, page.Acfix, page.Source) {
			assert.Contains(t, htmlText(text), strings.Join(strings.Fields(part), " "), page.Code)
		}
		assert.Contains(t, htmlText(index), page.Code+" "+page.Summary)
	}
	assert.Contains(t, s.page("/explain/SHARED_context"), "shared_context")
	for code, near := range map[string]string{"shared-contexts": "Did you mean shared_context ?", "tls_untrustet": "tls_untrusted", "zzzzzzzz": "All codes"} {
		answer := s.get("/explain/" + code)
		assert.Equal(t, http.StatusNotFound, answer.Code)
		assert.Contains(t, plainText(answer.Body.String()), near)
		requireHeaders(t, answer)
	}
	device := s.get("/device?url=https://192.0.2.1").Body.String()
	assert.Contains(t, device, `href="/explain/shared_context"`)
	assert.Contains(t, device, `href="/explain/certificate_expires_soon"`)
	assert.Contains(t, s.get(planRun).Body.String(), `href="/explain/shared_context"`)
	tokens := newSite(t, fleetShelf(), true)
	assert.Equal(t, http.StatusSeeOther, tokens.get("/explain").Code, "as all pages, for those who are logged in")
}

func htmlText(page string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(page)
}
