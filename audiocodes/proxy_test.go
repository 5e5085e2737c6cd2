package audiocodes_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNothingIsSentInTheClearThroughAProxy(t *testing.T) {
	t.Parallel()
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	client := audiocodes.New(audiocodes.Options{
		URL: "http://127.0.0.1:1", Username: "u", Password: "hunter2", Proxy: address, Timeout: time.Minute, LongTimeout: time.Minute,
		Retry: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}.Policy(time.Minute, time.Minute, 0).Do,
		Now:   time.Now,
	})
	_, err = client.Status(t.Context())
	require.ErrorIs(t, err, audiocodes.ErrUnreachable)
	assert.ErrorContains(t, err, "not used through a proxy")
	assert.Zero(t, asked)
}

const proxySecret = "pr0xy-Secret"

// through is a client of a device that is reached through a proxy, with an hour's patience and a
// login to the proxy.
func through(t *testing.T, server *mockdevice.Server, proxy *url.URL, edit ...func(*audiocodes.Options)) (*audiocodes.Client, *clock) {
	t.Helper()
	waits := new(clock)
	proxy.User = url.UserPassword("jumper", proxySecret)
	return connect(t, server.URL(), append([]func(*audiocodes.Options){patient(waits), func(o *audiocodes.Options) {
		o.Username, o.Password, o.Proxy = "Admin", "Admin", proxy
		o.Trust.Pins = []string{server.Fingerprint()}
	}}, edit...)...), waits
}

// requireNamesProxy: the proxy is named, its password and the login of the device are not.
func requireNamesProxy(t *testing.T, err error, proxy *url.URL, says string) {
	t.Helper()
	requireKind(t, err, audiocodes.ErrUnreachable)
	require.ErrorIs(t, err, audiocodes.ErrProxy)
	require.ErrorContains(t, err, "the proxy "+proxy.Scheme+"://"+proxy.Host+" ")
	require.ErrorContains(t, err, says)
	require.True(t, audiocodes.NotDone(err), "nothing of the request was sent")
	token := base64.StdEncoding.EncodeToString([]byte("jumper:" + proxySecret))
	for _, secret := range []string{proxySecret, token, "jumper"} {
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, fmt.Sprintf("%+v", err), secret)
	}
}

func presentedBy(p *connectProxy) string {
	sum := sha256.Sum256(p.Certificate().Raw)
	return hex.EncodeToString(sum[:])
}

func TestADeviceIsReachedThroughEveryKindOfProxy(t *testing.T) {
	t.Parallel()
	device, server := secured(t)
	open := func(int) int { return 0 }
	plain, secure := newConnectProxy(t, false, open), newConnectProxy(t, true, open)
	free, closed := newSOCKSProxy(t, "", 0), newSOCKSProxy(t, "jumper:"+proxySecret, 0)
	for name, address := range map[string]string{
		"http": plain.URL, "https": secure.URL, "socks5": "socks5://" + free.Addr().String(),
		"socks5h": "socks5h://" + free.Addr().String(), "socks5 with a login": "socks5://" + closed.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := through(t, server, parsed(t, address), func(o *audiocodes.Options) { o.Trust.CA = pool(secure.Certificate()) })
			_, err := client.Status(t.Context())
			require.NoError(t, err)
			assert.Equal(t, server.Fingerprint(), client.PresentedCertificate(), "the device's, not the proxy's")
		})
	}
	_, logins := plain.seen()
	assert.Equal(t, []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("jumper:"+proxySecret))}, logins)
	assert.Zero(t, device.FailedLogins())
}

// TestAProxyThatRefusesIsNamedAndNotAskedAgain: there was no contact with the device yet.
func TestAProxyThatRefusesIsNamedAndNotAskedAgain(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	for status, wantsLogin := range map[int]bool{
		301: false, 302: false, 400: false, 401: false, 403: false, 404: false, 405: false, 407: true, 409: false, 429: false,
		500: false, 502: false, 503: false, 504: false, 599: false,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			proxy := newConnectProxy(t, false, func(int) int { return status })
			address := parsed(t, proxy.URL)
			client, waits := through(t, server, address)
			_, err := client.ObserveChallenge(t.Context())
			requireNamesProxy(t, err, address, fmt.Sprintf("answered %d", status))
			_, err = client.Status(t.Context())
			requireNamesProxy(t, err, address, fmt.Sprintf("answered %d", status))
			assert.Equal(t, wantsLogin, errors.Is(err, audiocodes.ErrProxyLogin))
			asked, _ := proxy.seen()
			assert.Len(t, asked, 2, "once each")
			assert.Empty(t, waits.pauses)
			var failure *audiocodes.Error
			require.ErrorAs(t, err, &failure)
			assert.Zero(t, failure.Status, "it is not the device's status")
		})
	}
}

func TestASOCKSProxyThatRefusesIsNamedAndNotAskedAgain(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	for name, test := range map[string]struct {
		login string
		reply byte
		says  string
		wants bool
	}{
		"a general failure":          {reply: 1, says: "general SOCKS server failure"},
		"not allowed":                {reply: 2, says: "not allowed by ruleset"},
		"network unreachable":        {reply: 3, says: "network unreachable"},
		"host unreachable":           {reply: 4, says: "host unreachable"},
		"refused by the device":      {reply: 5, says: "connection refused"},
		"what nobody knows":          {reply: 99, says: "did not connect to the device"},
		"another password is wanted": {login: "jumper:other", says: "authentication failed", wants: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := newSOCKSProxy(t, test.login, test.reply)
			address := parsed(t, "socks5h://"+proxy.Addr().String())
			client, waits := through(t, server, address)
			_, err := client.Status(t.Context())
			requireNamesProxy(t, err, address, test.says)
			assert.NotContains(t, err.Error(), "unknown error")
			assert.Equal(t, test.wants, errors.Is(err, audiocodes.ErrProxyLogin))
			assert.LessOrEqual(t, len(proxy.seen()), 1)
			assert.Empty(t, waits.pauses)
		})
	}
}

func TestAProxyThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	banner := func(t *testing.T, text string) string {
		t.Helper()
		address, _ := rawDevice(t, text)
		return strings.TrimPrefix(address, "http://")
	}
	for name, test := range map[string]struct {
		scheme, host string
		says         string
	}{
		"nobody listens":        {"http", closedPort(t), "can't be reached"},
		"nobody listens, SOCKS": {"socks5", closedPort(t), "can't be reached"},
		"it hangs":              {"http", hangingPort(t), "in time"},
		"it hangs, TLS":         {"https", hangingPort(t), "in time"},
		"it hangs, SOCKS":       {"socks5", hangingPort(t), "in time"},
		"it hangs up":           {"http", banner(t, ""), "did not connect"},
		"it is no proxy":        {"http", banner(t, "SSH-2.0-OpenSSH_9.6 "+proxySecret+"\r\n"), "did not connect"},
		"it speaks no TLS":      {"https", banner(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), "can't be reached"},
		"its name is not known": {"http", "proxy.invalid:3128", "can't be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := &url.URL{Scheme: test.scheme, Host: test.host}
			client, waits := through(t, server, address, func(o *audiocodes.Options) {
				if strings.HasPrefix(name, "it hangs") {
					o.Timeout = 200 * time.Millisecond
				}
			})
			_, err := client.Status(t.Context())
			requireNamesProxy(t, err, address, test.says)
			assert.Empty(t, waits.pauses)
		})
	}
}

// TestAProxysCertificateIsItsOwnMatter: pins and --insecure are for devices. A fingerprint to pin is
// never that of a proxy.
func TestAProxysCertificateIsItsOwnMatter(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	proxy := newConnectProxy(t, true, func(int) int { return 0 })
	address := parsed(t, proxy.URL)
	for name, edit := range map[string]func(*audiocodes.Options){
		"pins":                 func(o *audiocodes.Options) { o.Trust.Pins = append(o.Trust.Pins, pin(t, presentedBy(proxy))) },
		"insecure":             func(o *audiocodes.Options) { o.Trust = audiocodes.Trust{Insecure: true} },
		"CAs that are not its": func(o *audiocodes.Options) { o.Trust.CA = pool() },
		"another name for it": func(o *audiocodes.Options) {
			o.Trust.CA = pool(proxy.Certificate())
			o.Proxy.Host = net.JoinHostPort("localhost", address.Port())
		},
	} {
		client, _ := through(t, server, parsed(t, proxy.URL), edit)
		_, err := client.Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnreachable)
		require.ErrorIs(t, err, audiocodes.ErrProxy, name)
		assert.ErrorContains(t, err, "TLS with the proxy", name)
		var failure *audiocodes.Error
		require.ErrorAs(t, err, &failure)
		assert.Empty(t, failure.Fingerprint, name)
		assert.Empty(t, client.PresentedCertificate(), name)
	}
	asked, _ := proxy.seen()
	assert.Empty(t, asked, "and it is sent no password")
}

// TestTheDeviceBehindAProxyIsJudgedAsEver: what goes wrong once TLS has begun is the device's.
func TestTheDeviceBehindAProxyIsJudgedAsEver(t *testing.T) {
	t.Parallel()
	_, server := secured(t)
	proxy := newConnectProxy(t, false, func(int) int { return 0 })
	client, _ := through(t, server, parsed(t, proxy.URL), func(o *audiocodes.Options) { o.Trust.Pins = []string{strings.Repeat("0", 64)} })
	_, err := client.Status(t.Context())
	failure := requireKind(t, err, audiocodes.ErrUntrusted)
	assert.Equal(t, server.Fingerprint(), failure.Fingerprint)
	assert.NotErrorIs(t, err, audiocodes.ErrProxy)
}

// TestAProxyThatLosesTheDeviceForAWhileIsOutlasted, once there was contact; a refusal is not.
func TestAProxyThatLosesTheDeviceForAWhileIsOutlasted(t *testing.T) {
	t.Parallel()
	for status, outlasted := range map[int]bool{502: true, 503: true, 504: true, 429: true, 407: false, 403: false, 302: false} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			_, server := secured(t)
			proxy := newConnectProxy(t, false, func(number int) int {
				if number == 1 || number == 2 {
					return status
				}
				return 0
			})
			address := parsed(t, proxy.URL)
			client, waits := through(t, server, address)
			_, err := client.Status(t.Context())
			require.NoError(t, err)
			client.Close() // the next request needs a connection of its own
			_, err = client.Status(t.Context())
			if outlasted {
				require.NoError(t, err)
				assert.Len(t, waits.pauses, 2)
				return
			}
			requireNamesProxy(t, err, address, fmt.Sprint(status))
			assert.Empty(t, waits.pauses)
		})
	}
}
