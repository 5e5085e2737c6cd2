package audiocodes

import (
	"context"
	"io"
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

// TestNeverMoreThanTwoConnections: sessions are limited per user, and a person may be logged in beside us.
func TestNeverMoreThanTwoConnections(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		header http.Header
		proto  string
		refuse int64 // one request in so many is not answered; 0 for none
	}{
		"that are kept":                   {},
		"that the device closes":          {header: http.Header{"Connection": {"close"}}},
		"of HTTP/1.0":                     {proto: "HTTP/1.0"},
		"that break":                      {refuse: 7},
		"that the device closes or break": {header: http.Header{"Connection": {"close"}}, refuse: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now, requests, open, peak atomic.Int64
			device := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				now.Add(1)
				if number := requests.Add(1); row.refuse > 0 && number > 1 && number%row.refuse == 0 {
					panic(http.ErrAbortHandler)
				}
				if row.proto != "" {
					answerOldly(w)
					return
				}
				for field, values := range row.header {
					w.Header()[field] = values
				}
				_, _ = io.WriteString(w, `{"versionID":"7.40A.500.357"}`)
			}))
			device.StartTLS()
			t.Cleanup(device.Close)
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				for held := open.Add(1); ; {
					if most := peak.Load(); held <= most || peak.CompareAndSwap(most, held) {
						return &openConn{Conn: connection, open: &open}, nil
					}
				}
			}
			clock := retry.Clock{
				Now: func() time.Time { return time.Unix(now.Load(), 0) }, Sleep: func(context.Context, time.Duration) error { return nil },
				Jitter: func() float64 { return 0 },
			}
			contact := new(Contact)
			var running sync.WaitGroup
			for range 2 {
				client := newClient(Options{
					URL: device.URL, Trust: Trust{Insecure: true}, Timeout: time.Minute, LongTimeout: time.Minute,
					Retry: clock.Policy(time.Hour, time.Second, time.Second).Do, Now: clock.Now, Contact: contact,
				}, dial)
				_, err := client.Status(t.Context())
				require.NoError(t, err)
				for range 10 {
					for _, request := range []func() error{
						func() error { return client.Save(t.Context()) },
						func() error { return client.LoadIncremental(t.Context(), []byte("x")) },
						func() error { _, err := client.Status(t.Context()); return err },
						func() error { _, err := client.Status(t.Context()); return err },
						func() error { _, err := client.Observe(t.Context(), "/status"); return err },
					} {
						running.Go(func() {
							if err := request(); row.refuse == 0 {
								assert.NoError(t, err)
							}
						})
					}
				}
				running.Wait()
				client.Close()
			}
			if row.refuse == 0 {
				assert.EqualValues(t, 2, peak.Load())
			}
			assert.LessOrEqual(t, peak.Load(), int64(2))
		})
	}
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
