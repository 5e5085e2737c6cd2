package audiocodes

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// gated lets GET through. For any other request it asks the gate before a connection is made and, if wrapDial makes
// the connections, again before each piece of the request goes to the kernel: connecting may take long, and the
// process may be suspended meanwhile. It is below the login, so that it also checks a request that answers a challenge.
type gated struct {
	next http.RoundTripper
	gate func() error

	// The current or last request is not a GET. No read is under way beside a write (turns), whichever connection it
	// would take, so a write's bytes never pass as a read's.
	writing atomic.Bool
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

// wrapDial makes connections that ask the gate before each piece of a write.
func (g *gated) wrapDial(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &gatedConn{connection, g}, nil
	}
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// gatedConn is below TLS: a record that it refuses is not sent, so the request is never complete.
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

// heldBack is the gate's own error.
type heldBack struct{ cause error }

func (h *heldBack) Error() string { return h.cause.Error() }
func (h *heldBack) Unwrap() error { return h.cause }

// shut is the gate of a read-only client.
func shut() error { return ErrReadOnly }
