package httpserver_test

import (
	"bytes"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/httpserver"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	path, viewer, approver := tokens(t)
	address := serve(t, httpserver.Config{TokenFile: path}, func(s *httpserver.Server) {
		s.Handle("/open", httpserver.Anyone, text("open"))
		s.Handle("/view", httpserver.Viewer, text("view"))
		s.Handle("/approve", httpserver.Approver, text("approve"))
		s.Handle("/odd", httpserver.Role("admin"), text("odd"))
	})
	for name, test := range map[string]struct {
		authorization string
		want          map[string]int
	}{
		"nobody":           {"", map[string]int{"/open": 200, "/view": 401, "/approve": 401, "/odd": 401, "/none": 404}},
		"viewer":           {"Bearer " + viewer, map[string]int{"/open": 200, "/view": 200, "/approve": 403, "/odd": 403}},
		"approver":         {"bearer  " + approver, map[string]int{"/open": 200, "/view": 200, "/approve": 200, "/odd": 403}},
		"wrong":            {"Bearer acfix_x", map[string]int{"/open": 401, "/view": 401}},
		"another scheme":   {"Basic " + viewer, map[string]int{"/view": 401}},
		"no scheme":        {viewer, map[string]int{"/view": 401}},
		"nothing":          {"Bearer", map[string]int{"/view": 401}},
		"more than enough": {"Bearer " + viewer + "x", map[string]int{"/view": 401}},
	} {
		for target, want := range test.want {
			headers := []string{"Host", "acfix.example.com"} // a proxy's, say
			if test.authorization != "" {
				headers = append(headers, "Authorization", test.authorization)
			}
			got := ask(t, "GET", "http://"+address+target, headers...)
			assert.Equal(t, want, got.status, "%s %s", name, target)
			if want == 401 {
				assert.Equal(t, `Bearer realm="acfix"`, got.header.Get("WWW-Authenticate"), "%s %s", name, target)
			}
		}
	}
}

func TestAFormOfAnotherSiteIsRefusedToo(t *testing.T) {
	t.Parallel()
	path, _, approver := tokens(t)
	address := serve(t, httpserver.Config{TokenFile: path}, func(s *httpserver.Server) { s.Handle("/", httpserver.Approver, text("")) })
	got := ask(t, "POST", "http://"+address, "Authorization", "Bearer "+approver, "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, 403, got.status)
}

func TestWrongTokensAreCounted(t *testing.T) {
	t.Parallel()
	path, viewer, _ := tokens(t)
	watch, log := new(clock), new(lines)
	address := serve(t, httpserver.Config{TokenFile: path, Now: watch.now, Log: slog.New(slog.NewTextHandler(log, nil))}, func(s *httpserver.Server) {
		s.Handle("/", httpserver.Viewer, text("in"))
	})
	try := func(token string) answer { return ask(t, "GET", "http://"+address, "Authorization", "Bearer "+token) }
	for range 50 {
		require.Equal(t, 401, ask(t, "GET", "http://"+address).status, "no token is no attempt")
	}
	for range 10 {
		require.Equal(t, 200, try(viewer).status)
		require.Equal(t, 401, try("acfix_guessed").status)
	}
	got := try("acfix_guessed")
	assert.Equal(t, 429, got.status)
	assert.Equal(t, "6", got.header.Get("Retry-After"))
	assert.Equal(t, 200, try(viewer).status, "a stranger at the same address locks no caller out")
	watch.forward(5 * time.Second)
	assert.Equal(t, 429, try("acfix_guessed").status)
	watch.forward(time.Second)
	assert.Equal(t, 401, try("acfix_guessed").status)
	assert.Equal(t, 429, try("acfix_guessed").status)
	assert.Contains(t, log.String(), "from=127.0.0.1")
	assert.NotContains(t, log.String(), "guessed")
	assert.NotContains(t, log.String(), viewer)
}

// lines is a log that many may write.
type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func TestAChangedTokenFileCountsAtOnce(t *testing.T) {
	t.Parallel()
	path, viewer, _ := tokens(t)
	address := serve(t, httpserver.Config{TokenFile: path}, func(s *httpserver.Server) { s.Handle("/", httpserver.Viewer, text("in")) })
	status := func() int { return ask(t, "GET", "http://"+address, "Authorization", "Bearer "+viewer).status }
	require.Equal(t, 200, status())

	whole, err := httpserver.ReadTokens(path, nil)
	require.NoError(t, err)
	without, err := whole.Remove("prometheus")
	require.NoError(t, err)
	write(t, path, without)
	assert.Equal(t, 401, status(), "it was taken out")
	write(t, path, whole)
	assert.Equal(t, 200, status())

	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	assert.Equal(t, 503, status(), "a damaged file lets nobody in")
	assert.Equal(t, 503, status(), "nor the second time")
	require.NoError(t, os.Remove(path))
	assert.Equal(t, 503, status())
	write(t, path, whole)
	assert.Equal(t, 200, status())
}
