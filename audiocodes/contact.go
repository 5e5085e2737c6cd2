package audiocodes

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Contact is what all clients that share it know of a device: whether it has answered (afterwards, broken connections
// are made again, because a restart looks the same), which login has worked, how long it takes to answer, whether it
// refuses a second connection, and how many it has.
type Contact struct {
	made  atomic.Bool
	proof atomic.Pointer[proof] // nil until a login has worked, and once it is refused
	pace  pace
	alone atomic.Bool // a second connection was refused
	count atomic.Int64
	once  sync.Once
	seats chan struct{} // made by room: one taken for each connection that stands or is being made
}

// Connections is how many connections to the device, or to its proxy, were made so far. What was read while it stayed
// the same came over the same one or two connections.
func (c *Contact) Connections() int64 { return c.count.Load() }

func (c *Contact) room() chan struct{} {
	c.once.Do(func() { c.seats = make(chan struct{}, mostConnections) })
	return c.seats
}

// seated makes connections that take a seat until they are closed. A connection that is being closed may still have
// one: the first connection waits for it, the second does without.
func (c *Contact) seated(dial dialFunc, take func(context.Context) error) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := take(ctx); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		stand := sync.OnceFunc(func() { <-c.room() })
		connection, err := dial(ctx, network, address)
		if err != nil {
			stand()
			return nil, err
		}
		c.count.Add(1)
		return &seatedConn{connection, stand}, nil
	}
}

// awaitSeat waits no longer than making a connection may take.
func (c *Contact) awaitSeat(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, errNoSeat)
	defer cancel()
	select {
	case c.room() <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Contact) trySeat(context.Context) error {
	select {
	case c.room() <- struct{}{}:
		return nil
	default:
		return errNoSeat
	}
}

type seatedConn struct {
	net.Conn
	stand func()
}

func (c *seatedConn) Close() error {
	defer c.stand()
	return c.Conn.Close()
}

// ProxyTrial tries a login to a proxy on one connection at a time until the proxy has accepted it, and never again
// after a refusal: such a login is often a directory account. Clients that log in to one proxy as one user share it.
type ProxyTrial struct {
	turn            chan struct{} // of capacity one
	worked, refused atomic.Bool
}

// NewProxyTrial is for a login that has not been sent to its proxy yet.
func NewProxyTrial() *ProxyTrial { return &ProxyTrial{turn: make(chan struct{}, 1)} }

// errRefusedBefore means that nothing was sent to the proxy.
var errRefusedBefore = errors.New("has refused the login before, so it was not sent again")

// trialTurn is how long a connection keeps others waiting. A proxy refuses a login at once; one that is silent this
// long is trying to reach a device that does not answer.
const trialTurn = 3 * time.Second

// enter waits for earlier connections until the login is proven. The caller must call done, once or more, when the
// proxy has connected or the caller has given up the connection.
func (t *ProxyTrial) enter(ctx context.Context) (done func(), err error) {
	switch {
	case t == nil:
		return func() {}, nil
	case t.refused.Load():
		return nil, errRefusedBefore
	case t.worked.Load():
		return func() {}, nil
	}
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	done = sync.OnceFunc(func() { <-t.turn })
	if t.refused.Load() {
		done()
		return nil, errRefusedBefore
	}
	time.AfterFunc(trialTurn, done)
	return done, nil
}

// tell records whether the proxy accepted the login.
func (t *ProxyTrial) tell(taken bool) {
	if t == nil {
		return
	}
	if taken {
		t.worked.Store(true)
		return
	}
	t.refused.Store(true)
}
