package audiocodes

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// proxied names the proxy in every error before TLS with the device begins: until then, it is the proxy that fails.
type proxied struct {
	next  http.RoundTripper
	proxy *url.URL
	trial *ProxyTrial
}

func (p proxied) RoundTrip(request *http.Request) (*http.Response, error) {
	trial := p.trial
	if isBeside(request.Context()) {
		trial = nil // the proxy has taken the login on the first connection; what it refuses now is another one
	}
	ctx, named, err := throughTrial(request.Context(), p.proxy, trial)
	if err != nil {
		return nil, err
	}
	response, err := p.next.RoundTrip(request.WithContext(ctx))
	return response, named(err)
}

// throughTrial waits until the login's trial admits a connection. The caller makes the connection with the returned
// context and must call the function with its error: it names a proxy (nil: none) that failed before TLS began.
func throughTrial(ctx context.Context, proxy *url.URL, trial *ProxyTrial) (context.Context, func(error) error, error) {
	if proxy == nil {
		return ctx, func(err error) error { return err }, nil
	}
	done, err := trial.enter(ctx)
	if err != nil {
		return ctx, nil, &proxyError{name: nameOf(proxy), cause: err}
	}
	var reached atomic.Bool
	tried := watched(ctx, watcher{
		tlsHandshakeStart: func() { reached.Store(true); trial.tell(true); done() },
		gotConn:           func(httptrace.GotConnInfo) { reached.Store(true); done() },
	})
	return tried, func(err error) error {
		defer done()
		if err == nil || reached.Load() || errors.Is(err, errOpenToProxy) || errors.Is(err, errNoSeat) {
			return err
		}
		named := &proxyError{name: nameOf(proxy), cause: err}
		if answered, taken := named.login(); answered {
			trial.tell(taken)
		}
		return named
	}, nil
}

// nameOf returns a proxy's URL without the user part.
func nameOf(proxy *url.URL) string { return proxy.Scheme + "://" + proxy.Host }

// proxyError means that the proxy did not make a connection.
type proxyError struct {
	name  string
	cause error
}

func (e *proxyError) Error() string {
	var refused *proxyRefusal
	var op *net.OpError
	what := "did not connect to the device: " + e.cause.Error()
	switch {
	case errors.As(e.cause, &refused):
		what = refused.Error()
	case errors.Is(e.cause, errRefusedBefore):
		what = e.cause.Error()
	case errors.Is(e.cause, context.DeadlineExceeded), isTimeout(e.cause):
		what = "did not connect to the device in time"
	case errors.As(e.cause, &op) && op.Op == opProxy:
		what = "can't be reached: " + op.Err.Error()
	case errors.As(e.cause, &op) && op.Op == opSOCKS:
		what = "did not connect to the device: " + strings.TrimPrefix(op.Err.Error(), "unknown error ")
	}
	return "the proxy " + e.name + " " + what
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// net/http's words for making a connection to a proxy, and through a SOCKS proxy to the device.
const (
	opProxy = "proxyconnect"
	opSOCKS = "socks connect"
)

// proxyRefusal is a proxy's answer to CONNECT other than 200.
type proxyRefusal struct{ status int }

func (r *proxyRefusal) Error() string {
	return fmt.Sprintf("answered %d %s", r.status, cmp.Or(http.StatusText(r.status), "to CONNECT"))
}

// refuseConnect keeps the status of a refused CONNECT, which net/http would drop. The proxy's reason phrase is not
// shown: it may repeat what the proxy was sent.
// docs/design/device.md: The answer shows who refused
func refuseConnect(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{answer.StatusCode}
}

// final reports whether the proxy would answer the same again: it wants a login, or forbids the connection.
func (e *proxyError) final() bool {
	var refused *proxyRefusal
	if errors.As(e.cause, &refused) {
		return refused.status < 500 && refused.status != http.StatusTooManyRequests
	}
	return e.wantsLogin() || strings.Contains(e.cause.Error(), "not allowed by ruleset")
}

// closed reports whether the proxy, or the way to it, failed without saying why: another try may succeed.
func (e *proxyError) closed() bool {
	var refused *proxyRefusal
	if errors.As(e.cause, &refused) {
		return slices.Contains(gatewayFailures, refused.status)
	}
	return hungUp(e.cause)
}

var gatewayFailures = []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// proxyTookLogin reports whether another connection would send no unproven login to a proxy.
func (c *Client) proxyTookLogin() bool {
	proxy, trial := c.options.Proxy, c.options.ProxyTrial
	return proxy == nil || proxy.User == nil || trial != nil && trial.worked.Load() && !trial.refused.Load()
}

// socksLogins are net/http's words for a SOCKS proxy that refuses the login.
var socksLogins = []string{
	"no acceptable authentication methods", "username/password authentication failed", "invalid username/password",
}

func (e *proxyError) wantsLogin() bool {
	var refused *proxyRefusal
	if errors.As(e.cause, &refused) {
		return refused.status == http.StatusProxyAuthRequired
	}
	isIn := func(words string) bool { return strings.Contains(e.cause.Error(), words) }
	return errors.Is(e.cause, errRefusedBefore) || slices.ContainsFunc(socksLogins, isIn)
}

// login reports whether the proxy has answered the login, and whether it accepted it. A proxy that refuses a
// connection for another reason, such as an unreachable device, has accepted the login before.
func (e *proxyError) login() (answered, taken bool) {
	var refused *proxyRefusal
	return e.wantsLogin() || errors.As(e.cause, &refused), !e.wantsLogin()
}

// kind returns the error's kind of failure.
func (e *proxyError) kind() error {
	if e.wantsLogin() {
		return ErrProxyLogin
	}
	return ErrProxy
}

// throughProxy makes a transport use the proxy for https:// and nothing for http://.
func throughProxy(transport *http.Transport, proxy *url.URL) {
	used := proxy
	if used.Scheme == "https" { // its TLS is secureProxy's
		plain := *used
		plain.Scheme = "http"
		used = &plain
	}
	transport.OnProxyConnectResponse = refuseConnect
	transport.Proxy = func(request *http.Request) (*url.URL, error) {
		if request.URL.Scheme != "https" {
			return nil, errOpenToProxy
		}
		return used, nil
	}
}

// dialWith returns a function that connects to the device, or to its proxy. TLS with an https:// proxy is set up here
// and verified by the proxy's own name: net/http would check the proxy's certificate against the device's pins.
func dialWith(options Options) dialFunc {
	if options.Proxy == nil || options.Proxy.Scheme != "https" {
		return dialer.DialContext
	}
	return secureProxy{options.Proxy.Hostname(), options.Trust.CA}.dial
}

// secureProxy is a proxy reached over TLS. Its certificate must be for its name, and from a CA of the system or one of
// those that sign the devices' certificates; --insecure and pins apply only to devices.
type secureProxy struct {
	host string
	more *x509.CertPool // may be nil
}

func (p secureProxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	secured := tls.Client(connection, &tls.Config{
		ServerName: p.host, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // verify is the check, against two sets of CAs
		VerifyConnection:   p.verify,
	})
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = connection.Close()
		return nil, fmt.Errorf("TLS with the proxy: %w", err)
	}
	return secured, nil
}

func (p secureProxy) verify(state tls.ConnectionState) error {
	options := x509.VerifyOptions{DNSName: p.host, Intermediates: x509.NewCertPool()}
	for _, certificate := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(certificate)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	if err != nil && p.more != nil {
		options.Roots = p.more
		_, err = state.PeerCertificates[0].Verify(options)
	}
	return err
}

const (
	dialTimeout      = 15 * time.Second
	handshakeTimeout = 30 * time.Second
)

var dialer = &net.Dialer{Timeout: dialTimeout}
