package audiocodes_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAPresentedCertificateCostsNoRequest: whoever answers sees a handshake, and nothing after it.
func TestAPresentedCertificateCostsNoRequest(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	chain, err := audiocodes.PresentedChain(t.Context(), audiocodes.Options{
		URL: device.URL, Username: username, Password: password, Timeout: time.Minute, // both are left out
		Trust: audiocodes.Trust{Pins: []string{pin(t, presented(device))[:62] + "00"}, CA: pool()},
	})
	require.NoError(t, err, "no trust is asked for")
	require.NotEmpty(t, chain)
	assert.Equal(t, device.Certificate().Raw, chain[0].Raw)
	assert.Empty(t, device.requests())
}

func TestAPresentedCertificateIsFetchedOverTheProxy(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	var connects atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connects.Add(1)
		assert.Equal(t, http.MethodConnect, r.Method)
		assert.Equal(t, "sbc.invalid:8443", r.Host)
		there, err := net.Dial("tcp", device.Listener.Addr().String())
		if !assert.NoError(t, err) {
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	}))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	chain, err := audiocodes.PresentedChain(t.Context(), audiocodes.Options{URL: "https://sbc.invalid:8443", Proxy: address, Timeout: time.Minute})
	require.NoError(t, err)
	assert.Equal(t, device.Certificate().Raw, chain[0].Raw)
	assert.EqualValues(t, 1, connects.Load())
	assert.Empty(t, device.requests())
}

func TestAPresentedCertificateThatCanNotBeHad(t *testing.T) {
	t.Parallel()
	old := unstarted(t, documented())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	plain := newFixture(t, documented())
	options := func(address string) audiocodes.Options {
		return audiocodes.Options{URL: address, Timeout: time.Minute}
	}
	_, err = audiocodes.PresentedChain(t.Context(), options("https://127.0.0.1:1"))
	requireKind(t, err, audiocodes.ErrUnreachable)
	_, err = audiocodes.PresentedChain(t.Context(), options(plain.URL))
	require.ErrorContains(t, err, "over http:// a device presents no certificate")
	_, err = audiocodes.PresentedChain(t.Context(), options("https"+plain.URL[len("http"):]))
	requireKind(t, err, audiocodes.ErrUnreachable)
	assert.Empty(t, plain.requests())
	_, err = audiocodes.PresentedChain(t.Context(), options(old.URL))
	requireKind(t, err, audiocodes.ErrUnreachable)
	lower := options(old.URL)
	lower.Trust.MinVersion = tls.VersionTLS10
	chain, err := audiocodes.PresentedChain(t.Context(), lower)
	require.NoError(t, err)
	assert.Equal(t, old.Certificate().Raw, chain[0].Raw)
	hurried := options("https://" + silent.Addr().String())
	hurried.Timeout = 50 * time.Millisecond
	_, err = audiocodes.PresentedChain(t.Context(), hurried)
	requireKind(t, err, audiocodes.ErrTimeout)
}
