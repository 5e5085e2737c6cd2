package web_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

var verdictsOfRows = []struct{ verdict, tone string }{{"error", "bad"}, {"blocked", "bad"}, {"change", "wait"}, {"compliant", "good"}}

// rows are devices that differ in everything one can sort by.
func rows(n int) []web.FleetRow {
	list := make([]web.FleetRow, n)
	for i := range list {
		kind := verdictsOfRows[i%4]
		list[i] = web.FleetRow{
			Name: fmt.Sprintf("sbc-%03d", i), URL: fmt.Sprintf("https://192.0.2.%d", i), Addresses: []string{fmt.Sprintf("https://192.0.2.%d", i)}, Serial: fmt.Sprint(5000 + i), Firmware: fmt.Sprintf("7.40A.%d", i%11*50),
			Contexts: fmt.Sprintf("%d Teams", i%3), MutualTLS: []string{"on", "off"}[i%2], Verdict: kind.verdict, Tone: kind.tone, Result: kind.verdict, ResultTone: kind.tone, Listed: true, Gravity: i % 4,
			Missing: i % 8, Expires: evening.AddDate(0, 0, i), Read: evening.Add(-time.Duration(i) * time.Minute), Ended: evening,
		}
		for root := range certs.Required() {
			cell := report.RootCell{Word: "present", Tone: "good"}
			if root < i%8 {
				cell = report.RootCell{Word: "missing", Tone: "bad"}
			}
			list[i].Roots = append(list[i].Roots, cell)
		}
	}
	return list
}

var nameOfRow = regexp.MustCompile(`<tr><th scope="row"><a[^>]*><bdi>([^<]*)`)

func (s *site) listed(query string) []string {
	s.t.Helper()
	var names []string
	for _, found := range nameOfRow.FindAllStringSubmatch(s.get("/?"+query).Body.String(), -1) {
		names = append(names, found[1])
	}
	return names
}

func TestTheFleetIsFilteredSortedAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	for query, first := range map[string]string{
		"":                                "sbc-000", // the gravest
		"sort=name":                       "sbc-000",
		"sort=name&order=down":            "sbc-119",
		"sort=verdict&order=down":         "sbc-003",
		"sort=missing&order=down":         "sbc-007",
		"sort=expires&order=down":         "sbc-119",
		"sort=seen":                       "sbc-119",
		"sort=firmware&order=down":        "sbc-010", // 500 stands behind 50
		"sort=context&order=down":         "sbc-002",
		"sort=mutual":                     "sbc-001",
		"sort=made-up":                    "sbc-000",
		"sort=name&page=2":                "sbc-050",
		"sort=name&page=3":                "sbc-100",
		"sort=name&page=99":               "sbc-100",
		"sort=name&page=-1":               "sbc-000",
		"verdict=compliant":               "sbc-003",
		"firmware=7.40A.500&sort=name":    "sbc-010",
		"q=192.0.2.77":                    "sbc-077",
		"q=5042":                          "sbc-042",
		"q=SBC-00":                        "sbc-000",
		"mutual=off":                      "sbc-001",
		"root=7":                          "sbc-007",
		"root=99&sort=name":               "sbc-000",
		"view=roots&sort=name&page=2":     "sbc-050",
		"verdict=compliant&q=sbc-1":       "sbc-103",
		"verdict=change&root=1&sort=name": "sbc-002",
	} {
		names := s.listed(query)
		require.NotEmpty(t, names, query)
		assert.Equal(t, first, names[0], query)
		assert.LessOrEqual(t, len(names), 50)
	}
	assert.Len(t, s.listed("verdict=compliant"), 30)
	assert.Len(t, s.listed("root=7"), 15)
	assert.Len(t, s.listed("sort=name&page=3"), 20)
	assert.Empty(t, s.listed("q=nobody"))
	text := s.page("/?q=nobody")
	assert.Contains(t, text, "No device matches.")
	assert.Contains(t, text, "30 error", "totals are of all")
}

// TestLinksKeepWhatIsChosen: sorting or turning a page must not lose the filter.
func TestLinksKeepWhatIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	page := s.get("/?mutual=on&sort=name&order=down&view=roots").Body.String()
	next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(page)
	require.NotNil(t, next)
	address, err := url.Parse(strings.ReplaceAll(next[1], "&amp;", "&"))
	require.NoError(t, err)
	assert.Equal(t, url.Values{"mutual": {"on"}, "sort": {"name"}, "order": {"down"}, "view": {"roots"}, "page": {"2"}}, address.Query())
	assert.Contains(t, page, `aria-sort="descending"`)
}

func TestTheChartCountsEveryDevice(t *testing.T) {
	t.Parallel()
	fakeData := fleetShelf()
	for i := range fakeData.fleet.Rows {
		fakeData.fleet.Rows[i].Firmware = fmt.Sprintf("7.%d", i%20)
	}
	fakeData.fleet.Rows[0].Firmware = ""
	text := newSite(t, fakeData, false).get("/").Body.String()
	counts := regexp.MustCompile(`class="count">(\d+)`).FindAllStringSubmatch(text, -1)
	assert.Len(t, counts, 8)
	sum := 0
	for _, count := range counts {
		var n int
		_, err := fmt.Sscan(count[1], &n)
		require.NoError(t, err)
		sum += n
	}
	assert.Equal(t, 120, sum)
	assert.Contains(t, text, "all others")
	assert.Regexp(t, `role="img" aria-label="\d+ in order`, text)
}

func TestRows(t *testing.T) {
	t.Parallel()
	first, second := certs.Required()[0], certs.Required()[1]
	on, off := true, false
	state := func(root certs.Root, state remediate.RootState) remediate.RootStatus {
		return remediate.RootStatus{Name: root.Name, SHA256: root.SHA256, State: state}
	}
	for name, test := range map[string]struct {
		status   remediate.Status
		contexts []remediate.ContextPlan
		word     string
		missing  int
	}{
		"missing":                  {contexts: []remediate.ContextPlan{{Roots: []remediate.RootStatus{state(first, "missing")}}}, word: "missing", missing: 1},
		"bundled, switch on":       {contexts: []remediate.ContextPlan{{UseDefaultCABundle: &on, Roots: []remediate.RootStatus{state(first, "bundled")}}}, word: "bundled", missing: 0},
		"bundled, switch off":      {contexts: []remediate.ContextPlan{{UseDefaultCABundle: &off, Roots: []remediate.RootStatus{state(first, "bundled")}}}, word: "bundle off", missing: 1},
		"bundled, switched on now": {status: remediate.Applied, contexts: []remediate.ContextPlan{{UseDefaultCABundle: &off, Roots: []remediate.RootStatus{state(first, "bundled")}}}, word: "bundled", missing: 0},
		"the worst of two":         {contexts: []remediate.ContextPlan{{Roots: []remediate.RootStatus{state(first, "present"), state(second, "missing")}}, {Roots: []remediate.RootStatus{state(first, "missing"), state(second, "present")}}}, word: "missing", missing: 2},
		"none read":                {word: "not read", missing: -1},
	} {
		device := report.RunDevice{Target: "sbc", URL: "https://sbc", Ended: evening, Plan: &remediate.DevicePlan{Verdict: remediate.Change, Device: remediate.Identity{Serial: "1"}, Contexts: test.contexts}}
		if test.status != "" {
			device.Result = &remediate.DeviceResult{Status: test.status}
		}
		row := web.FleetRowOf(known.Device{Verdict: "change", Read: evening}, &device)
		assert.Equal(t, test.word, row.Roots[0].Word, name)
		assert.Equal(t, "1", row.Serial, name)
	}
}

// TestARowHasAVerdictAndAResult: neither passes for the other, and the more urgent one sorts the row.
func TestARowHasAVerdictAndAResult(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		verdict, result, shown, tone, resultTone string
		gravity                                  string // the word that sorts it
	}{
		"in order":                   {"compliant", "unchanged", "compliant", "good", "good", "compliant"},
		"applied":                    {"compliant", "applied", "compliant", "good", "good", "compliant"},
		"to change, locked":          {"change", "failed", "change", "wait", "bad", "failed"},
		"to change, skipped":         {"change", "skipped", "change", "wait", "wait", "change"},
		"in order, unreachable":      {"compliant", "error", "compliant", "good", "bad", "error"},
		"never read, unreachable":    {"", "error", "not_read", "bad", "bad", "error"},
		"read, in no run that ended": {"change", "", "change", "wait", "", "change"},
	} {
		row := web.FleetRowOf(known.Device{Verdict: test.verdict, Result: test.result}, nil)
		_, gravity := report.ToneOf(test.gravity)
		assert.Equal(t, test.shown, row.Verdict, name)
		assert.Equal(t, test.tone, row.Tone, name)
		assert.Equal(t, test.resultTone, row.ResultTone, name)
		assert.Equal(t, gravity, row.Gravity, name)
	}
}

// TestOtherDevicesStandApart: those that no inventory of the jobs has are counted, and shown on request.
func TestOtherDevicesStandApart(t *testing.T) {
	t.Parallel()
	fakeData := fleetShelf()
	for i := range fakeData.fleet.Rows {
		fakeData.fleet.Rows[i].Listed = i >= 20
	}
	s := newSite(t, fakeData, false)
	assert.Contains(t, s.page("/"), "100 devices. 20 more that no inventory of the jobs has")
	assert.Len(t, s.listed("sort=name&page=2"), 50)
	assert.Empty(t, s.listed("q=sbc-019"))
	assert.Len(t, s.listed("show=others"), 20)
	assert.Contains(t, s.page("/?show=others&verdict=error"), "5 error", "filters stay among them")
}

// BenchmarkTenThousandDevices measures a request as the pages of a large fleet take it.
func BenchmarkTenThousandDevices(b *testing.B) {
	t := &testing.T{}
	fakeData := fleetShelf()
	fakeData.fleet.Rows = rows(10_000)
	s := newSite(t, fakeData, false)
	for _, query := range []string{"", "?sort=firmware&order=down&q=sbc", "?view=roots&verdict=change&page=20"} {
		b.Run("/"+query, func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = s.get("/" + query).Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
