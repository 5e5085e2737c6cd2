package audiocodes

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openConn counts the connections that a client holds.
type openConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *openConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { c.open.Add(-1) })
	return err
}

// openings counts the connections that clients hold.
type openings struct{ open, peak atomic.Int64 }

func (o *openings) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	for held := o.open.Add(1); ; {
		if most := o.peak.Load(); held <= most || o.peak.CompareAndSwap(most, held) {
			return &openConn{Conn: connection, open: &o.open}, nil
		}
	}
}

// ticking answers each request a second of its clock later. Connections are made at once.
type ticking struct {
	answer        func(http.ResponseWriter)
	refuse        int64 // one request in so many is not answered; 0 for none
	now, requests atomic.Int64
}

func (d *ticking) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	d.now.Add(1)
	if number := d.requests.Add(1); d.refuse > 0 && number > 1 && number%d.refuse == 0 {
		panic(http.ErrAbortHandler)
	}
	d.answer(w)
}

func (d *ticking) options(url string) Options {
	clock := retry.Clock{
		Now:    func() time.Time { return time.Unix(d.now.Load(), 0) },
		Sleep:  func(context.Context, time.Duration) error { return nil },
		Jitter: func() float64 { return 0 },
	}
	return Options{
		URL: url, Trust: Trust{Insecure: true}, Timeout: time.Minute, LongTimeout: time.Minute,
		Retry: clock.Policy(time.Hour, time.Second, time.Second).Do, Now: clock.Now,
	}
}

func answerWell(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"versionID":"7.40A.500.357"}`) }

func answerOnceMore(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	answerWell(w)
}

// TestNeverMoreThanTwoConnections: sessions are limited per user, and a person may be logged in beside us.
func TestNeverMoreThanTwoConnections(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]*ticking{
		"that are kept":                   {answer: answerWell},
		"that the device closes":          {answer: answerOnceMore},
		"of HTTP/1.0":                     {answer: answerOldly},
		"that break":                      {answer: answerWell, refuse: 7},
		"that the device closes or break": {answer: answerOnceMore, refuse: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := httptest.NewTLSServer(behaviour)
			t.Cleanup(device.Close)
			var held openings
			contact := new(Contact)
			for range 2 {
				options := behaviour.options(device.URL)
				options.Contact = contact
				client := newClient(options, held.dial)
				_, err := client.Status(t.Context())
				require.NoError(t, err)
				hammer(t, client, behaviour.refuse == 0)
				client.Close()
			}
			if behaviour.refuse == 0 {
				assert.EqualValues(t, 2, held.peak.Load())
			}
			assert.LessOrEqual(t, held.peak.Load(), int64(2))
		})
	}
}

// hammer sends many requests at the same time.
func hammer(t *testing.T, client *Client, succeeds bool) {
	t.Helper()
	var running sync.WaitGroup
	for range 10 {
		for _, request := range []func() error{
			func() error { return client.Save(t.Context()) },
			func() error { return client.LoadIncremental(t.Context(), []byte("x")) },
			func() error { _, err := client.Status(t.Context()); return err },
			func() error { _, err := client.Status(t.Context()); return err },
			func() error { _, err := client.Observe(t.Context(), "/status"); return err },
		} {
			running.Go(func() {
				if err := request(); succeeds {
					assert.NoError(t, err)
				}
			})
		}
	}
	running.Wait()
}

// TestASeatIsFreeAgain after every way in which a connection ends.
func TestASeatIsFreeAgain(t *testing.T) {
	t.Parallel()
	behaviour := &ticking{answer: answerWell}
	device := httptest.NewUnstartedServer(behaviour)
	device.Config.ErrorLog = log.New(io.Discard, "", 0)
	device.StartTLS()
	t.Cleanup(device.Close)
	contact := new(Contact)
	for range 3 {
		options := behaviour.options(device.URL)
		options.Contact = contact
		_, err := PresentedChain(t.Context(), options)
		require.NoError(t, err)
		options.Trust = Trust{Pins: []string{"00"}}
		_, err = New(options).Status(t.Context())
		require.ErrorIs(t, err, ErrNotPinned)
		options.Trust = Trust{Insecure: true}
		client := New(options)
		_, err = client.Status(t.Context())
		require.NoError(t, err)
		require.NoError(t, client.Save(t.Context()))
		client.Close()
	}
	assert.EqualValues(t, 12, contact.Connections())
	assert.Empty(t, contact.room())
}

// answerOldly answers as HTTP/1.0 does: the end of the connection is that of the answer.
func answerOldly(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(connection, "HTTP/1.0 200 OK\r\n\r\n"+`{"versionID":"7.40A.500.357"}`)
	_ = connection.Close()
}

// TestAConnectionWaitsForASeat no longer than for a device that does not answer.
func TestAConnectionWaitsForASeat(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	contact := new(Contact)
	first := contact.seated(dialer.DialContext, contact.awaitSeat)
	second := contact.seated(dialer.DialContext, contact.trySeat)
	address := listener.Addr().String()
	one, err := first(t.Context(), "tcp", address)
	require.NoError(t, err)
	two, err := second(t.Context(), "tcp", address)
	require.NoError(t, err)
	_, err = second(t.Context(), "tcp", address)
	require.ErrorIs(t, err, errNoSeat)
	assert.True(t, unconnected(err), "nothing was sent")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = first(ctx, "tcp", address)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, one.Close())
	_ = one.Close() // frees one seat
	three, err := first(t.Context(), "tcp", address)
	require.NoError(t, err)
	_, err = second(t.Context(), "tcp", address)
	require.ErrorIs(t, err, errNoSeat)
	assert.EqualValues(t, 3, contact.Connections())
	require.NoError(t, two.Close())
	require.NoError(t, three.Close())
}
