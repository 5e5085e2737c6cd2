package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "hunter2"

// sender sends through a client, with a clock that only goes on when it pauses.
func sender(client *http.Client) notify.Sender {
	now := time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)
	clock := retry.Clock{
		Now:    func() time.Time { return now },
		Sleep:  func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil },
		Jitter: func() float64 { return 1 },
	}
	return notify.Sender{Client: client, Timeout: 10 * time.Second, Retry: clock.Policy(7*time.Second, time.Second, 4*time.Second)}
}

// channel is a webhook that gives each answer once, the last for ever.
type channel struct {
	mutex   sync.Mutex
	answers []int
	bodies  []string
}

func (c *channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	body, _ := io.ReadAll(r.Body)
	answer := c.answers[min(len(c.bodies), len(c.answers)-1)]
	c.bodies = append(c.bodies, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header.Get("Content-Type"), " ", string(body)))
	w.WriteHeader(answer)
	_, _ = io.WriteString(w, "what it answers: "+secret)
}

func hook(t *testing.T, address string) notify.Hook {
	t.Helper()
	parsed, err := notify.ParseHook(address)
	require.NoError(t, err)
	return parsed
}

func TestSend(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers []int
		tries   int
		want    error
	}{
		"taken":                    {[]int{200}, 1, nil},
		"taken for later":          {[]int{202}, 1, nil},
		"busy once":                {[]int{429, 200}, 2, nil},
		"broken twice":             {[]int{500, 503, 200}, 3, nil},
		"refused":                  {[]int{404}, 1, notify.ErrRefused},
		"refused for its form":     {[]int{400, 200}, 1, notify.ErrRefused},
		"busy to the end":          {[]int{429}, 4, notify.ErrRefused},
		"moved, nobody says where": {[]int{304}, 1, notify.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &channel{answers: test.answers}
			server := httptest.NewTLSServer(c)
			defer server.Close()
			err := sender(server.Client()).Send(t.Context(), hook(t, server.URL+"/"+secret+"\n"), []byte(`{"a":1}`))
			require.ErrorIs(t, err, test.want)
			checkSecret(t, err)
			require.Len(t, c.bodies, test.tries)
			for _, body := range c.bodies {
				assert.Equal(t, "POST /"+secret+` application/json {"a":1}`, body)
			}
		})
	}
}

// checkSecret: no error holds an address, nor what a webhook answered.
func checkSecret(t *testing.T, err error) {
	t.Helper()
	for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v %#v", err, err)} {
		assert.NotContains(t, text, secret)
		assert.NotContains(t, text, "127.0.0.1")
		assert.NotContains(t, text, "http:")
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := &channel{answers: []int{200}}
	other := httptest.NewServer(elsewhere)
	defer other.Close()
	arrived := &channel{answers: []int{200}}
	mux := http.NewServeMux()
	mux.Handle("/arrived", arrived)
	for path, to := range map[string]struct {
		address string
		status  int
	}{
		"/same":   {"/arrived", http.StatusTemporaryRedirect},
		"/other":  {other.URL + "/" + secret, http.StatusPermanentRedirect},
		"/asGET":  {"/arrived", http.StatusFound},
		"/circle": {"/circle", http.StatusTemporaryRedirect},
	} {
		mux.Handle(path, http.RedirectHandler(to.address, to.status))
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	send := func(path string) error {
		return sender(server.Client()).Send(t.Context(), hook(t, server.URL+path), []byte("{}"))
	}
	require.NoError(t, send("/same"))
	assert.Len(t, arrived.bodies, 1)
	for _, path := range []string{"/other", "/asGET", "/circle"} {
		err := send(path)
		require.ErrorIs(t, err, notify.ErrRefused, path)
		checkSecret(t, err)
	}
	assert.Len(t, arrived.bodies, 1)
	assert.Empty(t, elsewhere.bodies)
}

func TestAWebhookThatCantBeReached(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewTLSServer(&channel{answers: []int{200}})
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer untrusted.Close()
	silent := httptest.NewServer(silence(func() {}))
	defer silent.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for address, want := range map[string]string{
		untrusted.URL: "its certificate is not trusted",
		silent.URL:    "no answer in time",
		closed.URL:    "there is no connection",
	} {
		s := sender(&http.Client{Transport: &http.Transport{}})
		s.Retry.For = 0
		if address == silent.URL {
			s.Timeout = 50 * time.Millisecond
		}
		err := s.Send(t.Context(), hook(t, address+"/"+secret), []byte("{}"))
		require.ErrorIs(t, err, notify.ErrUnreachable)
		require.ErrorContains(t, err, want)
		checkSecret(t, err)
	}
}

// silence takes a message and doesn't answer until the sender has gone.
func silence(taken func()) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the sender goes
		taken()
		<-r.Context().Done()
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(silence(cancel))
	defer server.Close()
	err := sender(server.Client()).Send(ctx, hook(t, server.URL), []byte("{}"))
	assert.ErrorIs(t, err, context.Canceled)
	checkSecret(t, err)
}

func TestParseHook(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://x.example/" + secret, " https://x.example:8443/a?sig=b\n", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"} {
		_, err := notify.ParseHook(good)
		assert.NoError(t, err, good)
	}
	for _, bad := range []string{
		"", "\n", secret, "http://x.example/" + secret, "http://127.0.0.1.x.example/" + secret, "ftp://x.example/" + secret,
		"https:///" + secret, "https://x.example/" + secret + "\x7f", "https://x.example:" + secret, "HTTP://10.0.0.1/" + secret,
	} {
		_, err := notify.ParseHook(bad)
		require.ErrorIs(t, err, notify.ErrAddress, bad)
		checkSecret(t, err)
	}
	assert.ErrorIs(t, sender(http.DefaultClient).Send(t.Context(), notify.Hook{}, nil), notify.ErrAddress)
}

func TestAHookNeverShows(t *testing.T) {
	t.Parallel()
	h := hook(t, "https://x.example/"+secret)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a", "hook", h, "in", struct{ H notify.Hook }{h})
	slog.New(slog.NewTextHandler(&log, nil)).Info("a", "hook", h, "in", struct{ H notify.Hook }{h})
	encoded, err := json.Marshal(map[string]any{"hook": h})
	require.NoError(t, err)
	shown := fmt.Sprintf("%v %+v %#v %s %q %d %v", h, h, h, h, h, h, []notify.Hook{h}) + log.String() + string(encoded)
	assert.NotContains(t, shown, secret)
	assert.NotContains(t, shown, "x.example")
	assert.Contains(t, shown, "webhook")
}
