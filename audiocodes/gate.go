package audiocodes

import "net/http"

// gated lets GET through and asks the gate before anything else is sent. It is below the
// login: the request that answers a challenge is asked for too.
type gated struct {
	next http.RoundTripper
	gate func() error
}

func (g gated) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		if err := g.gate(); err != nil {
			return nil, &heldBack{err}
		}
	}
	return g.next.RoundTrip(request)
}

// heldBack is the gate's own error, wherever it comes up.
type heldBack struct{ cause error }

func (h *heldBack) Error() string { return h.cause.Error() }
func (h *heldBack) Unwrap() error { return h.cause }

// shut is the gate of a client that only reads.
func shut() error { return ErrReadOnly }
