package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/web"
)

const (
	planRun    = "/runs/aa00bb11cc22dd33"
	devicePage = "/device?url=https://192.0.2.1"
)

// changes are all that can be done, with the page that leads there.
var changes = []struct {
	name, from, to string
	form           url.Values
}{
	{"approve", planRun, planRun + "/approve", url.Values{"name": {"R. Duty"}, "change": {"CHG1"}}},
	{"reject", planRun, planRun + "/reject", url.Values{"name": {"R. Duty"}, "reason": {"wrong site"}}},
	{"stop", planRun, planRun + "/stop", nil},
	{"resume", planRun, planRun + "/resume", nil},
	{"run now", "/jobs/run?job=repair", "/jobs/run", url.Values{"job": {"repair"}}},
	{"download a backup", devicePage, "/device/backup", url.Values{"url": {"https://192.0.2.1"}, "run": {"cc"}}},
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	for _, address := range []string{"/", "/device?url=x", "/runs", planRun, "/jobs", "/record", "/nowhere", planRun + "/events"} {
		answer := s.get(address)
		assert.Equal(t, http.StatusSeeOther, answer.Code, address)
		assert.Equal(t, "/login?next="+url.QueryEscape(address), answer.Header().Get("Location"), "a login leads there")
	}
	s.login(s.viewer)
	assert.NotContains(t, s.get(planRun).Body.String(), `action="`+planRun)
	assert.NotContains(t, s.get("/jobs").Body.String(), "Run now")
	for _, address := range []string{"/jobs/run?job=repair"} {
		assert.Equal(t, http.StatusForbidden, s.get(address).Code, address)
	}
	for _, change := range changes {
		answer := s.send("/", change.to, change.form) // the form to log out has a token too
		assert.Equal(t, http.StatusForbidden, answer.Code, change.name)
	}
	assert.Equal(t, []string{"note login"}, s.fakeData.done)
}

func TestAFormMustBeOurs(t *testing.T) {
	t.Parallel()
	s, other := newSite(t, fleetShelf(), true), newSite(t, fleetShelf(), true)
	s.login(s.approver)
	other.login(other.approver)
	foreign := formToken.FindStringSubmatch(other.get(planRun).Body.String())[1]
	for _, change := range append(changes, struct {
		name, from, to string
		form           url.Values
	}{"log out", "/", "/logout", nil}) {
		for name, token := range map[string]string{"none": "", "made up": "x", "of another": foreign} {
			form := url.Values{"form": {token}}
			for key, value := range change.form {
				form[key] = value
			}
			answer := s.ask(http.MethodPost, change.to, form)
			assert.Equal(t, http.StatusForbidden, answer.Code, "%s with %s", change.name, name)
			assert.Contains(t, answer.Body.String(), "Nothing was done")
		}
	}
	assert.Equal(t, []string{"note login"}, s.fakeData.done)
	assert.Equal(t, http.StatusOK, s.get("/").Code, "still logged in")
	answer := s.ask(http.MethodPost, "/login", url.Values{"token": {s.approver}})
	assert.Equal(t, http.StatusForbidden, answer.Code, "nobody logs others in")
}

func TestAnApprovalIsOnRecordFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.approver)
	answer := s.send(planRun, planRun+"/approve", url.Values{"name": {"somebody else"}, "change": {" CHG1 "}})
	assert.Equal(t, http.StatusSeeOther, answer.Code)
	assert.Equal(t, planRun, answer.Header().Get("Location"))
	assert.Equal(t, []string{"note login", "note approve aa00bb11cc22dd33", "approve aa00bb11cc22dd33 by ada CHG1"}, s.fakeData.done, "the name is the token's")
	assert.Contains(t, s.page("/record"), "ada, approver")
	assert.Contains(t, s.page("/record"), "by ada, change CHG1")

	s.fakeData.done, s.fakeData.failure = nil, web.ErrNotWaiting
	answer = s.send(planRun, planRun+"/approve", url.Values{"change": {"CHG1"}})
	assert.Equal(t, http.StatusConflict, answer.Code)
	assert.Len(t, s.fakeData.done, 3, "that nothing came of it is on record too")
	assert.Contains(t, s.page("/record"), "failed: the run is not waiting")

	s.fakeData.done, s.fakeData.unnoted = nil, web.ErrTrouble
	for _, change := range changes {
		assert.Equal(t, http.StatusServiceUnavailable, s.send(change.from, change.to, change.form).Code)
	}
	assert.Empty(t, s.fakeData.done, "what can't be put on record is not done")
}

func TestAnApprovalNamesAPersonAndAChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	for _, form := range []url.Values{
		{"name": {"R. Duty"}}, {"change": {"CHG1"}}, {"name": {" "}, "change": {"CHG1"}}, {"name": {strings.Repeat("x", 101)}, "change": {"CHG1"}},
	} {
		assert.Equal(t, http.StatusBadRequest, s.send(planRun, planRun+"/approve", form).Code, "%v", form)
	}
	assert.Empty(t, s.fakeData.done)
	s.send(planRun, planRun+"/approve", url.Values{"name": {"R. Duty"}, "change": {"CHG1"}})
	assert.Equal(t, "approve aa00bb11cc22dd33 by R. Duty CHG1", s.fakeData.done[1])

	long := strings.Repeat("ä", 100)
	s.send(planRun, planRun+"/approve", url.Values{"name": {long}, "change": {"CHG1"}})
	assert.Equal(t, "approve aa00bb11cc22dd33 by "+long+" CHG1", s.fakeData.done[len(s.fakeData.done)-1], "characters are counted, not bytes")

	s.fakeData.run.Head.State, s.fakeData.done = "done", nil
	form := s.get("/jobs/run?job=repair").Body.String()
	answer := s.ask(http.MethodPost, planRun+"/approve", url.Values{"form": {formToken.FindStringSubmatch(form)[1]}, "name": {"R"}, "change": {"C"}})
	assert.Equal(t, http.StatusConflict, answer.Code)
	assert.Empty(t, s.fakeData.done)
}

// TestAPlanIsRejected while it waits or is approved, and a paused run is ended; both are on record first.
func TestAPlanIsRejected(t *testing.T) {
	t.Parallel()
	for state, button := range map[string]string{"waiting": "Reject", "approved": "Reject", "paused": "End"} {
		s := newSite(t, fleetShelf(), true)
		s.login(s.approver)
		s.fakeData.run.Head.State, s.fakeData.run.Control, s.fakeData.done = state, web.RunControl{}, nil
		assert.Contains(t, s.get(planRun).Body.String(), "<button>"+button+"</button>", state)
		answer := s.send(planRun, planRun+"/reject", url.Values{"name": {"somebody else"}, "reason": {" wrong site "}})
		assert.Equal(t, http.StatusSeeOther, answer.Code)
		assert.Equal(t, []string{"note reject aa00bb11cc22dd33", "reject aa00bb11cc22dd33 ada wrong site"}, s.fakeData.done)
		assert.Contains(t, s.page("/record"), "by ada: wrong site")
	}
	s := newSite(t, fleetShelf(), false)
	for _, form := range []url.Values{{}, {"name": {" "}}, {"name": {"R"}, "reason": {strings.Repeat("x", 101)}}} {
		assert.Equal(t, http.StatusBadRequest, s.send(planRun, planRun+"/reject", form).Code, "%v", form)
	}
	form := url.Values{"form": {formToken.FindStringSubmatch(s.get(planRun).Body.String())[1]}, "name": {"R"}}
	for _, state := range []string{"running", "rejected", "superseded", "expired", "done", "stopped", "failed"} {
		s.fakeData.run.Head.State = state
		assert.NotContains(t, s.page(planRun), "/reject", state)
		assert.NotContains(t, s.page(planRun), "/approve", state)
		for _, deed := range []string{"/reject", "/approve"} {
			form.Set("change", "CHG1")
			assert.Equal(t, http.StatusConflict, s.ask(http.MethodPost, planRun+deed, form).Code, state)
		}
	}
	assert.Empty(t, s.fakeData.done)
}

func TestAJobIsBegun(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.approver)
	const ask = "/jobs/run?job=repair"
	answer := s.send(ask, "/jobs/run", url.Values{"job": {"repair"}})
	assert.Equal(t, http.StatusSeeOther, answer.Code)
	assert.Equal(t, []string{"note login", "note run_now repair", "start repair"}, s.fakeData.done)
	assert.Contains(t, s.page(answer.Header().Get("Location")), "A run of repair was started.")
	assert.NotContains(t, s.page("/jobs?begun=made-up"), "was started")
	assert.Equal(t, http.StatusNotFound, s.send(ask, "/jobs/run", url.Values{"job": {"made-up"}}).Code)
	assert.Len(t, s.fakeData.done, 3)
	for _, failure := range []error{web.ErrBusy, web.ErrNoApproval} {
		s.fakeData.failure = failure
		answer := s.send(ask, "/jobs/run", url.Values{"job": {"repair"}})
		assert.Equal(t, http.StatusConflict, answer.Code)
		assert.Contains(t, answer.Body.String(), "Nothing was started.")
	}
}

func TestABackupIsDownloadedByApprovers(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.approver)
	s.fakeData.backup.Name = "a\"b\r\n/../ü.tar.gz"
	for _, address := range []string{"/device/backup?url=https://192.0.2.1&run=cc", "/device/backup"} {
		assert.Equal(t, http.StatusNotFound, s.get(address).Code, "a link must not download it")
	}
	answer := s.send(devicePage, "/device/backup", url.Values{"url": {"https://192.0.2.1"}, "run": {"cc"}})
	assert.Equal(t, "packed", answer.Body.String())
	assert.Equal(t, `attachment; filename="a-b---..--.tar.gz"`, answer.Header().Get("Content-Disposition"))
	assert.Equal(t, []string{"note login", "note download_backup https://192.0.2.1"}, s.fakeData.done)
	requireHeaders(t, answer)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.secure = true
	before := s.get("/login").Result().Cookies()[0]
	s.login(s.viewer)
	answer := s.send("/login", "/login", url.Values{"token": {s.viewer}})
	cookie := answer.Result().Cookies()[0]
	assert.Equal(t, "__Host-acfix", cookie.Name)
	assert.True(t, cookie.HttpOnly && cookie.Secure && cookie.SameSite == http.SameSiteStrictMode && cookie.Path == "/" && cookie.Domain == "")
	assert.NotEqual(t, before.Value, cookie.Value, "a login has a cookie of its own")
	assert.NotContains(t, cookie.Value, s.viewer)
	assert.Equal(t, http.StatusOK, s.get("/").Code)

	s.later.Store(int64(11 * time.Hour))
	assert.Equal(t, http.StatusOK, s.get("/").Code)
	s.later.Store(int64(12 * time.Hour))
	assert.Equal(t, http.StatusSeeOther, s.get("/").Code, "it is over")

	s.login(s.viewer)
	kept := s.cookies["__Host-acfix"]
	assert.Equal(t, http.StatusSeeOther, s.send("/", "/logout", nil).Code)
	assert.Empty(t, s.cookies)
	s.cookies["__Host-acfix"] = kept
	assert.Equal(t, http.StatusSeeOther, s.get("/").Code, "it ended here too, not in the browser alone")
	s.secure = false
	assert.Equal(t, http.StatusSeeOther, s.get("/").Code)
}

func TestALoginEndsWhereItShould(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	for next, wanted := range map[string]string{
		"/runs?state=done": "/runs?state=done", "": "/", "https://elsewhere.example": "/", "//elsewhere.example": "/", `/\elsewhere.example`: "/", "/\t/elsewhere.example": "/", "runs": "/",
	} {
		answer := s.send("/login", "/login", url.Values{"token": {s.viewer}, "next": {next}})
		assert.Equal(t, wanted, answer.Header().Get("Location"), "%q", next)
	}
	open := newSite(t, fleetShelf(), false)
	assert.Equal(t, "/", open.get("/login").Header().Get("Location"))
}

func TestWrongTokensAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	codes := map[int]int{}
	for i := range 14 {
		answer := s.send("/login", "/login", url.Values{"token": {"acfix_" + strconv.Itoa(i)}})
		codes[answer.Code]++
		assert.NotContains(t, answer.Body.String(), "acfix_"+strconv.Itoa(i))
	}
	assert.Equal(t, map[int]int{http.StatusUnauthorized: 10, http.StatusTooManyRequests: 4}, codes)
}

// TestATokenInTheHeaderServesToo: programs have no cookies, and no forms of ours either.
func TestATokenInTheHeaderServesToo(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	assert.Equal(t, http.StatusOK, s.ask(http.MethodGet, "/", nil, "Authorization", "Bearer "+s.viewer).Code)
	answer := s.ask(http.MethodPost, "/jobs/run", url.Values{"job": {"repair"}}, "Authorization", "Bearer "+s.approver)
	require.Equal(t, http.StatusForbidden, answer.Code)
	assert.Empty(t, s.fakeData.done)
}
