package web_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

var evening = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// fakeData is a source of whatever a test puts on it, and notes what is done.
type fakeData struct {
	mutex   sync.Mutex
	fleet   web.FleetState
	devices map[string]web.DeviceDetail
	run     web.RunDetail
	detail  []report.RunDevice // of the run, by position
	jobs    []web.JobDetail
	deeds   []web.AuditEntry
	backup  web.BackupDownload
	failure error // of everything that is done
	unnoted error // of Note
	done    []string
}

func (s *fakeData) Fleet() web.FleetState { return s.fleet }

func (s *fakeData) Device(_ context.Context, url string) (web.DeviceDetail, error) {
	device, known := s.devices[url]
	if !known {
		return device, web.ErrUnknown
	}
	return device, nil
}

func (s *fakeData) Runs(_ context.Context, filter web.RunFilter) ([]report.RunHead, error) {
	if filter.State != "" && filter.State != s.run.Head.State || s.run.Head.ID == "" {
		return nil, nil
	}
	return []report.RunHead{s.run.Head}, nil
}

func (s *fakeData) Run(_ context.Context, id string) (web.RunDetail, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if id != s.run.Head.ID {
		return web.RunDetail{}, web.ErrUnknown
	}
	return s.run, nil
}

func (s *fakeData) RunDevices(_ context.Context, _ string, positions []int) ([]report.RunDevice, error) {
	var found []report.RunDevice
	for _, position := range positions {
		found = append(found, s.detail[position])
	}
	return found, nil
}

func (s *fakeData) Report(_ context.Context, id string) (report.RunHead, report.RunDevices, error) {
	if id != s.run.Head.ID {
		return report.RunHead{}, nil, web.ErrUnknown
	}
	return s.run.Head, func(yield func(report.RunDevice, error) bool) {
		for _, device := range s.detail {
			if !yield(device, nil) {
				return
			}
		}
	}, nil
}

func (s *fakeData) Jobs(context.Context) ([]web.JobDetail, error)      { return s.jobs, nil }
func (s *fakeData) AuditLog(context.Context) ([]web.AuditEntry, error) { return s.deeds, nil }

func (s *fakeData) Record(_ context.Context, deed web.AuditEntry) error {
	if s.unnoted != nil {
		return s.unnoted
	}
	s.deeds = append([]web.AuditEntry{deed}, s.deeds...)
	s.done = append(s.done, strings.TrimSpace("note "+string(deed.Kind)+" "+deed.Subject+" "+deed.Failed))
	return nil
}

func (s *fakeData) Reject(_ context.Context, run string, rejection store.Rejection) error {
	s.done = append(s.done, "reject "+run+" "+rejection.Name+" "+rejection.Reason)
	return s.failure
}

func (s *fakeData) Approve(_ context.Context, run string, approval store.Approval) error {
	s.done = append(s.done, "approve "+run+" by "+approval.Name+" "+approval.Change)
	return s.failure
}

func (s *fakeData) Start(_ context.Context, job string) error {
	s.done = append(s.done, "start "+job)
	return s.failure
}

func (s *fakeData) Backup(_ context.Context, url, run string) (web.BackupDownload, error) {
	if s.backup.Name == "" {
		return web.BackupDownload{}, web.ErrUnknown
	}
	return s.backup, nil
}

// site is a site on a fakeData, and a visitor with cookies.
type site struct {
	t                *testing.T
	fakeData         *fakeData
	handler          http.Handler
	site             *web.Site
	tokensPath       string
	later            atomic.Int64 // how much later it is
	viewer, approver string       // tokens; "" without a login
	cookies          map[string]string
	secure           bool
	until            context.CancelFunc
	beat             func(n int) // of live views; nil is none
	beats            atomic.Int32
}

func (s *site) now() time.Time { return evening.Add(time.Duration(s.later.Load())) }

func newSite(t *testing.T, fakeData *fakeData, tokens bool, change ...func(*httpserver.Config)) *site {
	t.Helper()
	s := &site{t: t, fakeData: fakeData, cookies: map[string]string{}}
	config := httpserver.Config{Address: socket(t), Now: s.now, Log: slog.New(slog.DiscardHandler)}
	if tokens {
		config.TokenFile = s.tokenFile()
	}
	for _, one := range change {
		one(&config)
	}
	server, err := httpserver.Listen(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	until, end := context.WithCancel(t.Context())
	s.until = end
	s.site = web.New(web.SiteOptions{
		Data: fakeData, Actions: fakeData, Access: server.Authenticator(), Version: "1.2.3", Now: s.now, Until: until, Log: slog.New(slog.DiscardHandler),
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.later.Add(int64(d))
			if n := s.beats.Add(1); s.beat != nil {
				s.beat(int(n))
			}
			return ctx.Err()
		},
	})
	s.handler = server.Authenticator().Identify(s.site)
	return s
}

// socket is the address of a Unix socket, whose path must be short.
func socket(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "web")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return "unix:" + filepath.Join(folder, "s")
}

func (s *site) tokenFile() string {
	file, viewer, err := httpserver.Tokens{}.Add("vera", httpserver.Viewer, evening, rand.Reader)
	require.NoError(s.t, err)
	file, approver, err := file.Add("ada", httpserver.Approver, evening, rand.Reader)
	require.NoError(s.t, err)
	s.viewer, s.approver = viewer, approver
	s.tokensPath = filepath.Join(s.t.TempDir(), "tokens.json")
	return writeTokens(s.t, s.tokensPath, file)
}

func writeTokens(t *testing.T, path string, file httpserver.Tokens) string {
	t.Helper()
	text, err := json.Marshal(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// ask sends a request with the visitor's cookies, and keeps those that come back.
func (s *site) ask(method, address string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	scheme := "http"
	if s.secure {
		scheme = "https" // httptest then makes it a request over TLS
	}
	request := httptest.NewRequestWithContext(s.t.Context(), method, scheme+"://127.0.0.1"+address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range s.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, request)
	for _, cookie := range answer.Result().Cookies() {
		s.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(s.cookies, cookie.Name)
		}
	}
	return answer
}

func (s *site) get(address string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.ask(http.MethodGet, address, nil)
}

// page is what a page says, without its tags.
func (s *site) page(address string) string {
	s.t.Helper()
	answer := s.get(address)
	require.Equal(s.t, http.StatusOK, answer.Code, "%s: %s", address, answer.Body)
	return plainText(answer.Body.String())
}

var tags = regexp.MustCompile(`<[^>]*>`)

func plainText(page string) string {
	page = strings.NewReplacer("<bdi>", "", "</bdi>", "").Replace(page)
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

var formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)

// send fills in a form of a page and sends it.
func (s *site) send(from, to string, values url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	found := formToken.FindStringSubmatch(s.get(from).Body.String())
	require.NotNil(s.t, found, "%s has no form", from)
	form := url.Values{"form": {found[1]}}
	for name, value := range values {
		form[name] = value
	}
	return s.ask(http.MethodPost, to, form)
}

func (s *site) login(token string) {
	s.t.Helper()
	answer := s.send("/login", "/login", url.Values{"token": {token}, "next": {"/"}})
	require.Equal(s.t, http.StatusSeeOther, answer.Code, answer.Body.String())
}

func fleetShelf() *fakeData {
	head := report.RunHead{ID: "aa00bb11cc22dd33", Action: "plan", Job: "nightly", State: "waiting", Created: evening, Ended: evening, Acfix: "1.2.3", Person: "kim@host"}
	device := deviceOf("https://192.0.2.1", "sbc-1")
	return &fakeData{
		fleet:   web.FleetState{AsOf: evening, Rows: rows(120)},
		devices: map[string]web.DeviceDetail{device.URL: {Known: known.Device{Name: device.Target, URL: device.URL, Addresses: []string{device.URL}, Verdict: "change", Read: evening, ReadRun: head.ID}, Reading: &device, Head: head, Device: device, Journal: []web.JournalEntry{{Text: `{"event":"backup"}`}}, Backups: []web.BackupEntry{{Run: "cc", Taken: evening, Place: "store:1"}}}},
		run:     web.RunDetail{Head: head, Control: web.RunControl{Stop: true, Resume: true}, Devices: []web.RunRow{{Name: "sbc-1", URL: device.URL, Word: "change", Tone: "wait", Gravity: 2}}},
		detail:  []report.RunDevice{device},
		jobs:    []web.JobDetail{{Name: "nightly", Action: "plan", Inventory: "inventory.yaml"}, {Name: "repair", Action: "apply"}},
		backup:  web.BackupDownload{Name: "sbc-1.tar.gz", Data: []byte("packed")},
	}
}

// deviceOf is a device with a plan of changes.
func deviceOf(address, name string) report.RunDevice {
	on := true
	return report.RunDevice{Target: name, URL: address, Ended: evening, Plan: &remediate.DevicePlan{
		Target: name, URL: address, Verdict: remediate.Change,
		Device:   remediate.Identity{Product: "Mediant 800C", Serial: "123", Firmware: "7.40A.500.010", Release: "7.4.500"},
		Teams:    []remediate.TeamsLeg{{ProxySet: "Teams", SIPInterface: "Teams", MutualTLS: "on"}},
		Contexts: []remediate.ContextPlan{{ID: 1, Name: "Teams", UseDefaultCABundle: &on, CertificateExpires: "2027-01-02T03:04:05Z"}},
		Steps:    []remediate.Step{{Kind: remediate.StepSave, Reason: "RAM only"}},
		Findings: []remediate.Finding{
			{Code: remediate.SharedContext, Level: remediate.Warning, Message: "shared", Hint: "look"},
			{Code: remediate.CertificateExpiresSoon, Level: remediate.Warning, Message: "ends soon", Hint: "renew"},
		},
	}}
}

func requireHeaders(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	header := answer.Header()
	assert.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	assert.NotContains(t, header.Get("Content-Security-Policy"), "unsafe")
	assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
	assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
	assert.NotEmpty(t, header.Get("Cache-Control"))
}

func TestEveryPageIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	for address, wanted := range map[string][]string{
		"/":            {"120 devices", "30 of 120 compliant, 25 %", "60 need you", "30 will change", "30 in order", "1 to 50 of 120", "Firmware", "Last read"},
		"/?view=roots": {"DigiCert Global Root G2", "Roots matrix"},
		"/device?url=https://192.0.2.1": {"sbc-1", "Mediant 800C", "7.4.500", "Certificate of the SBC warning ends soon", "Findings warning shared", "look",
			"Certificate valid until 2027-01-02", "save to flash", "Download", `{&#34;event&#34;:&#34;backup&#34;}`},
		"/runs":                            {"plan · 1 device · nightly · 1 change · kim@host", "waits for approval", "just now", "aa00bb11cc22dd33"},
		"/runs/aa00bb11cc22dd33":           {"plan · 1 device · nightly · by kim@host", "aa00bb11cc22dd33", "This plan waits for approval", "JUnit", "sbc-1"},
		"/runs/aa00bb11cc22dd33?word=none": {"None."},
		"/jobs":                            {"nightly", "on demand", "never"},
		"/jobs/run?job=repair":             {"starts writing at once"},
		"/jobs/run?job=nightly":            {"starts reading at once and writes nothing"},
		"/record":                          {"No actions yet."},
	} {
		text := s.page(address)
		for _, part := range wanted {
			assert.Contains(t, text, part, address)
		}
		requireHeaders(t, s.get(address))
	}
}

func TestWhatThereIsNot(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	for _, address := range []string{
		"/nowhere", "/device", "/device?url=https://elsewhere.example", "/device?name=nobody", "/device/journal?url=x",
		"/runs/aa00", "/runs/aa00/events", "/runs/aa00/report/csv", "/runs/aa00bb11cc22dd33/report/pdf", "/jobs/run?job=none", "/static/none",
	} {
		assert.Equal(t, http.StatusNotFound, s.get(address).Code, address)
	}
	answer := s.get("/device?name=sbc-007")
	assert.Equal(t, http.StatusSeeOther, answer.Code)
	assert.Equal(t, "/device?url=https%3A%2F%2F192.0.2.7", answer.Header().Get("Location"))
}

func TestEmptyPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, &fakeData{}, false)
	assert.Contains(t, s.page("/"), "being read for the first time")
	assert.Contains(t, s.page("/runs"), "There are no runs yet.")
	assert.Contains(t, s.page("/jobs"), "The jobs file has no jobs.")
	s.fakeData.fleet = web.FleetState{AsOf: evening, Error: "the database does not answer"}
	text := s.page("/")
	assert.Contains(t, text, "There are no runs yet.")
	assert.Contains(t, text, "Not up to date: the database does not answer")
	assert.Contains(t, s.page("/runs?state=failed"), "No run matches.")
}

func TestReportsAreSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	for name, begins := range map[string]string{"html": "<!doctype html>", "text": "Plan", "csv": "", "json": "{", "junit": "<?xml"} {
		answer := s.get("/runs/aa00bb11cc22dd33/report/" + name)
		assert.Equal(t, http.StatusOK, answer.Code, name)
		assert.Contains(t, answer.Header().Get("Content-Disposition"), `attachment; filename="acfix-plan-aa00bb11cc22dd33.`, name)
		assert.Contains(t, answer.Body.String(), "sbc-1", name)
		if begins != "Plan" {
			assert.True(t, strings.HasPrefix(answer.Body.String(), begins), name)
		}
		requireHeaders(t, answer)
	}
	answer := s.get("/device/journal?url=https://192.0.2.1")
	assert.Equal(t, "{\"event\":\"backup\"}\n", answer.Body.String())
}

func TestStaticFilesMayBeKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	for _, name := range []string{"style.css", "fleet.css", "live.js", "time.js", "icon.svg"} {
		answer := s.get("/static/" + name)
		assert.Equal(t, http.StatusOK, answer.Code)
		assert.Contains(t, answer.Header().Get("Cache-Control"), "immutable")
		assert.Empty(t, answer.Result().Cookies())
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		assert.NotRegexp(t, `https?://[^w]`, string(body), "nothing comes from elsewhere")
	}
}
