package summary_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 7, 13, 12, 0, 0, 0, time.UTC)

// device is listed and was read an hour ago.
func device(i int, verdict remediate.Verdict) known.Device {
	url := fmt.Sprintf("https://sbc-%02d.example", i)
	return known.Device{
		Name: fmt.Sprintf("sbc-%02d", i), URL: url, Addresses: []string{url}, Listed: true,
		Verdict: string(verdict), Read: noon.Add(-time.Hour), Result: string(verdict), Ended: noon.Add(-time.Hour),
	}
}

func blockedBy(i int, code string) known.Device {
	d := device(i, remediate.Blocked)
	d.Obstacles = []string{code}
	return d
}

// since is the device after a later run.
func since(d known.Device, result, failure string) known.Device {
	d.Result, d.Failure, d.Ended = result, failure, noon.Add(-time.Minute)
	return d
}

func unread(i int, failure string) known.Device {
	d := since(device(i, ""), "error", failure)
	d.Read = time.Time{}
	return d
}

// counts are the numbers of a sheet, by group.
func counts(s *summary.Sheet) map[summary.Group]int {
	all := map[summary.Group]int{}
	for _, group := range []summary.Group{summary.Compliant, summary.ByAcfix, summary.ByPerson, summary.Unknown, summary.Apart} {
		if n := s.Count(group); n > 0 {
			all[group] = n
		}
	}
	return all
}

// What no reading found is unknown, and only a reading makes a device compliant.
func TestEachDeviceHasOneGroupAndOneReason(t *testing.T) {
	t.Parallel()
	unlisted := device(1, remediate.Compliant)
	unlisted.Listed = false
	for name, test := range map[string]struct {
		device known.Device
		group  summary.Group
		code   string
	}{
		"compliant":                 {device(1, remediate.Compliant), summary.Compliant, ""},
		"change":                    {device(1, remediate.Change), summary.ByAcfix, ""},
		"skipped since":             {since(device(1, remediate.Change), "skipped", "interrupted"), summary.ByAcfix, ""},
		"failed since":              {since(device(1, remediate.Change), "failed", "not_verified"), summary.ByPerson, "not_verified"},
		"rolled back, without code": {since(device(1, remediate.Change), "rolled_back", ""), summary.ByPerson, "rolled_back"},
		"unreachable since":         {since(device(1, remediate.Change), "error", "unreachable"), summary.ByPerson, "unreachable"},
		"blocked":                   {blockedBy(1, "shared_context"), summary.ByPerson, "shared_context"},
		"blocked by what is gone":   {device(1, remediate.Blocked), summary.ByPerson, ""},
		"not concerned":             {device(1, remediate.NotApplicable), summary.Apart, ""},
		"never read":                {unread(1, ""), summary.Unknown, "never_read"},
		"never reached":             {unread(1, "unauthorized"), summary.Unknown, "unauthorized"},
		"of a later version":        {device(1, "splendid"), summary.Unknown, "never_read"},
	} {
		s := summary.Fleet([]known.Device{test.device}, nil, noon)
		assert.Equal(t, map[summary.Group]int{test.group: 1}, counts(s), name)
		if test.group == summary.Compliant || test.group == summary.Apart {
			assert.Empty(t, s.Reasons(), name)
			continue
		}
		require.Len(t, s.Reasons(), 1, name)
		assert.Equal(t, test.code, s.Reasons()[0].Code, name)
		why, what := s.Reasons()[0].Words()
		assert.Contains(t, why, " ", "%s: in words", name)
		assert.NotEmpty(t, what, name)
	}
	gone := summary.Fleet([]known.Device{unlisted}, []string{"new"}, noon)
	assert.Equal(t, map[summary.Group]int{summary.Unknown: 1}, counts(gone))
	assert.Equal(t, 1, gone.Gone)
}

func TestTheShareIsNeverRoundedToAllOrNone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ part, whole, percent int }{
		{0, 0, 0}, {0, 9, 0}, {22, 34, 65}, {1, 10_000, 1}, {9_999, 10_000, 99}, {10_000, 10_000, 100}, {1, 3, 33}, {2, 3, 67},
	} {
		assert.Equal(t, test.percent, summary.Percent(test.part, test.whole), "%d of %d", test.part, test.whole)
	}
}

// mixed is a fleet of 34, with all that a page can have.
func mixed() *summary.Sheet {
	var devices []known.Device
	add := func(n int, make func(i int) known.Device) {
		for range n {
			devices = append(devices, make(len(devices)+1))
		}
	}
	add(21, func(i int) known.Device { return device(i, remediate.Compliant) })
	add(1, func(i int) known.Device { return since(device(i, remediate.Compliant), "error", "unreachable") })
	add(5, func(i int) known.Device { return device(i, remediate.Change) })
	add(4, func(i int) known.Device { return blockedBy(i, "shared_context") })
	add(1, func(i int) known.Device { return since(device(i, remediate.Change), "failed", "not_verified") })
	add(1, func(i int) known.Device { return unread(i, "unauthorized") })
	add(2, func(i int) known.Device { return device(i, remediate.NotApplicable) })
	add(1, func(i int) known.Device {
		d := device(i, remediate.Compliant)
		d.Listed = false
		return d
	})
	s := summary.Fleet(devices, []string{"planned-site"}, noon)
	times := summary.WeeksBefore(noon)
	past := map[string][]store.PastReading{}
	for i, d := range devices {
		past[d.URL] = make([]store.PastReading, len(times))
		for week, at := range times[2:] {
			verdict := "change"
			if i < 4*(week+1) {
				verdict = "compliant"
			}
			past[d.URL][week+2] = store.PastReading{Verdict: verdict, At: at.Add(-time.Hour)}
		}
	}
	s.AddTrend(past, times)
	s.Deadline = summary.Deadline{Day: noon.AddDate(0, 0, 20), Of: "teams-direct-routing-mtls"}
	s.Policy = remediate.PolicyReference{ID: "teams-direct-routing-mtls", Date: "2026-07-06"}
	berlin := time.FixedZone("Europe/Berlin", 2*60*60)
	s.Decisions = []summary.Decision{
		{Who: "An engineer", What: "settles what is wrong with 5 devices, see above"},
		{Who: "An approver", What: "approves or rejects the plan of nightly-plan", At: noon.AddDate(0, 0, 6)},
		{Who: "acfix", What: "job weekend-apply may write to devices", At: noon.AddDate(0, 0, 5).In(berlin)},
	}
	return s
}

var forms = map[string]func(*bytes.Buffer, *summary.Sheet) error{
	"txt":  func(w *bytes.Buffer, s *summary.Sheet) error { return summary.Text(w, s) },
	"md":   func(w *bytes.Buffer, s *summary.Sheet) error { return summary.Markdown(w, s) },
	"html": func(w *bytes.Buffer, s *summary.Sheet) error { return summary.HTML(w, s) },
	"json": func(w *bytes.Buffer, s *summary.Sheet) error { return summary.JSON(w, s) },
}

func written(t *testing.T, form string, s *summary.Sheet) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, forms[form](&text, s))
	return text.String()
}

func TestPages(t *testing.T) {
	t.Parallel()
	for name, sheet := range map[string]*summary.Sheet{
		"mixed": mixed(), "nothing": summary.Fleet(nil, nil, noon),
		"all": summary.Fleet([]known.Device{device(1, remediate.Compliant)}, nil, noon),
	} {
		for form := range forms {
			text := written(t, form, sheet)
			path := filepath.Join("testdata", name+"."+form+".golden")
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err, "run: make golden")
			assert.Equal(t, string(want), text)
		}
	}
}

func TestEveryFormSaysTheSame(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"txt", "md", "html"} {
		text := strings.NewReplacer(`\`, "", "&#43;", "+", "&#34;", `"`).Replace(written(t, form, mixed()))
		for _, wanted := range []string{
			"22 of 34 devices are compliant (65 %)", "5 acfix can repair", "5 need a person", "2 unknown",
			"no inventory of the jobs has them any more: 1 device", "no Teams connection: 2 devices", "the last run failed there since: 1 device",
			"As read 1 hour ago", "sbc-28, sbc-29, sbc-30 and 1 more", "planned-site", "20 days left for 12 devices",
			"16 of 33 read by then", "An approver", "Sat 18 Jul 2026, 14:00 Europe/Berlin",
		} {
			assert.Contains(t, text, wanted, form)
		}
	}
	assert.NotContains(t, written(t, "txt", summary.Fleet(nil, nil, noon)), "Deadline")
	assert.Contains(t, written(t, "txt", summary.Fleet(nil, nil, noon)), "No trend yet")
}

func TestADeadlineCounts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		day    int
		left   remediate.Verdict
		wanted string
	}{
		"to come":  {3, remediate.Change, "3 days left for 1 device."},
		"tomorrow": {1, remediate.Change, "1 day left for 1 device."},
		"the day":  {0, remediate.Change, "it is today, and 1 device is not compliant."},
		"passed":   {-1, remediate.Change, "it has passed, and 1 device is not compliant."},
		"reached":  {-1, remediate.Compliant, "all devices are compliant."},
	} {
		s := summary.Fleet([]known.Device{device(1, test.left)}, nil, noon)
		s.Deadline.Day = noon.AddDate(0, 0, test.day)
		assert.Contains(t, written(t, "txt", s), test.wanted, name)
	}
}

// A trend counts what had been read by then, at whichever address the device was.
func TestATrendCountsTheReadingsOfItsTime(t *testing.T) {
	t.Parallel()
	moved := device(1, remediate.Compliant)
	moved.Addresses = append(moved.Addresses, "https://before.example")
	s := summary.Fleet([]known.Device{moved, device(2, remediate.Blocked), device(3, remediate.NotApplicable)}, nil, noon)
	times := []time.Time{noon.AddDate(0, 0, -21), noon.AddDate(0, 0, -14), noon.AddDate(0, 0, -7)}
	at := func(verdict string, days int) store.PastReading {
		return store.PastReading{Verdict: verdict, At: noon.AddDate(0, 0, -days)}
	}
	s.AddTrend(map[string][]store.PastReading{
		moved.URL:                {{}, {}, at("compliant", 8)},
		"https://before.example": {{}, at("change", 15), at("change", 15)},
		"https://sbc-02.example": {{}, {}, at("blocked", 9)},
		"https://sbc-03.example": {at("compliant", 30), at("compliant", 30), at("compliant", 30)},
	}, times)
	assert.Equal(t, []summary.Week{{At: times[1], Read: 1}, {At: times[2], Compliant: 1, Read: 2}}, s.Weeks)
}

var attacks = []string{
	"\x1b[31mred\x07", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "a | b\n| c", "[x](https://evil.example)", "`_*#",
	"https://evil.example", "www.evil.example", "\u202eevil", "&lt;b&gt;", "me@evil.example", "{{.Title}}", "![x](y)", "http://evil.example/<b>",
}

// hostileSheet has a foreign text wherever one can stand.
func hostileSheet(text string) *summary.Sheet {
	named := func(d known.Device) known.Device {
		d.Name, d.URL, d.Addresses = text, text, []string{text}
		return d
	}
	s := summary.Fleet([]known.Device{
		named(blockedBy(1, text)), named(unread(2, text)), named(since(device(3, remediate.Change), "failed", text)),
	}, []string{text}, noon)
	s.Title, s.Deadline, s.Intro = text, summary.Deadline{Day: noon, Of: text}, []string{text, text}
	s.Decisions = []summary.Decision{{Who: text, What: text}}
	return s
}

func TestForeignTextIsHarmless(t *testing.T) {
	t.Parallel()
	tags := regexp.MustCompile(`<[^>]*>`)
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
	rendered := func(text string) []string {
		var page bytes.Buffer
		require.NoError(t, markdown.Convert([]byte(written(t, "md", hostileSheet(text))), &page))
		return tags.FindAllString(page.String(), -1)
	}
	for _, attack := range attacks {
		assert.Equal(t, tags.FindAllString(written(t, "html", hostileSheet("harmless")), -1),
			tags.FindAllString(written(t, "html", hostileSheet(attack)), -1), "%q", attack)
		assert.Equal(t, rendered("harmless"), rendered(attack), "%q", attack)
		for _, form := range []string{"txt", "md", "html"} {
			assert.NotRegexp(t, "[\x00-\x09\x0b-\x1f\x7f\u202e]", written(t, form, hostileSheet(attack)), "%q", attack)
		}
	}
}

func TestThePageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	for _, forbidden := range []string{"<script", "<link", "<img", "url(", "@import", "http:", "https:", "href="} {
		assert.NotContains(t, written(t, "html", mixed()), forbidden)
	}
}

// The devices of a run have the groups of its report.
func TestTheGroupsOfARun(t *testing.T) {
	t.Parallel()
	plan := func(verdict remediate.Verdict) *remediate.DevicePlan {
		return &remediate.DevicePlan{Verdict: verdict, Findings: []remediate.Finding{
			{Code: "root_in_doubt", Level: remediate.Info}, {Code: "shared_context", Level: remediate.Problem},
		}}
	}
	result := func(status remediate.Status, code string) *remediate.DeviceResult {
		r := remediate.DeviceResult{Status: status, Findings: plan("").Findings}
		if code != "" {
			r.Error = &remediate.Failure{Code: code}
		}
		return &r
	}
	unreachable := remediate.ErrorPlan(nil)
	unreachable.Error = &remediate.Failure{Code: "unreachable"}
	for name, test := range map[string]struct {
		action string
		device report.RunDevice
		group  summary.Group
		code   string
	}{
		"planned compliant":   {"plan", report.RunDevice{Plan: plan(remediate.Compliant)}, summary.Compliant, ""},
		"planned change":      {"plan", report.RunDevice{Plan: plan(remediate.Change)}, summary.ByAcfix, ""},
		"planned blocked":     {"plan", report.RunDevice{Plan: plan(remediate.Blocked)}, summary.ByPerson, "shared_context"},
		"not concerned":       {"plan", report.RunDevice{Plan: plan(remediate.NotApplicable)}, summary.Apart, ""},
		"not read":            {"plan", report.RunDevice{Plan: &unreachable}, summary.Unknown, "unreachable"},
		"never started":       {"plan", report.RunDevice{}, summary.Unknown, "skipped"},
		"applied":             {"apply", report.RunDevice{Plan: plan(remediate.Change), Result: result(remediate.Applied, "")}, summary.Compliant, ""},
		"unchanged":           {"apply", report.RunDevice{Plan: plan(remediate.Compliant), Result: result(remediate.Unchanged, "")}, summary.Compliant, ""},
		"failed":              {"apply", report.RunDevice{Plan: plan(remediate.Change), Result: result(remediate.Failed, "not_verified")}, summary.ByPerson, "not_verified"},
		"failed, not read":    {"apply", report.RunDevice{Plan: &unreachable, Result: result(remediate.Failed, "unreachable")}, summary.Unknown, "unreachable"},
		"rolled back":         {"apply", report.RunDevice{Plan: plan(remediate.Change), Result: result(remediate.RolledBack, "")}, summary.ByPerson, "rolled_back"},
		"drifted":             {"apply", report.RunDevice{Plan: plan(remediate.Change), Result: result(remediate.Stale, "drift")}, summary.ByPerson, "drift"},
		"skipped, planned":    {"apply", report.RunDevice{Plan: plan(remediate.Change), Result: result(remediate.Skipped, "interrupted")}, summary.ByAcfix, ""},
		"skipped, not read":   {"apply", report.RunDevice{Result: result(remediate.Skipped, "interrupted")}, summary.Unknown, "skipped"},
		"dry run":             {"dry_run", report.RunDevice{Plan: plan(remediate.Change)}, summary.ByAcfix, ""},
		"blocked in an apply": {"apply", report.RunDevice{Plan: plan(remediate.Blocked), Result: result(remediate.StatusBlocked, "")}, summary.ByPerson, "shared_context"},
	} {
		head := report.RunHead{ID: "3f2a9c01b2c3d4e5", Action: test.action, State: "done", Ended: noon}
		devices := func(yield func(report.RunDevice, error) bool) { yield(test.device, nil) }
		s, err := summary.Run(head, devices, noon)
		require.NoError(t, err)
		assert.Equal(t, map[summary.Group]int{test.group: 1}, counts(s), name)
		for _, reason := range s.Reasons() {
			assert.Equal(t, test.code, reason.Code, name)
		}
	}
}

func TestARunInProgressIsUnknown(t *testing.T) {
	t.Parallel()
	waiting := report.RunDevice{Plan: &remediate.DevicePlan{Verdict: remediate.Change}, Waiting: true}
	devices := func(yield func(report.RunDevice, error) bool) {
		_ = yield(waiting, nil) && yield(report.RunDevice{}, nil)
	}
	s, err := summary.Run(report.RunHead{ID: "1", Action: "apply", State: "running", Created: noon}, devices, noon)
	require.NoError(t, err)
	assert.Equal(t, map[summary.Group]int{summary.Unknown: 2}, counts(s))
}

func TestTheDocumentCountsEachDeviceOnce(t *testing.T) {
	t.Parallel()
	var document struct {
		Schema  string
		Devices int
		Counts  map[string]int
		Reasons []struct{ Devices int }
	}
	require.NoError(t, json.Unmarshal([]byte(written(t, "json", mixed())), &document))
	assert.Equal(t, summary.Schema, document.Schema)
	counted, reasoned := 0, document.Counts["compliant"]
	for _, n := range document.Counts {
		counted += n
	}
	for _, reason := range document.Reasons {
		reasoned += reason.Devices
	}
	assert.Equal(t, document.Devices, counted)
	assert.Equal(t, document.Devices, reasoned)
}
