package httpserver

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// stage is what a connection is doing.
type stage int

const (
	waiting    stage = iota // for a request, or for the rest of its header
	busy                    // with a request of an unidentified caller
	identified              // with a request of a caller with a login
)

// connection is a connection that a bound counts.
type connection struct {
	net.Conn
	bound *bound
	from  string // "" for a Unix socket
	stage stage
	since uint64 // when it last began to wait, in a count that only rises
}

// Close frees the connection's place.
func (c *connection) Close() error {
	c.bound.mutex.Lock()
	delete(c.bound.open, c)
	c.bound.mutex.Unlock()
	return c.Conn.Close()
}

func (c *connection) enter(stage stage) {
	c.bound.mutex.Lock()
	defer c.bound.mutex.Unlock()
	c.stage = stage
	if stage == waiting {
		c.bound.count++
		c.since = c.bound.count
	}
}

type connectionKey struct{}

// connectionOf returns the connection of a request; nil for one that came without a bound, as in tests of handlers.
func connectionOf(ctx context.Context) *connection {
	c, _ := ctx.Value(connectionKey{}).(*connection)
	return c
}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	if counted := beneath(c); counted != nil {
		return context.WithValue(ctx, connectionKey{}, counted)
	}
	return ctx
}

// beneath returns the counted connection beneath TLS.
func beneath(c net.Conn) *connection {
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	counted, _ := c.(*connection)
	return counted
}

// follow marks a connection whose answer has gone out as waiting again.
func follow(c net.Conn, state http.ConnState) {
	if counted := beneath(c); counted != nil && state == http.StateIdle {
		counted.enter(waiting)
	}
}

// keepBusy marks the connection of a request as busy until its answer has gone out.
func keepBusy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := connectionOf(r.Context()); c != nil {
			c.enter(busy)
		}
		next.ServeHTTP(w, r)
	})
}
