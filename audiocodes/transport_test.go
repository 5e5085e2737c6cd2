package audiocodes

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoProxyFromTheEnvironmentIsUsed(t *testing.T) {
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, "http://"+proxy.Addr().String())
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	touched := make(chan bool, 1)
	go func() {
		_, err := proxy.Accept()
		touched <- err == nil
	}()
	device := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"versionID":"7.40A.500.357"}`)
	}))
	t.Cleanup(device.Close)
	client := New(Options{
		URL: device.URL, Timeout: time.Minute, LongTimeout: time.Minute,
		Retry: retry.Policy{Clock: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}}.Do,
		Now:   time.Now,
	})
	t.Cleanup(client.Close)

	_, err = client.Status(t.Context())
	require.NoError(t, err)
	require.NoError(t, proxy.Close())
	assert.False(t, <-touched)
	// Go never asks a proxy for a loopback address, so only this tells for other hosts.
	assert.Nil(t, client.connections.newest.Load().Proxy)
}

// TestAnAbandonedHandshakeSaysNothing of a request that went over another connection.
func TestAnAbandonedHandshakeSaysNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		events  string // g and c: a connection is wanted, there is one; f and s: a handshake failed, or did not
		blocked bool
	}{
		"the only one failed":             {"gf", true},
		"it did not":                      {"gsc", false},
		"failed, but another became free": {"gcf", false},
		"failed before another was free":  {"gfc", false},
		"a second try failed":             {"gscgf", true},
		"a second try had one":            {"gfgc", false},
		"nothing was seen":                {"", false},
	} {
		var seen handshakes
		trace := httptrace.ContextClientTrace(traced(seen.watch(t.Context())))
		for _, event := range row.events {
			switch event {
			case 'g':
				trace.GetConn("sbc.example.com:443")
			case 'c':
				trace.GotConn(httptrace.GotConnInfo{})
			case 'f':
				trace.TLSHandshakeDone(tls.ConnectionState{}, io.EOF)
			case 's':
				trace.TLSHandshakeDone(tls.ConnectionState{}, nil)
			}
		}
		assert.Equal(t, row.blocked, seen.blocked(), name)
	}
}

func TestReadBodyTakesWhatFitsExactly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		size  int
		wants error
	}{
		{"nothing", 0, nil},
		{"below the limit", 9, nil},
		{"the limit", 10, nil},
		{"above the limit", 11, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := bytes.Repeat([]byte("x"), test.size)
			for _, announced := range []int64{int64(test.size), -1, 1, 1 << 40} {
				response := &http.Response{Body: io.NopCloser(bytes.NewReader(body)), ContentLength: announced}
				got, err := readBody(response, 10)
				require.ErrorIs(t, err, test.wants)
				if test.wants == nil {
					assert.Equal(t, string(body), got)
				}
			}
		})
	}
}
