package httpserver_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// dialFrom opens a connection from a loopback address of choice.
func dialFrom(t *testing.T, from, to string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Minute}
	c, err := dialer.DialContext(t.Context(), "tcp", to)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// openOf counts the connections that the server has not closed.
func openOf(all []net.Conn) int {
	open := 0
	for _, c := range all {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			open++
		}
	}
	return open
}

// TestIdleConnectionsLockNoCallerOut: 300 of them, from one address and from many, stay within the bounds, whether they
// are silent, begin a header, or keep a connection after an answer; a caller is served all the same.
func TestIdleConnectionsLockNoCallerOut(t *testing.T) {
	t.Parallel()
	const all, each = 40, 10
	for name, says := range map[string]string{
		"silent": "", "a header that does not end": "GET / HTTP/1.1\r\nHost: localhost\r\n",
		"kept after an answer": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		for addresses, most := range map[int]int{1: each, 50: all} {
			t.Run(fmt.Sprintf("%s, %d addresses", name, addresses), func(t *testing.T) {
				t.Parallel()
				path, viewer, _ := tokens(t)
				bounds := httpserver.Bounds{All: all, PerAddress: each}
				address := serve(t, httpserver.Config{TokenFile: path, Bounds: bounds}, func(s *httpserver.Server) {
					s.Probes(httpserver.Anyone)
					s.Handle("/", httpserver.Viewer, text("in"))
				})
				var idle []net.Conn
				for i := range 300 {
					c := dialFrom(t, fmt.Sprintf("127.0.1.%d", 1+i%addresses), address)
					_, err := io.WriteString(c, says)
					require.NoError(t, err)
					if strings.Contains(says, "healthz") {
						answer, err := http.ReadResponse(bufio.NewReader(c), nil)
						if err == nil {
							_, _ = io.Copy(io.Discard, answer.Body)
						}
					}
					idle = append(idle, c)
				}
				got := ask(t, "GET", "http://"+address, "Authorization", "Bearer "+viewer)
				assert.Equal(t, 200, got.status, "a caller from an address of its own")
				require.Eventually(t, func() bool { return openOf(idle) <= most }, time.Minute, 10*time.Millisecond)
				got = ask(t, "GET", "http://"+address+"/healthz")
				assert.Equal(t, 200, got.status)
			})
		}
	}
}

// stream begins an answer that goes on until the server or the test ends it.
func stream(t *testing.T, from, address, token string) (begun bool) {
	t.Helper()
	c := dialFrom(t, from, address)
	authorization := ""
	if token != "" {
		authorization = "Authorization: Bearer " + token + "\r\n"
	}
	_, err := io.WriteString(c, "GET /stream HTTP/1.1\r\nHost: localhost\r\n"+authorization+"\r\n")
	require.NoError(t, err)
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && strings.Contains(line, "200")
}

// TestStreamsCountToo: those of callers with a token up to the bound of all, for a reverse proxy has one address; those
// of strangers up to the bound of their address. No running answer is cut off for a newcomer.
func TestStreamsCountToo(t *testing.T) {
	t.Parallel()
	const all, each = 12, 3
	path, viewer, _ := tokens(t)
	live := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	start := func(token string) (address string) {
		ctx, stop := context.WithCancel(t.Context())
		config := httpserver.Config{
			Address: "127.0.0.1:0", TokenFile: path, Bounds: httpserver.Bounds{All: all, PerAddress: each}, Now: new(clock).now, Log: quiet(),
		}
		s, err := httpserver.Listen(ctx, config)
		require.NoError(t, err)
		s.Handle("/stream", httpserver.Anyone, live)
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, time.Nanosecond) }()
		t.Cleanup(func() { stop(); <-ended })
		return s.Addr().String()
	}
	known := start(viewer)
	begun := 0
	for range 2 * all {
		if stream(t, "127.0.0.1", known, viewer) {
			begun++
		}
	}
	assert.Equal(t, all, begun, "of a proxy")
	strangers := start("")
	begun = 0
	for range 2 * all {
		if stream(t, "127.0.0.1", strangers, "") {
			begun++
		}
	}
	assert.Equal(t, each, begun, "of one stranger")
	assert.True(t, stream(t, "127.0.0.2", strangers, viewer), "others are served")
}

func TestBoundsLeaveTheRunsTheirShare(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		descriptors, runs int
		want              httpserver.Bounds
		enough            bool
	}{
		{8192, 704, httpserver.Bounds{All: 1024, PerAddress: 64}, true},
		{1024, 704, httpserver.Bounds{All: 320, PerAddress: 64}, true},
		{448, 384, httpserver.Bounds{All: 64, PerAddress: 16}, true},
		{256, 384, httpserver.Bounds{All: 4, PerAddress: 2}, false},
		{0, 64, httpserver.Bounds{All: 4, PerAddress: 2}, false},
	} {
		got, enough := httpserver.BoundsFor(row.descriptors, row.runs)
		assert.Equal(t, row.want, got, row)
		assert.Equal(t, row.enough, enough, row)
	}
}

// TestTheSocketIsItsGroups: the file's mode decides who may connect, and a caller is named as the system names it.
func TestTheSocketIsItsGroups(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "acfix")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "s")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	require.NoError(t, err)
	stale.SetUnlinkOnClose(false) // as of a process that was killed
	require.NoError(t, stale.Close())
	serve(t, httpserver.Config{Address: "unix:" + path, UserName: func(user int) string { return fmt.Sprintf("user-%d", user) }},
		func(s *httpserver.Server) {
			s.Handle("POST /", httpserver.Approver, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, httpserver.PersonOf(r.Context()).Name)
			}))
		})
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o660), info.Mode().Perm())
	_, err = httpserver.Listen(t.Context(), httpserver.Config{Address: "unix:" + path, Now: new(clock).now, Log: quiet()})
	require.ErrorIs(t, err, httpserver.ErrBind, "one process has it")
	asked := func(host, forwarded string) (int, string) {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
		caller := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
		request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+host+"/", nil)
		require.NoError(t, err)
		if forwarded != "" {
			request.Header.Set("X-Forwarded-For", forwarded)
		}
		answer, err := caller.Do(request)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}
	status, name := asked("localhost", "")
	assert.Equal(t, 200, status)
	assert.Contains(t, []string{fmt.Sprintf("user-%d", os.Geteuid()), "local"}, name)
	status, _ = asked("rebound.example.com", "")
	assert.Equal(t, 403, status)
	status, _ = asked("localhost", "192.0.2.1")
	assert.Equal(t, 403, status, "a proxy serves others")
}

// TestATokenExpires at its time, in a header and for what was logged in before.
func TestATokenExpires(t *testing.T) {
	t.Parallel()
	watch := new(clock)
	file, secret, err := httpserver.Tokens{}.AddUntil("ada", httpserver.Viewer, noon, noon.Add(time.Hour), strings.NewReader(strings.Repeat("x", 32)))
	require.NoError(t, err)
	path := below(t, "tokens.json")
	write(t, path, file)
	var access *httpserver.Authenticator
	address := serve(t, httpserver.Config{TokenFile: path, Now: watch.now}, func(s *httpserver.Server) {
		s.Handle("/", httpserver.Viewer, text("in"))
		access = s.Authenticator()
	})
	status := func() int { return ask(t, "GET", "http://"+address, "Authorization", "Bearer "+secret).status }
	watch.forward(time.Hour - time.Second)
	assert.Equal(t, 200, status())
	_, ok := access.Renew(httpserver.ProofOf(secret))
	assert.True(t, ok)
	assert.Equal(t, map[httpserver.Proof]time.Time{httpserver.ProofOf(secret): watch.now()}, access.LastUsed())
	watch.forward(time.Second)
	for range 20 {
		assert.Equal(t, 401, status(), "it is no guess, and the answer says why")
	}
	_, ok = access.Renew(httpserver.ProofOf(secret))
	assert.False(t, ok)
}

// TestAFloodOfRefusalsIsCounted: one entry for each address and minute, a few addresses by name, and in the long run no
// more entries than a store can take, however many addresses the flood has.
func TestAFloodOfRefusalsIsCounted(t *testing.T) {
	t.Parallel()
	watch := new(clock)
	path, viewer, _ := tokens(t)
	server, err := httpserver.Listen(t.Context(), httpserver.Config{Address: "127.0.0.1:0", TokenFile: path, Now: watch.now, Log: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	access := server.Authenticator()
	refuse := func(from string, times int) {
		for range times {
			_, err := access.Login(from, "acfix_x")
			require.Error(t, err)
		}
	}
	refuse("192.0.2.1:5", 30)
	_, err = access.Login("192.0.2.1:5", viewer)
	require.NoError(t, err)
	assert.Empty(t, access.Refusals(false), "the minute is not over")
	watch.forward(time.Minute)
	assert.Equal(t, []httpserver.Refusals{{From: "192.0.2.1", Count: 30, First: noon, Last: noon}}, access.Refusals(false))
	assert.Empty(t, access.Refusals(true))
	entries, counted := 0, 0
	for minute := range 24 * 60 {
		for i := range 20 {
			refuse(fmt.Sprintf("198.51.%d.%d:1", minute%200, i), 1)
		}
		watch.forward(time.Minute)
		for _, one := range access.Refusals(false) {
			entries, counted = entries+1, counted+one.Count
		}
	}
	assert.LessOrEqual(t, entries, 350, "of a day")
	assert.Greater(t, counted, 24*60*20*9/10, "what has no entry yet is counted in the next")
}
