package audiocodes

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mostConnections to a device, those of all clients that share a Contact together. It leaves room for a second one
// beside the first, or beside a connection that is still being made for a request that gave up.
const mostConnections = 2

// wholeRequest is the largest TLS record. A request up to this size, header and body, goes to the kernel in one call:
// a process suspended between two calls would leave half a write at the device and send the rest when it wakes up,
// perhaps long after another worker took over. A longer request (a restore's whole store) takes one call per record,
// and the gate is asked before each. With TLS 1.0, crypto/tls sends a request's first byte in a record of its own.
const wholeRequest = 16 << 10

// shortRequest holds a read; in two calls it would do no harm.
const shortRequest = 2 << 10

var errOpenToProxy = errors.New("http:// is not used through a proxy: the password would be the proxy's to read")

// connections sends every write over a new connection, and reads over the newest one, or over a second beside it. A
// device may silently close a connection after any answer, and then it is unknown whether it carried out the request
// in flight: a read is sent again, a write must not be. The price is a TLS handshake, usually a resumed one, for each
// of an apply's few writes.
type connections struct {
	// dial and dialSecond make transports that have no connection yet and send a request up to that many bytes in one
	// call to the kernel.
	dial, dialSecond func(atOnce int) *http.Transport

	newest  atomic.Pointer[http.Transport]
	second  atomic.Pointer[http.Transport] // nil while there is none
	timed   func(*http.Request) *http.Request
	stand   func()          // called when the first connection is made
	stands  <-chan struct{} // closed by it
	writing atomic.Bool
}

// RoundTrip must not be called for a write while another request is under way, nor for two reads over one connection.
// docs/design/device.md: A write uses a new connection
func (c *connections) RoundTrip(request *http.Request) (*http.Response, error) {
	switch {
	case request.Method != http.MethodGet:
		return c.write(request)
	case isBeside(request.Context()):
		if c.second.Load() == nil {
			c.second.Store(c.dialSecond(shortRequest))
		}
		return c.read(c.second.Load(), request)
	default:
		return c.read(c.newest.Load(), c.onFirst(request))
	}
}

func (c *connections) write(request *http.Request) (*http.Response, error) {
	c.writing.Store(true)
	defer c.writing.Store(false)
	fresh := c.dial(wholeRequest)
	c.newest.Swap(fresh).CloseIdleConnections()
	response, isMade, err := roundTrip(fresh, c.onFirst(request))
	if err != nil && !isMade {
		return nil, &unsentError{err}
	}
	return response, err
}

// onFirst notes how long the first connection and its first answer take, and when that connection is made.
func (c *connections) onFirst(request *http.Request) *http.Request {
	made := watcher{gotConn: func(httptrace.GotConnInfo) { c.stand() }}
	return c.timed(request.WithContext(watched(request.Context(), made)))
}

// read ends a connection that is still being made when the read gives up, where there are two: it would be a third.
func (c *connections) read(over *http.Transport, request *http.Request) (*http.Response, error) {
	response, isMade, err := roundTrip(over, request)
	if err != nil && !isMade && c.second.Load() != nil {
		over.CloseIdleConnections()
	}
	return response, err
}

// roundTrip reports beside the outcome whether the request had a connection.
func roundTrip(over *http.Transport, request *http.Request) (response *http.Response, isMade bool, err error) {
	made := watcher{gotConn: func(httptrace.GotConnInfo) { isMade = true }}
	response, err = over.RoundTrip(request.WithContext(traced(watched(request.Context(), made))))
	return response, isMade, err
}

// dropSecond closes the second connection. No request may be under way over it.
func (c *connections) dropSecond() {
	if second := c.second.Swap(nil); second != nil {
		second.CloseIdleConnections()
	}
}

func (c *connections) closeIdle() {
	c.newest.Load().CloseIdleConnections()
	if second := c.second.Load(); second != nil {
		second.CloseIdleConnections()
	}
}

// unsentError means that the connection, TLS included, was not made, so nothing of the request was sent.
type unsentError struct{ cause error }

func (u *unsentError) Error() string { return u.cause.Error() }
func (u *unsentError) Unwrap() error { return u.cause }

func isUnsent(err error) bool {
	var unsent *unsentError
	return errors.As(err, &unsent)
}

// connect prepares the connections, with the gate if there is one.
func (c *Client) connect(dial dialFunc) http.RoundTripper {
	contact := c.options.Contact
	first, second := contact.seated(dial, contact.awaitSeat), contact.seated(dial, contact.trySeat)
	var gate *gated
	if c.options.Gate != nil {
		gate = &gated{gate: c.options.Gate}
		first, second = gate.wrapDial(first), gate.wrapDial(second)
	}
	stands := make(chan struct{})
	c.connections = &connections{
		dial: c.transports(first, c.present), dialSecond: c.transports(second, c.presentAgain),
		timed: func(request *http.Request) *http.Request { return contact.pace.watch(request, c.options.Now) },
		stand: sync.OnceFunc(func() { close(stands) }), stands: stands,
	}
	c.connections.newest.Store(c.connections.dial(shortRequest))
	var guarded http.RoundTripper = c.connections
	if c.options.Proxy != nil {
		guarded = proxied{next: guarded, proxy: c.options.Proxy, trial: c.options.ProxyTrial}
	}
	c.wire = guarded
	if gate == nil {
		return guarded
	}
	gate.next = guarded
	return gate
}

// transports returns a function that makes transports. Each is for one connection, so that no pool decides which one a
// request takes.
func (c *Client) transports(dial dialFunc, presented func(sha256 string) error) func(atOnce int) *http.Transport {
	config := c.options.Trust.config(presented, func() { c.asked.Store(true) })
	config.ClientSessionCache = c.options.Sessions // one session is enough for two connections
	config.ServerName = zoneless(c.options.URL)
	config.DynamicRecordSizingDisabled = true // see wholeRequest
	return func(atOnce int) *http.Transport {
		transport := newTransport(dial, config, c.options.Proxy)
		transport.WriteBufferSize = atOnce
		transport.TLSHandshakeTimeout = c.options.Timeout
		return transport
	}
}

// present records the first connection's certificate. Where another one is accepted than before, the second
// connection may lead to another device, to which no login is proven, and a write would go to one that no reading has
// shown: it is not sent.
// docs/design/device.md: A write uses a new connection
func (c *Client) present(sha256 string) error {
	before := c.presented.Swap(&sha256)
	known := c.options.Contact.proof.Load()
	isOther := before != nil && *before != sha256
	if isOther || known != nil && known.certificate != sha256 {
		c.options.Contact.alone.Store(true)
	}
	if isOther && c.connections.writing.Load() {
		return errNotAsRead
	}
	return nil
}

// presentAgain compares the second connection's certificate with the first one's.
func (c *Client) presentAgain(sha256 string) error {
	if sha256 != c.PresentedCertificate() {
		return errAnotherCertificate
	}
	return nil
}

func newTransport(dial dialFunc, config *tls.Config, proxy *url.URL) *http.Transport {
	transport := &http.Transport{
		TLSClientConfig:     config,
		DialContext:         dial,
		MaxConnsPerHost:     mostConnections,
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		// Never a proxy from the environment: the operator did not choose it for this device.
		Proxy: nil,
	}
	if proxy != nil {
		throughProxy(transport, proxy)
	}
	return transport
}

// zoneless returns the host of a URL with a zoned link-local address, without the zone; "" for any other URL.
// Certificates contain only the address: the zone is local to this machine (RFC 4007, 11.2).
func zoneless(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host, _, hasZone := strings.Cut(parsed.Hostname(), "%")
	if !hasZone {
		return ""
	}
	return host
}
