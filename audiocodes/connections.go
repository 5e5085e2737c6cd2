package audiocodes

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// mostConnections allows for a connection that is still being made for a request that has given up.
const mostConnections = 2

// wholeRequest is the largest TLS record. A request up to this size, header and body, goes to the kernel in one call:
// a process suspended between two calls would leave half a write at the device and send the rest when it wakes up,
// perhaps long after another worker took over. A longer request (a restore's whole store) takes one call per record,
// and the gate is asked before each. With TLS 1.0, crypto/tls sends a request's first byte in a record of its own.
const wholeRequest = 16 << 10

var errOpenToProxy = errors.New("http:// is not used through a proxy: the password would be the proxy's to read")

// connections sends every write over a new connection, and reads over the newest one. A device may silently close a
// connection after any answer, and then it is unknown whether it carried out the request in flight: a read is sent
// again, a write must not be. The price is a TLS handshake, usually a resumed one, for each of an apply's few writes.
type connections struct {
	dial   func() *http.Transport // which has no connection yet
	newest atomic.Pointer[http.Transport]
}

func newConnections(dial func() *http.Transport) *connections {
	c := &connections{dial: dial}
	c.newest.Store(dial())
	return c
}

// RoundTrip must not be called while another request is under way.
// docs/design/device.md: A write uses a new connection
func (c *connections) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet {
		return c.newest.Load().RoundTrip(request)
	}
	fresh := c.dial()
	c.newest.Swap(fresh).CloseIdleConnections()
	isMade := false
	made := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { isMade = true }}
	response, err := fresh.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), made)))
	if err != nil && !isMade {
		return nil, &unsentError{err}
	}
	return response, err
}

func (c *connections) CloseIdleConnections() { c.newest.Load().CloseIdleConnections() }

// unsentError means that the connection, TLS included, was not made, so nothing of the request was sent.
type unsentError struct{ cause error }

func (u *unsentError) Error() string { return u.cause.Error() }
func (u *unsentError) Unwrap() error { return u.cause }

func isUnsent(err error) bool {
	var unsent *unsentError
	return errors.As(err, &unsent)
}

// connect prepares the connections, with the gate if there is one.
func (c *Client) connect() http.RoundTripper {
	dial := dialWith(c.options)
	var gate *gated
	if c.options.Gate != nil {
		gate = &gated{gate: c.options.Gate}
		dial = gate.wrapDial(dial)
	}
	config := c.options.Trust.config(func(sha256 string) { c.presented.Store(&sha256) }, func() { c.asked.Store(true) })
	config.ClientSessionCache = c.options.Sessions
	config.ServerName = zoneless(c.options.URL)
	config.DynamicRecordSizingDisabled = true // see wholeRequest
	c.connections = newConnections(func() *http.Transport {
		transport := newTransport(dial, config, c.options.Proxy)
		transport.TLSHandshakeTimeout = c.options.Timeout
		return transport
	})
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

func newTransport(dial dialFunc, config *tls.Config, proxy *url.URL) *http.Transport {
	transport := &http.Transport{
		TLSClientConfig:     config,
		DialContext:         dial,
		MaxConnsPerHost:     mostConnections,
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     wholeRequest,
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
