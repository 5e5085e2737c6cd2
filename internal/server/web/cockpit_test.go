package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// fleetOf has a device for each verdict and result, with tags, jobs and reasons.
func fleetOf(t *testing.T, devices ...known.Device) *fakeData {
	t.Helper()
	fakeData := fleetShelf()
	fakeData.fleet.Rows = nil
	for i, device := range devices {
		device.Name, device.URL, device.Listed = fmt.Sprintf("sbc-%d", i), fmt.Sprintf("https://192.0.2.%d", i), true
		device.Addresses, device.Read, device.Ended = []string{device.URL}, evening.Add(-12*time.Minute), evening
		row := web.FleetRowOf(device, nil)
		fakeData.fleet.Rows = append(fakeData.fleet.Rows, row)
	}
	return fakeData
}

// TestTheFleetIsFirstInThreeGroups: what needs a person, what a run repairs, and what is in order, by verdict and result.
func TestTheFleetIsFirstInThreeGroups(t *testing.T) {
	t.Parallel()
	fakeData := fleetOf(t,
		known.Device{Verdict: "compliant", Result: "unchanged"}, known.Device{Verdict: "compliant", Result: "error"},
		known.Device{Verdict: "compliant", Result: "skipped"}, known.Device{Verdict: "not_applicable", Result: "not_applicable"},
		known.Device{Verdict: "change", Result: "change"}, known.Device{Verdict: "change", Result: "skipped"},
		known.Device{Verdict: "change", Result: "failed"}, known.Device{Verdict: "blocked", Result: "blocked"},
		known.Device{Verdict: "", Result: "error"}, known.Device{Verdict: "", Result: "skipped"},
	)
	s := newSite(t, fakeData, false)
	for group, want := range map[string][]string{
		"needs_you": {"sbc-1", "sbc-6", "sbc-7", "sbc-8", "sbc-9"}, "will_change": {"sbc-4", "sbc-5"},
		"in_order": {"sbc-0", "sbc-2", "sbc-3"},
	} {
		assert.Equal(t, want, s.listed("sort=name&group="+group), group)
	}
	text := s.page("/")
	assert.Contains(t, text, "2 of 9 compliant, 22 %", "a compliant device whose last run failed is not in order")
	assert.Contains(t, text, "1 without a Teams leg is not counted")
	assert.Contains(t, text, "5 need you", "in words")
	assert.Contains(t, text, "No history yet.")
	fakeData.fleet.Deadline = "27 days are left until 1 January 2027."
	fakeData.fleet.Trend = []web.TrendPoint{{At: evening.AddDate(0, 0, -7).Truncate(24 * time.Hour), Compliant: 1, Of: 3}, {At: evening, Compliant: 22, Of: 34}}
	page := s.get("/").Body.String()
	assert.Contains(t, page, `aria-label="15 Nov: 1 of 3 compliant, 33 %"`)
	assert.Contains(t, page, `aria-label="now: 22 of 34 compliant, 65 %"`)
	assert.Contains(t, page, "27 days are left")
	assert.NotContains(t, page, "No history yet.")
}

// TestAShareIsNeverRoundedToAllOrNone: 199 of 200 is not done.
func TestAShareIsNeverRoundedToAllOrNone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ n, of, want int }{
		{22, 34, 65}, {199, 200, 99}, {999, 1000, 99}, {1, 1000, 1}, {0, 7, 0}, {7, 7, 100}, {0, 0, 0}, {1, 2, 50},
	} {
		assert.Equal(t, test.want, web.TrendPoint{Compliant: test.n, Of: test.of}.Percent(), "%d of %d", test.n, test.of)
	}
}

// TestTheFleetIsFilteredByWhatPeopleAskFor: tag, site, job and reason, alone and together, as a page and as a file.
func TestTheFleetIsFilteredByWhatPeopleAskFor(t *testing.T) {
	t.Parallel()
	fakeData := fleetOf(t,
		known.Device{Verdict: "blocked", Tags: []string{"canary", "site:ams"}, Jobs: []string{"nightly"}},
		known.Device{Verdict: "blocked", Tags: []string{"site=AMS"}, Jobs: []string{"nightly", "weekend"}},
		known.Device{Verdict: "change", Tags: []string{"Site: lon"}, Jobs: []string{"weekend"}},
		known.Device{Verdict: "", Result: "error"},
	)
	rows := fakeData.fleet.Rows
	rows[0].Whys = []web.Why{{Code: "shared_context", Text: `=HYPERLINK("x")`, Hint: "separate"}, {Code: "unsaved_changes", Text: "unsaved"}}
	rows[1].Whys = []web.Why{{Code: "shared_context", Text: "context shared with SIPInterface_0"}}
	s := newSite(t, fakeData, false)
	for query, want := range map[string]string{
		"tag=canary": "0", "tag=lon": "", "site=ams": "0", "site=AMS": "1", "site=lon": "2", "job=nightly": "0 1", "job=weekend": "1 2",
		"reason=shared_context": "0 1", "reason=unsaved_changes": "0", "reason=not_read": "3", "reason=shared_context&job=weekend": "1",
		"reason=none": "",
	} {
		var names []string
		for _, name := range s.listed("sort=name&" + query) {
			names = append(names, strings.TrimPrefix(name, "sbc-"))
		}
		assert.Equal(t, want, strings.Join(names, " "), query)
		table, err := csv.NewReader(s.get("/fleet.csv?sort=name&" + query).Body).ReadAll()
		require.NoError(t, err)
		assert.Len(t, table, len(names)+1, "the file has the same: %s", query)
	}
	page := s.page("/")
	assert.Contains(t, page, "shared context", "the reason stands in the row")
	assert.Contains(t, page, "context shared with SIPInterface_0")
	assert.Contains(t, page, "What to do: separate")
	assert.Contains(t, page, "2 shared context 1 not read 1 unsaved changes", "the most frequent first")

	answer := s.get("/fleet.csv?reason=shared_context&sort=name")
	assert.Contains(t, answer.Header().Get("Content-Disposition"), `attachment; filename="acfix-fleet.csv"`)
	table, err := csv.NewReader(strings.NewReader(answer.Body.String())).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, "device", table[0][0])
	assert.Contains(t, table[1], `'=HYPERLINK("x"); unsaved`, "a cell is never a formula")
	assert.Contains(t, table[1], "canary, site:ams")
	link := regexp.MustCompile(`href="([^"]*)">Link to this view`).FindStringSubmatch(s.get("/?tag=canary&site=ams&page=1").Body.String())
	require.NotNil(t, link)
	assert.Equal(t, []string{"sbc-0"}, s.listed(strings.ReplaceAll(strings.TrimPrefix(link[1], "/?"), "&amp;", "&")))
}

func TestTheFileHasAllPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	table, err := csv.NewReader(s.get("/fleet.csv?sort=name").Body).ReadAll()
	require.NoError(t, err)
	assert.Len(t, table, 121)
	guarded := newSite(t, fleetShelf(), true)
	assert.Equal(t, http.StatusSeeOther, guarded.get("/fleet.csv").Code, "a login comes first")
}

// TestFirmwareIsSortedByVersion: 7.20A.258 is release 7.2.258, older than 7.4; and what was not read is no version.
func TestFirmwareIsSortedByVersion(t *testing.T) {
	t.Parallel()
	order := []string{"", "trunk", "7.20A.258", "7.4.5", "7.40A.100", "7.4.250", "7.40A.500.9", "7.40A.500.10", "7.6.100"}
	fakeData := fleetShelf()
	fakeData.fleet.Rows = nil
	for i, firmware := range order {
		row := web.FleetRow{Name: fmt.Sprintf("sbc-%d", i), URL: fmt.Sprint(i), Firmware: firmware, Listed: true, Roots: rows(1)[0].Roots}
		fakeData.fleet.Rows = append([]web.FleetRow{row}, fakeData.fleet.Rows...)
	}
	s := newSite(t, fakeData, false)
	want := []string{"sbc-0", "sbc-1", "sbc-2", "sbc-3", "sbc-4", "sbc-5", "sbc-6", "sbc-7", "sbc-8"}
	assert.Equal(t, want, s.listed("sort=firmware"))
	options := regexp.MustCompile(`<option value="(7\.[^"]*|trunk)"`).FindAllStringSubmatch(s.get("/").Body.String(), -1)
	var listed []string
	for _, option := range options {
		listed = append(listed, option[1])
	}
	assert.Equal(t, order[1:], listed)
}

// TestTimesSayHowLongAgo: in words, with UTC to hover over.
func TestTimesSayHowLongAgo(t *testing.T) {
	t.Parallel()
	for passed, want := range map[time.Duration]string{
		0: "just now", 59 * time.Second: "just now", time.Minute: "1 min ago", 12 * time.Minute: "12 min ago", 90 * time.Minute: "1 h ago",
		26 * time.Hour: "26 h ago", 48 * time.Hour: "2 days ago", 20 * 24 * time.Hour: "2 weeks ago", -9 * time.Hour: "in 9 h", -time.Second: "now",
	} {
		fakeData := fleetShelf()
		at := evening.Add(-passed)
		fakeData.run.Head.Created = at
		page := newSite(t, fakeData, false).get("/runs").Body.String()
		shown := `<time class="moment" datetime="` + at.Format(time.RFC3339) + `" title="` + at.Format("2006-01-02 15:04:05 UTC") + `"><span data-local>` +
			at.Format("2 Jan 2006 15:04 UTC") + `</span> <span class="faint">` + want + `</span></time>`
		assert.Contains(t, page, shown, passed)
	}
}

// blockedRun has 14 devices that are blocked for one reason, and others.
func blockedRun(t *testing.T) *fakeData {
	t.Helper()
	head := report.RunHead{ID: "aa00bb11cc22dd33", Action: "plan", Job: "nightly", State: "done", Created: evening, Ended: evening, Person: "kim@host"}
	fakeData := fleetShelf()
	fakeData.run, fakeData.detail = web.RunDetail{Head: head}, nil
	add := func(verdict remediate.Verdict, wave int, findings []remediate.Finding, failure *remediate.Failure) {
		position := len(fakeData.detail)
		device := report.RunDevice{
			Position: position, Wave: wave, Target: fmt.Sprintf("sbc-%02d", position), URL: fmt.Sprintf("https://192.0.2.%d", position), Ended: evening,
			Plan: &remediate.DevicePlan{Verdict: verdict, Findings: findings, Error: failure},
		}
		shown := head.Show(device)
		fakeData.detail = append(fakeData.detail, device)
		fakeData.run.Devices = append(fakeData.run.Devices, web.RunRow{
			Position: position, Wave: wave, Name: device.Target, URL: device.URL, Word: shown.Word, Tone: shown.Tone(),
			Gravity: shown.Gravity(), Reason: web.ReasonOf(shown), Ended: evening,
		})
	}
	shared := remediate.Finding{Code: remediate.SharedContext, Level: remediate.Problem, Message: "context shared with SIPInterface_0", Hint: "Separate them."}
	for i := range 14 {
		add(remediate.Blocked, 1+i%2, []remediate.Finding{shared}, nil)
		add(remediate.Compliant, 1, nil, nil)
	}
	for i := range 3 {
		add(remediate.Errored, 2, nil, &remediate.Failure{Code: "unreachable", Message: fmt.Sprintf("no answer from 192.0.2.%d", i), Hint: "Check the route."})
	}
	return fakeData
}

// TestTheSameSentenceStandsOnce: equal reasons are folded, and what differs stands at its device.
func TestTheSameSentenceStandsOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, blockedRun(t), false)
	text := s.page(planRun)
	for _, sentence := range []string{
		"context shared with SIPInterface_0", "Separate them.", "Check the route.", "no answer from 192.0.2.0", "no answer from 192.0.2.2",
		"14 blocked shared context Blocked: a person must decide or repair first; nothing is planned.", "3 error unreachable",
	} {
		assert.Equal(t, 1, strings.Count(text, sentence), sentence)
	}
	assert.Less(t, strings.Index(text, "3 error unreachable"), strings.Index(text, "14 blocked shared context"), "problems first")
	for i := range 31 {
		assert.Contains(t, text, fmt.Sprintf("sbc-%02d", i), "every device has its row")
	}
}

func TestDevicesOfARunAreFilteredByStateAndWave(t *testing.T) {
	t.Parallel()
	s := newSite(t, blockedRun(t), false)
	rowOf := regexp.MustCompile(`<li id="d(\d+)"`)
	for query, want := range map[string]int{
		"": 31, "word=blocked": 14, "wave=1": 21, "wave=2": 10, "word=blocked&wave=2": 7, "wave=3": 0, "wave=x": 31,
	} {
		assert.Len(t, rowOf.FindAllString(s.get(planRun+"?"+query).Body.String(), -1), want, query)
	}
}

// TestWavesSayWhereTheyStand: with the end of a soak and of the change window.
func TestWavesSayWhereTheyStand(t *testing.T) {
	t.Parallel()
	row := func(wave int, word string, ended time.Duration) web.RunRow {
		one := web.RunRow{Wave: wave, Word: word, Tone: "wait"}
		if word != "waiting" && word != "no_result_yet" {
			one.Ended = evening.Add(-ended)
		}
		return one
	}
	soak := web.RunPace{Soak: 10 * time.Minute}
	for name, test := range map[string]struct {
		state string
		ended bool
		pace  web.RunPace
		rows  []web.RunRow
		want  []string
	}{
		"the first works":  {"running", false, soak, []web.RunRow{row(1, "no_result_yet", 0), row(2, "waiting", 0)}, []string{"running", "waiting"}},
		"it soaks":         {"running", false, soak, []web.RunRow{row(1, "applied", 4*time.Minute), row(2, "waiting", 0)}, []string{"soaking", "waiting"}},
		"it is read again": {"running", false, soak, []web.RunRow{row(1, "applied", 11*time.Minute), row(2, "waiting", 0)}, []string{"read again", "waiting"}},
		"a pause":          {"running", false, web.RunPace{Pause: time.Hour}, []web.RunRow{row(1, "applied", time.Minute), row(2, "waiting", 0)}, []string{"pause", "waiting"}},
		"the second works": {"running", false, soak, []web.RunRow{row(1, "applied", time.Hour), row(2, "no_result_yet", 0)}, []string{"done", "running"}},
		"the last soaks":   {"running", false, soak, []web.RunRow{row(1, "applied", time.Hour), row(2, "applied", time.Minute)}, []string{"done", "soaking"}},
		"without a soak":   {"running", false, web.RunPace{}, []web.RunRow{row(1, "applied", time.Minute), row(2, "waiting", 0)}, []string{"done", "waiting"}},
		"it was stopped":   {"stopped", true, soak, []web.RunRow{row(1, "applied", time.Minute), row(2, "skipped", 0)}, []string{"done", "left"}},
	} {
		fakeData := blockedRun(t)
		fakeData.run.Head.Action, fakeData.run.Head.State, fakeData.run.Pace, fakeData.run.Devices = "apply", test.state, test.pace, test.rows
		if !test.ended {
			fakeData.run.Head.Ended = time.Time{}
		}
		for i := range test.rows {
			test.rows[i].Position = i
		}
		s := newSite(t, fakeData, false)
		text := s.page(planRun)
		for i, state := range test.want {
			assert.Contains(t, text, fmt.Sprintf("Wave %d %s", i+1, state), name)
		}
		if name == "it soaks" {
			assert.Contains(t, text, "soaking until 22 Nov 2026 20:06 UTC in 6 min")
		}
	}
	fakeData := blockedRun(t)
	fakeData.run.Pace = web.RunPace{Window: "Sat 22:00-04:00 Europe/Berlin", Until: evening.Add(9 * time.Hour)}
	s := newSite(t, fakeData, false)
	assert.Contains(t, s.page(planRun), "Change window Sat 22:00-04:00 Europe/Berlin : closed, opens 23 Nov 2026 05:00 UTC in 9 h")
	fakeData.run.Pace.Open = true
	assert.Contains(t, s.page(planRun), ": open, closes 23 Nov 2026")
}

// TestALiveViewIsToldWhatIsDone: a live view learns of a device's next step although the device's word stays the same.
func TestALiveViewIsToldWhatIsDone(t *testing.T) {
	t.Parallel()
	fakeData := runningShelf()
	fakeData.run.Devices[0].Word, fakeData.run.Devices[0].Doing, fakeData.run.Devices[0].Since = "no_result_yet", "import DigiCert", evening
	s := newSite(t, fakeData, false)
	assert.Contains(t, s.page("/runs/run"), "import DigiCert since")
	s.beat = func(n int) {
		fakeData.mutex.Lock()
		defer fakeData.mutex.Unlock()
		fakeData.run.Devices = append([]web.RunRow(nil), fakeData.run.Devices...)
		if fakeData.run.Devices[0].Doing = "save to flash"; n > 1 {
			fakeData.run.Head.Ended = evening
		}
	}
	var told []string
	for _, event := range strings.Split(s.get("/runs/run/events").Body.String(), "\n\n") {
		_, data, found := strings.Cut(event, "data: ")
		if !found {
			continue
		}
		var update struct {
			Changed map[string]struct{ Doing string }
		}
		require.NoError(t, json.Unmarshal([]byte(data), &update))
		told = append(told, update.Changed["0"].Doing)
	}
	assert.Equal(t, []string{"import DigiCert", "save to flash", ""}, told)
}
