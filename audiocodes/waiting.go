package audiocodes

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Waiting is the progress of a request.
type Waiting struct {
	Request int64 // its number among those of this client
	Stage   Stage
	Limit   time.Duration // how long the request may take
	Proven  bool          // the device has accepted the password before
}

// Stage is a stage of a request.
type Stage int

// The stages of a request, in their order. A request may end at any of them.
const (
	Connecting Stage = iota // to the device or its proxy, TLS included: no password is sent yet
	Answering               // the request, and with it the password, is sent
	Ended
)

// waiting reports the progress of a request until over is called.
func (c *Client) waiting(ctx context.Context, limit time.Duration) (told context.Context, over func()) {
	if c.options.Waiting == nil {
		return ctx, func() {}
	}
	how := Waiting{Request: c.requests.Add(1), Limit: limit, Proven: c.login.proven.Load()}
	tell := func(stage Stage) {
		how := how
		how.Stage = stage
		c.options.Waiting(how)
	}
	tell(Connecting)
	told = watched(ctx, watcher{wroteHeaders: func() { tell(Answering) }})
	return told, func() { tell(Ended) }
}

// admission asks whether a password that has not been sent to this device yet may be sent now. It asks only once a
// connection is made, so that a device that hangs earlier keeps no other waiting.
type admission struct {
	next http.RoundTripper
	ask  func() error

	mu       sync.Mutex
	admitted bool
}

// RoundTrip sends nothing if it may not: it closes the connection before the request is written to it.
func (a *admission) RoundTrip(request *http.Request) (*http.Response, error) {
	var refused error
	admit := func(info httptrace.GotConnInfo) {
		if refused = a.admit(); refused != nil {
			_ = info.Conn.Close()
		}
	}
	ctx := watched(request.Context(), watcher{gotConn: admit})
	response, err := a.next.RoundTrip(request.WithContext(ctx))
	if err != nil && refused != nil {
		return nil, &heldBack{refused}
	}
	return response, err
}

func (a *admission) admit() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.admitted {
		return nil
	}
	err := a.ask()
	a.admitted = err == nil
	return err
}
