package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/server/web"
)

// TestARightTokenLogsInBesideWrongOnes from the same address: a stranger locks no person out.
func TestARightTokenLogsInBesideWrongOnes(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	for range 30 {
		s.send("/login", "/login", url.Values{"token": {"acfix_guessed"}})
	}
	s.login(s.viewer)
	assert.Equal(t, http.StatusOK, s.get("/").Code)
}

// TestLoginsAreOnRecord, and logouts; a login that can't be recorded is none.
func TestLoginsAreOnRecord(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.viewer)
	assert.Equal(t, http.StatusSeeOther, s.send("/", "/logout", nil).Code)
	require.Len(t, s.fakeData.deeds, 2)
	assert.Equal(t, []web.AuditKind{web.AuditLogout, web.AuditLogin}, []web.AuditKind{s.fakeData.deeds[0].Kind, s.fakeData.deeds[1].Kind})
	for _, deed := range s.fakeData.deeds {
		assert.Equal(t, "vera", deed.Person)
		assert.NotEmpty(t, deed.From)
	}
	s.fakeData.unnoted = web.ErrTrouble
	answer := s.send("/login", "/login", url.Values{"token": {s.viewer}})
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	assert.Equal(t, http.StatusSeeOther, s.get("/").Code, "not logged in")
}

// TestARecordIsNotFilledByLogins of one token: each is an entry.
func TestARecordIsNotFilledByLogins(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	codes := map[int]int{}
	for range 100 {
		codes[s.send("/login", "/login", url.Values{"token": {s.viewer}}).Code]++
	}
	assert.LessOrEqual(t, codes[http.StatusSeeOther], 20)
	assert.Len(t, s.fakeData.deeds, codes[http.StatusSeeOther])
	s.login(s.approver)
}

// TestRefusedTokensAreOnRecord by address, counted.
func TestRefusedTokensAreOnRecord(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	for range 40 {
		s.ask(http.MethodGet, "/", nil, "Authorization", "Bearer acfix_guessed")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	s.site.KeepRefusals(ended)
	require.Len(t, s.fakeData.deeds, 1)
	assert.Equal(t, web.AuditRefused, s.fakeData.deeds[0].Kind)
	assert.Equal(t, 40, s.fakeData.deeds[0].Count)
	s.login(s.viewer)
	assert.Contains(t, s.page("/record"), "40 refused tokens, the last at")
	assert.NotContains(t, s.page("/record"), "guessed")
}

// TestWhatARoleIsTooLowForIsOnRecord by name and address, counted: by a session and by a token in the header, on pages and
// beside them; what the role allows is not.
func TestWhatARoleIsTooLowForIsOnRecord(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.viewer)
	s.fakeData.deeds = nil
	for range 30 {
		assert.Equal(t, http.StatusForbidden, s.send("/runs", "/runs/1/approve", nil).Code)
	}
	assert.Equal(t, http.StatusForbidden, s.get("/jobs/run").Code)
	s.cookies = map[string]string{}
	assert.Equal(t, http.StatusForbidden, s.ask(http.MethodGet, "/jobs/run", nil, "Authorization", "Bearer "+s.viewer).Code)
	assert.Equal(t, http.StatusOK, s.ask(http.MethodGet, "/", nil, "Authorization", "Bearer "+s.viewer).Code)
	assert.NotEqual(t, http.StatusForbidden, s.ask(http.MethodGet, "/jobs/run", nil, "Authorization", "Bearer "+s.approver).Code)
	ended, end := context.WithCancel(t.Context())
	end()
	s.site.KeepRefusals(ended)
	require.Len(t, s.fakeData.deeds, 1)
	deed := s.fakeData.deeds[0]
	assert.Equal(t, web.AuditDenied, deed.Kind)
	assert.Equal(t, []any{"vera", "viewer", 32}, []any{deed.Person, deed.Role, deed.Count})
	assert.NotEmpty(t, deed.From)
	s.login(s.approver)
	assert.Contains(t, s.page("/record"), "32 requests beyond the role")
	assert.NotContains(t, s.page("/record"), s.viewer)
}

// TestSessionsAreBoundedPerToken: many logins of one token end none of another's.
func TestSessionsAreBoundedPerToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), true)
	s.login(s.approver)
	person := s.cookies["acfix"]
	s.cookies = map[string]string{}
	s.login(s.viewer)
	first := s.cookies["acfix"]
	for range 60 { // each as another browser, in time for the bound on logins
		s.later.Add(int64(time.Minute))
		s.cookies = map[string]string{}
		s.login(s.viewer)
	}
	last := s.cookies["acfix"]
	for cookie, want := range map[string]int{person: http.StatusOK, first: http.StatusSeeOther, last: http.StatusOK} {
		s.cookies["acfix"] = cookie
		assert.Equal(t, want, s.get("/").Code)
	}
}

// TestStreamsAreBoundedPerToken: one token's views take none from another.
func TestStreamsAreBoundedPerToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, runningShelf(), true)
	const most = 16
	here, leave := make(chan struct{}), make(chan struct{})
	s.beat = func(n int) {
		if n <= most {
			here <- struct{}{}
			<-leave
		}
	}
	ctx, gone := context.WithCancel(t.Context())
	view := func(ctx context.Context, token string) int {
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/runs/run/events", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		s.handler.ServeHTTP(answer, request)
		return answer.Code
	}
	for range most {
		go view(ctx, s.viewer)
	}
	for range most {
		<-here
	}
	assert.Equal(t, http.StatusServiceUnavailable, view(t.Context(), s.viewer))
	ended, end := context.WithCancel(t.Context())
	end()
	assert.Equal(t, http.StatusOK, view(ended, s.approver), "another token's")
	gone()
	close(leave)
}

// TestAStreamEndsWithItsToken: removed, expired or logged out, by header or by session.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	for _, bySession := range []bool{true, false} {
		for name, end := range map[string]func(t *testing.T, s *site){
			"removed": func(t *testing.T, s *site) {
				other, _, err := httpserver.Tokens{}.Add("other", httpserver.Viewer, evening, rand.Reader)
				require.NoError(t, err)
				writeTokens(t, s.tokensPath, other)
			},
			"expired": func(_ *testing.T, s *site) { s.later.Add(int64(3 * time.Hour)) },
			"kept":    func(*testing.T, *site) {},
		} {
			s := newSite(t, runningShelf(), true)
			file, token, err := httpserver.Tokens{}.AddUntil("short", httpserver.Viewer, evening, evening.Add(2*time.Hour), rand.Reader)
			require.NoError(t, err)
			writeTokens(t, s.tokensPath, file)
			s.beat = func(n int) {
				if n == 5 {
					end(t, s)
				}
			}
			headers := []string{"Authorization", "Bearer " + token}
			if bySession {
				s.login(token)
				headers = nil
			}
			events := strings.Count(s.ask(http.MethodGet, "/runs/run/events", nil, headers...).Body.String(), "event: ")
			want := 5
			if name == "kept" {
				want = 300
			}
			assert.Equal(t, want, events, "%s, by session: %v", name, bySession)
		}
	}
}

// TestAGuestLooksAndDoesNothing where users of the machine may look without a login.
func TestAGuestLooksAndDoesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false, func(config *httpserver.Config) {
		config.Address, config.ViewWithoutLogin = "127.0.0.1:0", true
	})
	assert.Equal(t, http.StatusOK, s.get("/").Code)
	assert.NotContains(t, s.get(devicePage).Body.String(), "/device/backup")
	assert.NotContains(t, s.get(planRun).Body.String(), `action="`+planRun)
	assert.Equal(t, http.StatusForbidden, s.get("/jobs/run?job=repair").Code)
	for _, change := range changes {
		assert.Equal(t, http.StatusForbidden, s.ask(http.MethodPost, change.to, change.form).Code, change.name)
	}
	assert.Empty(t, s.fakeData.done)

	both := newSite(t, fleetShelf(), true, func(config *httpserver.Config) {
		config.Address, config.ViewWithoutLogin = "127.0.0.1:0", true
	})
	assert.Contains(t, both.page("/"), "Log in")
	both.login(both.approver)
	assert.Contains(t, both.page("/"), "ada, approver", "a login counts for more")
	assert.Equal(t, http.StatusSeeOther, both.send("/jobs/run?job=repair", "/jobs/run", url.Values{"job": {"repair"}}).Code)
}

// TestWithoutAnyLoginThePagesSaySo, and lead nowhere in a circle.
func TestWithoutAnyLoginThePagesSaySo(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false, func(config *httpserver.Config) { config.Address = "127.0.0.1:0" })
	for _, address := range []string{"/", "/login", planRun, "/record"} {
		answer := s.get(address)
		assert.Equal(t, http.StatusUnauthorized, answer.Code, address)
		assert.Contains(t, answer.Body.String(), "--token-file", address)
	}
}
