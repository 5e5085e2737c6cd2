package audiocodes_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outlasted says when an answer with a status is worth another try of a read: at first contact, or only from a
// device that was understood before.
var outlasted = map[int]struct{ first, later bool }{
	400: {false, false}, 403: {false, false}, 404: {false, false}, 405: {false, false},
	408: {true, true}, 409: {true, true}, 429: {true, true}, 503: {true, true},
	500: {false, true}, 502: {false, true}, 504: {false, true},
	501: {false, false}, 505: {false, false}, 507: {false, false},
}

// faulty is a simulated device with a rule, and a client with an hour of patience.
func faulty(t *testing.T, fault mockdevice.Fault) (*mockdevice.Device, *audiocodes.Client, *clock) {
	t.Helper()
	device, server := secured(t)
	device.AddFault(fault)
	waits := new(clock)
	return device, connect(t, server.URL(), patient(waits), func(o *audiocodes.Options) {
		o.Username, o.Password = "Admin", "Admin"
		o.Trust.Pins = []string{server.Fingerprint()}
	}), waits
}

func TestWhichStatusesAReadOutlastsAndWhen(t *testing.T) {
	t.Parallel()
	for status, row := range outlasted {
		for skip, passes := range map[int]bool{0: row.first, 1: row.later} {
			t.Run(fmt.Sprint(status, " after good answers: ", skip), func(t *testing.T) {
				t.Parallel()
				device, client, waits := faulty(t, mockdevice.Fault{Method: "GET", Do: mockdevice.Status, Status: status, Skip: skip, Count: 2})
				var err error
				for range skip + 1 {
					_, err = client.Status(t.Context())
				}
				if passes {
					require.NoError(t, err)
					assert.Len(t, waits.pauses, 2)
					assert.Len(t, device.Requests(), skip+3)
					return
				}
				require.Error(t, err)
				assert.Empty(t, waits.pauses)
				assert.Len(t, device.Requests(), skip+1, "the login was sent once")
			})
		}
	}
}

func TestADeviceThatFailsForEverEndsAsItDidBefore(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 504} {
		device, client, waits := faulty(t, mockdevice.Fault{Method: "GET", Path: "files/ini", Do: mockdevice.Status, Status: status})
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		_, err = client.Configuration(t.Context())
		failure := requireKind(t, err, audiocodes.ErrBadAnswer)
		assert.Equal(t, status, failure.Status)
		assert.LessOrEqual(t, waits.Now().Sub(new(clock).Now()), hour)
		assert.Len(t, device.Requests(), 1+len(waits.pauses)+1)
		assert.Greater(t, len(waits.pauses), 10)
	}
}

// A password that is refused amid passing failures is not sent a second time.
func TestTheLoginIsNotTriedAgainAmidFailures(t *testing.T) {
	t.Parallel()
	device := newFixture(t, answers{"GET /status": inTurn(sayJSON(200, statusJSON), sayJSON(502, ""), sayJSON(500, ""), challenged())})
	waits := new(clock)
	client := connect(t, device.URL, patient(waits))
	_, err := client.Status(t.Context())
	require.NoError(t, err)
	for range 3 {
		_, err = client.Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnauthorized)
	}
	assert.Len(t, device.requests(), 4)
	assert.Len(t, waits.pauses, 2)
}

// A web page is not a good answer: a device that was never understood is not asked again.
func TestAWebPageProvesNothing(t *testing.T) {
	t.Parallel()
	device, waits := newFixture(t, answers{"GET /status": inTurn(say(200, "text/html", loginPage), sayJSON(500, ""))}), new(clock)
	client := connect(t, device.URL, patient(waits))
	for range 2 {
		_, err := client.Status(t.Context())
		requireKind(t, err, audiocodes.ErrBadAnswer)
	}
	assert.Len(t, device.requests(), 2)
	assert.Empty(t, waits.pauses)
}

// firstHalf sends the first half of an answer and closes. Without a length nothing but the content shows it.
func firstHalf(body string, sized bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !sized {
			w.Header().Set("Transfer-Encoding", "identity")
		}
		_, _ = w.Write([]byte(body[:len(body)/2]))
	}
}

var wholeBodies = map[string]string{
	"/status": statusJSON, "/files/ini": iniText, storePath: rootPEM("A", "B"), certificate1: rootPEM("Device"), "/alarms/active": alarmsJSON,
}

func TestAnAnswerThatIsCutOffWithoutALength(t *testing.T) {
	t.Parallel()
	for _, operation := range readOperations {
		body := wholeBodies[operation.path]
		if operation.path == storePath {
			body = strings.Repeat(rootPEM("A"), 3) // whose half ends inside a certificate
		}
		for name, row := range map[string]struct {
			contact, sized bool
			requests       int
		}{
			"at first contact": {false, false, 1}, "later": {true, false, 3}, "later, with a length": {true, true, 1},
		} {
			t.Run(operation.name+" "+name, func(t *testing.T) {
				t.Parallel()
				cut := firstHalf(body, row.sized)
				routes := documented()
				waits := new(clock)
				device := newFixture(t, routes)
				client := connect(t, device.URL, patient(waits))
				if row.contact {
					_, err := client.Status(t.Context())
					require.NoError(t, err)
				}
				before := len(device.requests())
				routes[operation.route()] = inTurn(cut, cut, routes[operation.route()])
				err := operation.run(t.Context(), client)
				assert.Equal(t, row.requests > 1, err == nil, "%v", err)
				assert.Len(t, device.requests(), before+row.requests)
				assert.Len(t, waits.pauses, row.requests-1)
				if err != nil {
					requireKind(t, err, audiocodes.ErrBadAnswer)
				}
			})
		}
	}
}

// TestAConnectionThatIsClosedAtFirstContact, during TLS: nothing was sent, so a read connects again. A write does not.
func TestAConnectionThatIsClosedAtFirstContact(t *testing.T) {
	t.Parallel()
	own := identity(t)
	for name, end := range hangUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logins atomic.Int64
			serve := func(after int64) (string, *atomic.Int64) {
				var connections atomic.Int64
				return rawServer(t, func(connection net.Conn) {
					if connections.Add(1) <= after {
						end(connection)
						return
					}
					logins.Add(1)
					answerTLS(tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{own}}))
				})
			}
			url, accepted := serve(2)
			waits := new(clock)
			_, err := connect(t, url, anything, patient(waits)).Status(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 3, accepted.Load())
			assert.EqualValues(t, 1, logins.Load())
			assert.Len(t, waits.pauses, 2)

			url, accepted = serve(1 << 20)
			waits = new(clock)
			_, err = connect(t, url, anything, func(o *audiocodes.Options) { o.Retry = waits.policy(minute).Do }).Status(t.Context())
			requireRefusal(t, err, audiocodes.ErrHungUp)
			assert.True(t, audiocodes.NotDone(err))
			assert.EqualValues(t, len(waits.pauses)+1, accepted.Load())
			assert.LessOrEqual(t, waits.Now().Sub(new(clock).Now()), minute)

			url, accepted = serve(1 << 20)
			waits = new(clock)
			err = connect(t, url, anything, patient(waits)).Save(t.Context())
			requireRefusal(t, err, audiocodes.ErrHungUp)
			assert.True(t, audiocodes.NotDone(err))
			assert.EqualValues(t, 1, accepted.Load())
			assert.Empty(t, waits.pauses)
		})
	}
}

// TestAProxyThatFailsAtFirstContact: before it has taken its login, that is sent once.
func TestAProxyThatFailsAtFirstContact(t *testing.T) {
	t.Parallel()
	const closes = 0
	for name, row := range map[string]struct {
		status   int
		login    bool
		requests int // to CONNECT
	}{
		"502": {502, false, 3}, "503": {503, false, 3}, "504": {504, false, 3}, "closes": {closes, false, 3},
		"500": {500, false, 1}, "429": {429, false, 1}, "403": {403, false, 1}, "407": {407, false, 1},
		"502 to a login, which it takes before it fails": {502, true, 3},
		"closes after a login":                           {closes, true, 1},
		"407 to a login":                                 {407, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, server := secured(t)
			proxy := newConnectProxy(t, false, func(number int) int {
				switch {
				case number > 1:
					return 0
				case row.status == closes:
					panic(http.ErrAbortHandler)
				}
				return row.status
			})
			client, waits := through(t, server, parsed(t, proxy.URL), func(o *audiocodes.Options) {
				o.ProxyTrial = audiocodes.NewProxyTrial()
				if !row.login {
					o.Proxy, o.ProxyTrial = &url.URL{Scheme: "http", Host: o.Proxy.Host}, nil
				}
			})
			_, err := client.Status(t.Context())
			asked, _ := proxy.seen()
			assert.Len(t, asked, row.requests)
			assert.Len(t, waits.pauses, row.requests-1)
			if row.requests == 1 {
				require.ErrorIs(t, err, audiocodes.ErrProxy)
				assert.Empty(t, device.Requests())
				return
			}
			require.NoError(t, err)
			assert.Len(t, device.Requests(), 1, "the device's login was sent once")
		})
	}
}
