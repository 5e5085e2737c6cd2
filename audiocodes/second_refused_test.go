package audiocodes_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reset ends the connection by a reset.
func reset(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_ = connection.(*tls.Conn).NetConn().Close()
}

// garbage answers something that is not HTTP.
func garbage(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(connection, "too many sessions\r\n\r\n")
	_ = connection.Close()
}

// sessionRefusals are the answers of a device that takes no second session.
func sessionRefusals() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{
		"401, Basic": challenged(`Basic realm="WebServer"`), "401, nothing": challenged(),
		"401, Bearer": challenged("Bearer"),
		"401, Digest": challenged(`Digest realm="r", nonce="n", qop="auth"`),
		"a page":      say(200, "text/html", loginPage), "a text": say(200, "text/plain", "too many sessions"),
		"nothing": drop, "half an answer": startThenClose, "reset": reset, "garbage": garbage,
		"202": sayJSON(202, "{}"), "no answer": hang,
		"302": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
	}
	for _, status := range []int{403, 407, 408, 409, 423, 425, 429, 500, 502, 503, 504} {
		all[strconv.Itoa(status)] = sayJSON(status, `{"description":"too many sessions"}`)
	}
	return all
}

// beside sends the first request that comes over another connection than the first to refuse. What comes over the first
// waits until that has happened, but for the status. A later connection may be one in place of the first: on a
// busy machine one is sometimes made for a read, and why is not known.
type beside struct {
	refused chan struct{}
	once    sync.Once
	count   atomic.Int64
}

func (b *beside) handle(refuse http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if connectionOf(r) == 1 || b.count.Load() > 0 {
			if r.URL.Path != prefix+"/status" {
				<-b.refused
			}
			return false
		}
		b.happened()
		refuse(w, r)
		return true
	}
}

func (b *beside) happened() { b.count.Add(1); b.once.Do(func() { close(b.refused) }) }

// requireAlone: two reads succeed although the second connection is refused, which happens once, and no client of the
// device makes another.
func requireAlone(t *testing.T, device *slowDevice, refused *beside, edit ...func(*audiocodes.Options)) {
	t.Helper()
	var contact audiocodes.Contact
	edit = append(edit, func(o *audiocodes.Options) { o.Contact = &contact })
	client := device.ready(edit...)
	configuration, store := readTwo(t, client)
	require.NoError(t, configuration)
	require.NoError(t, store)
	for range 3 {
		readAll(t, client)
	}
	assert.EqualValues(t, 1, refused.count.Load())
	client.Close()
	device.refuse = nil
	next := device.ready(edit...)
	for range 3 {
		readAll(t, next)
	}
	require.NoError(t, next.Save(t.Context()))
	assert.False(t, device.servedTwo(), "two connections in turn")
}

func TestARefusedSecondConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, refuse := range sessionRefusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := &beside{refused: make(chan struct{})}
			device := newSlowDevice(t, func(d *slowDevice) { d.refuse = refused.handle(refuse) })
			requireAlone(t, device, refused, func(o *audiocodes.Options) {
				if name == "no answer" {
					o.Timeout, o.LongTimeout = time.Second, time.Second
				}
			})
		})
	}
}

func TestASecondHandshakeThatFailsIsGivenUp(t *testing.T) {
	t.Parallel()
	other := identity(t)
	insecure := func(o *audiocodes.Options) { o.Trust = audiocodes.Trust{Insecure: true} }
	both := func(o *audiocodes.Options) { o.Trust.Pins = append(o.Trust.Pins, pinOf(other)) }
	another := func() (*tls.Config, error) { return &tls.Config{Certificates: []tls.Certificate{other}}, nil }
	for name, row := range map[string]struct {
		configure func() (*tls.Config, error)
		edit      func(*audiocodes.Options)
	}{
		"an alert":                                 {func() (*tls.Config, error) { return nil, errors.New("no more") }, both},
		"another certificate":                      {another, func(*audiocodes.Options) {}},
		"another certificate, whatever comes":      {another, insecure},
		"another certificate, which is pinned too": {another, both},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := &beside{refused: make(chan struct{})}
			device := newSlowDevice(t, func(d *slowDevice) {
				d.refuse = refused.handle(nil)
				d.configure = func(number int64) (*tls.Config, error) {
					if number != 2 {
						return nil, nil
					}
					refused.happened()
					return row.configure()
				}
			})
			requireAlone(t, device, refused, row.edit)
		})
	}
}

// TestAnAnswerAboutTheResourceIsNoRefusal: it is not asked for twice.
func TestAnAnswerAboutTheResourceIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 405, 410, 501} {
		first := &beside{refused: make(chan struct{})}
		device := newSlowDevice(t, func(d *slowDevice) { d.refuse = first.handle(sayJSON(status, "")) })
		client := device.ready()
		done := make(chan error, 1)
		go func() { _, err := client.Configuration(t.Context()); done <- err }()
		<-first.started(device)
		_, err := client.Certificate(t.Context(), 1)
		var failure *audiocodes.Error
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, status, failure.Status)
		require.NoError(t, <-done)
		assert.EqualValues(t, 1, first.count.Load())
		assert.Len(t, device.requests(), 2, "the status and the configuration")
	}
}

// started is closed once the device holds a request.
func (*beside) started(device *slowDevice) <-chan struct{} {
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		for {
			if device.holds() > 0 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return begun
}

// TestARefusalThatTheFirstConnectionRepeatsIsFinal: the device sees the password twice more at the most.
func TestARefusalThatTheFirstConnectionRepeatsIsFinal(t *testing.T) {
	t.Parallel()
	refused := &beside{refused: make(chan struct{})}
	var proven atomic.Bool
	var refusals atomic.Int64
	device := newSlowDevice(t)
	device.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == prefix+"/files/ini" {
			<-refused.refused
			return false
		}
		if !proven.Load() {
			return false
		}
		refusals.Add(1)
		refused.once.Do(func() { close(refused.refused) })
		challenged(`Basic realm="WebServer"`)(w, r)
		return true
	}
	client := device.ready()
	proven.Store(true)
	var running sync.WaitGroup
	running.Go(func() { _, err := client.Configuration(t.Context()); assert.NoError(t, err) })
	<-refused.started(device)
	for range 5 {
		running.Go(func() {
			_, err := client.TrustedRoots(t.Context(), 1)
			assert.ErrorIs(t, err, audiocodes.ErrUnauthorized)
		})
	}
	running.Wait()
	require.ErrorIs(t, client.Save(t.Context()), audiocodes.ErrUnauthorized)
	assert.EqualValues(t, 2, refusals.Load())
}

// TestAProxyThatRefusesASecondConnection refuses no login, whatever it says.
func TestAProxyThatRefusesASecondConnection(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 407, 429, 502, 503, 504} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			refused := &beside{refused: make(chan struct{})}
			device := newSlowDevice(t, func(d *slowDevice) { d.refuse = refused.handle(nil) })
			proxy := newConnectProxy(t, false, func(number int) int {
				if number != 1 {
					return 0
				}
				refused.happened()
				return status
			})
			address, err := url.Parse(proxy.URL)
			require.NoError(t, err)
			address.User = url.UserPassword("jumper", "right")
			trial := audiocodes.NewProxyTrial()
			requireAlone(t, device, refused, func(o *audiocodes.Options) { o.Proxy, o.ProxyTrial = address, trial })
		})
	}
}
