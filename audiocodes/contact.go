package audiocodes

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Contact remembers for all clients that share it whether a device has answered. From then on broken connections are
// retried, because a restarting device looks the same.
type Contact struct{ made atomic.Bool }

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
