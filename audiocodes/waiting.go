package audiocodes

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Waiting is how far a request is.
type Waiting struct {
	Request int64 // its number among those of this client
	Stage   Stage
	Limit   time.Duration // how long the request may take
	Proven  bool          // the device has taken the password before
}

// Stage is a part of a request's way.
type Stage int

// The stages of a request, in their order. A request may end at any of them.
const (
	Connecting Stage = iota // to the device or its proxy, TLS included: no password was sent
	Answering               // the request is on its way, and with it the password
	Ended
)

// waiting tells how far a request is, until over is called.
func (c *Client) waiting(ctx context.Context, limit time.Duration) (traced context.Context, over func()) {
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
	traced = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { tell(Answering) }})
	return traced, func() { tell(Ended) }
}

// admission is the question whether a password that has not been sent to this device yet may be
// sent now. It is asked when the connection stands: a device that hangs before makes no other wait.
type admission struct {
	next http.RoundTripper
	ask  func() error

	mu       sync.Mutex
	admitted bool
}

// RoundTrip sends nothing when the answer is no: the connection is closed before the request is written to it.
func (a *admission) RoundTrip(request *http.Request) (*http.Response, error) {
	var refused error
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if refused = a.admit(); refused != nil {
			_ = info.Conn.Close()
		}
	}})
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
