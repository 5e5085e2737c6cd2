package audiocodes

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/acfix/acfix/retry"
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
		Retry: retry.Policy{Clock: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}},
	})
	t.Cleanup(client.Close)

	_, err = client.Status(t.Context())
	require.NoError(t, err)
	require.NoError(t, proxy.Close())
	assert.False(t, <-touched)
	// Go never asks a proxy for a loopback address, so only this tells for other hosts.
	assert.Nil(t, client.transport.Proxy)
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

func TestIsHTML(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, contentType, body string
		want                    bool
	}{
		{"said by the type", "text/html; charset=utf-8", "login", true},
		{"said by the type in capitals", "TEXT/HTML", "", true},
		{"a document type", "application/octet-stream", "\r\n <!DOCTYPE html>", true},
		{"a page of lower case", "", "<html><body>", true},
		{"a short page", "", "<HTML>", true},
		{"an INI file", "application/octet-stream", ";Board: Mediant\r\n", false},
		{"a page after other text", "text/plain", "; <html>", false},
		{"nothing", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, isHTML(test.contentType, test.body))
		})
	}
}
