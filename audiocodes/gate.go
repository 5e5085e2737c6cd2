package audiocodes

import (
	"io"
	"net/http"
)

// gated lets GET through and asks the gate before anything else is sent. It is below the
// login: the request that answers a challenge is asked for too.
type gated struct {
	next http.RoundTripper
	gate func() error
}

func (g gated) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet {
		return g.next.RoundTrip(request)
	}
	if err := g.gate(); err != nil {
		return nil, &heldBack{err}
	}
	if request.Body != nil && request.Body != http.NoBody {
		request = request.Clone(request.Context())
		request.Body = &gatedBody{ReadCloser: request.Body, gate: g.gate, left: max(1, request.ContentLength)}
	}
	return g.next.RoundTrip(request)
}

// gatedBody asks again while the request is sent: a connection may take long to be made, and
// the process may stand still meanwhile. A device does nothing about half a request.
type gatedBody struct {
	io.ReadCloser
	gate func() error
	left int64 // bytes; once all are on their way it is too late to hold anything back
}

func (b *gatedBody) Read(p []byte) (int, error) {
	if b.left > 0 {
		if err := b.gate(); err != nil {
			return 0, &heldBack{err}
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// heldBack is the gate's own error, wherever it comes up.
type heldBack struct{ cause error }

func (h *heldBack) Error() string { return h.cause.Error() }
func (h *heldBack) Unwrap() error { return h.cause }

// shut is the gate of a client that only reads.
func shut() error { return ErrReadOnly }
