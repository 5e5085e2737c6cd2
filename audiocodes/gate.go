package audiocodes

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// gated lets GET through. It asks the gate before a connection is made for anything else, and,
// where dial makes the connections, again each time the kernel is handed a piece of the request: a
// connection may take long to be made, and the process may stand still meanwhile. It is below
// the login: the request that answers a challenge is asked for too.
type gated struct {
	next http.RoundTripper
	gate func() error

	writing atomic.Bool // the request under way, or the last one, is no GET
}

func (g *gated) RoundTrip(request *http.Request) (*http.Response, error) {
	g.writing.Store(request.Method != http.MethodGet)
	if request.Method != http.MethodGet {
		if err := g.gate(); err != nil {
			return nil, &heldBack{err}
		}
	}
	return g.next.RoundTrip(request)
}

// over makes connections that ask before they pass anything on.
func (g *gated) over(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &gatedConn{connection, g}, nil
	}
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// gatedConn is below TLS: a record that it refuses is not sent, and with it the whole request.
type gatedConn struct {
	net.Conn
	*gated
}

// docs/design/device.md: A gate is asked right before a write is sent
func (c *gatedConn) Write(p []byte) (int, error) {
	if c.writing.Load() {
		if err := c.gate(); err != nil {
			return 0, &heldBack{err}
		}
	}
	return c.Conn.Write(p)
}

// heldBack is the gate's own error, wherever it comes up.
type heldBack struct{ cause error }

func (h *heldBack) Error() string { return h.cause.Error() }
func (h *heldBack) Unwrap() error { return h.cause }

// shut is the gate of a client that only reads.
func shut() error { return ErrReadOnly }
