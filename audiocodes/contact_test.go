package audiocodes_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestClientsShareThatADeviceHasAnswered: a run has a client to read, another to write and a third
// for the soak. A connection that breaks at the first request of any but the first is made again.
func TestClientsShareThatADeviceHasAnswered(t *testing.T) {
	t.Parallel()
	own := identity(t)
	var connections atomic.Int64
	address, _ := rawServer(t, func(connection net.Conn) {
		if n := connections.Add(1); n == 2 || n == 4 {
			hello(connection)
			return
		}
		answerTLS(tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{own}}))
	})
	var contact audiocodes.Contact
	shared := func(o *audiocodes.Options) { o.Contact = &contact }
	for range 3 {
		_, err := connect(t, address, anything, shared, patient(new(clock))).Status(t.Context())
		require.NoError(t, err)
	}
}

// TestAnAnswerThatIsLostDemandsNoCertificate: a device may ask for a client certificate and do
// without. Where it drops a connection after that, it is read again like any other.
func TestAnAnswerThatIsLostDemandsNoCertificate(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := identity(t)
			var connections atomic.Int64
			address, _ := rawServer(t, func(connection net.Conn) {
				secured := tls.Server(connection, &tls.Config{
					Certificates: []tls.Certificate{own}, ClientAuth: tls.RequestClientCert, MaxVersion: version,
				})
				if connections.Add(1) == 1 {
					_, _ = secured.Read(make([]byte, 4096))
					_ = secured.CloseWrite()
					return
				}
				answerTLS(secured)
			})
			_, err := connect(t, address, anything, patient(new(clock))).Status(t.Context())
			require.NoError(t, err)
		})
	}
}

// TestALoginThatAProxyRefusedIsNotSentAgain by any client that would log in there as the same user,
// however many connect at the same time.
func TestALoginThatAProxyRefusedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	proxy := newConnectProxy(t, false, func(int) int { return http.StatusProxyAuthRequired })
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	address.User = url.UserPassword("jumper", "of last month")
	trial := audiocodes.NewProxyTrial()
	var running sync.WaitGroup
	for range 8 {
		client := connect(t, "https://sbc.invalid", insecure, patient(new(clock)), func(o *audiocodes.Options) {
			o.Proxy, o.ProxyTrial = address, trial
		})
		running.Go(func() {
			_, err := client.Status(t.Context())
			assert.ErrorIs(t, err, audiocodes.ErrProxyLogin)
			assert.ErrorIs(t, client.Save(t.Context()), audiocodes.ErrProxyLogin)
		})
	}
	running.Wait()
	asked, _ := proxy.seen()
	assert.Len(t, asked, 1)
}

// TestALoginThatAProxyTookKeepsNoConnectionWaiting: one is enough to prove it.
func TestALoginThatAProxyTookKeepsNoConnectionWaiting(t *testing.T) {
	t.Parallel()
	device := newTLSFixture(t, documented())
	proxy := newConnectProxy(t, false, func(int) int { return 0 })
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	address.User = url.UserPassword("jumper", "right")
	trial := audiocodes.NewProxyTrial()
	for range 3 {
		client := connect(t, device.URL, insecure, func(o *audiocodes.Options) { o.Proxy, o.ProxyTrial = address, trial })
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		require.NoError(t, client.Save(t.Context()))
	}
}

// TestADeadDeviceBehindAProxyKeepsNoOtherWaiting: a proxy that says that it can't reach a device has
// taken the login, and so has most likely one that says nothing for some seconds.
func TestADeadDeviceBehindAProxyKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]bool{"it says so": false, "it says nothing": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, ended := newTLSFixture(t, documented()), make(chan struct{})
			proxy := newConnectProxy(t, false, func(number int) int {
				if number > 0 {
					return 0
				}
				if hangs {
					<-ended
				}
				return http.StatusBadGateway
			})
			address, trial := parsed(t, proxy.URL), audiocodes.NewProxyTrial()
			address.User = url.UserPassword("jumper", "right")
			through := func(o *audiocodes.Options) { o.Proxy, o.ProxyTrial = address, trial }
			dead, alive := connect(t, "https://sbc.invalid", insecure, through), connect(t, device.URL, insecure, through)
			var running sync.WaitGroup
			running.Go(func() {
				_, err := dead.Status(t.Context())
				assert.ErrorIs(t, err, audiocodes.ErrProxy)
				assert.NotErrorIs(t, err, audiocodes.ErrProxyLogin)
			})
			require.Eventually(t, func() bool { asked, _ := proxy.seen(); return len(asked) == 1 }, time.Minute, time.Millisecond)
			_, err := alive.Status(t.Context())
			close(ended)
			running.Wait()
			require.NoError(t, err)
		})
	}
}
