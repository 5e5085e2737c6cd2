package audiocodes_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/require"
)

const (
	prefix   = "/api/v1"
	username = "Admin"
	password = "s3cr3t-Pa55"
)

// received is one request as it arrived.
type received struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Length              int64
	Encoding            []string
}

// answers are handlers by method and path below the prefix, "GET /status".
type answers map[string]http.HandlerFunc

// fixture is a server that knows a few documented requests and no others.
type fixture struct {
	*httptest.Server
	t       *testing.T
	answers answers

	mu       sync.Mutex
	log      []received
	accepted int
	closed   chan struct{}
}

func newFixture(t *testing.T, a answers) *fixture {
	t.Helper()
	f := unstarted(t, a)
	f.Start()
	return f
}

func newTLSFixture(t *testing.T, a answers) *fixture {
	t.Helper()
	f := unstarted(t, a)
	f.StartTLS()
	return f
}

func unstarted(t *testing.T, a answers) *fixture {
	f := &fixture{t: t, answers: a, closed: make(chan struct{}, 100)}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.Config.ConnState = f.count
	t.Cleanup(f.Close)
	return f
}

func (f *fixture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Errorf("%s %s: the body can't be read: %v", r.Method, r.URL.Path, err)
	}
	path, below := strings.CutPrefix(r.URL.Path, prefix)
	f.mu.Lock()
	f.log = append(f.log, received{r.Method, path, r.URL.RawQuery, r.Header, body, r.ContentLength, r.TransferEncoding})
	f.mu.Unlock()
	handle, known := f.answers[r.Method+" "+path]
	if !known || !below {
		f.t.Errorf("the device does not know %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	handle(w, r)
}

func (f *fixture) count(_ net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch state {
	case http.StateNew:
		f.accepted++
	case http.StateClosed:
		f.closed <- struct{}{}
	}
}

func (f *fixture) requests() []received {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]received(nil), f.log...)
}

func (f *fixture) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accepted
}

func say(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func sayJSON(status int, body string) http.HandlerFunc { return say(status, "application/json", body) }

// drop closes the connection without an answer.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hang answers nothing until the client gives up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// inTurn uses one handler for each request and the last for all further ones.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		handle := handlers[next]
		next = min(next+1, len(handlers)-1)
		mu.Unlock()
		handle(w, r)
	}
}

// rawDevice answers each connection's first request with the same bytes and hangs up.
func rawDevice(t *testing.T, answer string) (url string, requests <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	log := make(chan string, 10)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			answerOnce(connection, answer, log)
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return "http://" + listener.Addr().String(), log
}

// answerOnce logs before it answers, so that the log is whole when the client returns.
func answerOnce(connection net.Conn, answer string, log chan<- string) {
	defer func() { _ = connection.Close() }()
	var seen bytes.Buffer
	request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(connection, &seen)))
	if err != nil {
		log <- "not a request: " + err.Error()
		return
	}
	_, _ = io.Copy(io.Discard, request.Body)
	log <- seen.String()
	_, _ = io.WriteString(connection, answer)
}

// closedPort is an address without a listener that no other process can take: it is
// the near end of a connection.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	connection, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	return connection.LocalAddr().String()
}

// clock only moves when a caller waits.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	pauses []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.pauses = c.now.Add(d), append(c.pauses, d)
	return ctx.Err()
}

func (c *clock) policy(patience time.Duration) retry.Policy {
	clock := retry.Clock{Now: c.Now, Sleep: c.Sleep, Jitter: func() float64 { return 0.5 }}
	return clock.Policy(patience, time.Second, 15*time.Second)
}

// connect makes a client without patience; edit may change everything.
func connect(t *testing.T, url string, edit ...func(*audiocodes.Options)) *audiocodes.Client {
	t.Helper()
	options := audiocodes.Options{
		URL: url, Username: username, Password: password,
		Timeout: time.Minute, LongTimeout: time.Minute, Retry: new(clock).policy(0).Do, Now: time.Now,
	}
	for _, change := range edit {
		change(&options)
	}
	client := audiocodes.New(options)
	t.Cleanup(client.Close)
	return client
}

// rootPEM is one or more self-made roots, one after another.
func rootPEM(names ...string) string {
	var text strings.Builder
	for _, name := range names {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: mockdevice.SelfMadeRoot(name)})
	}
	return text.String()
}
