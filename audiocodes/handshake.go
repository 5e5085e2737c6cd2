package audiocodes

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
)

// refusal is a reason why TLS fails. It accompanies ErrUnreachable and matches ErrHandshake: retrying is useless.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func (r *refusal) Is(target error) bool { return target == ErrHandshake }

// The reasons that an operator can do something about, for errors.Is.
var (
	ErrOldTLS            error = &refusal{"the device and acfix have no TLS version in common that is allowed here"}
	ErrOldCiphers        error = &refusal{"the device and acfix have no cipher suite in common that is allowed here"}
	ErrClientCertificate error = &refusal{"the device demands a client certificate"}
	ErrClientRefused     error = &refusal{"the device does not accept the client certificate"}
	ErrLateCertificate   error = &refusal{"the device asks for a client certificate in a way that acfix can't answer"}
	ErrNoTLS             error = &refusal{"what answers there does not speak TLS"}
	ErrUnreadCertificate error = &refusal{"the device's certificate can't be read"}
)

// ErrHungUp stands beside ErrUnreachable: the connection was closed during the TLS handshake. Old firmware does this
// where newer firmware sends an alert; so do a restarting device and a firewall.
var ErrHungUp = errors.New("the connection was closed during the TLS handshake")

// Alerts (RFC 5246, 7.2.2; RFC 8446, 6.2; RFC 5077) by what the device rejects.
var (
	versionAlerts = []tls.AlertError{70, 86}
	suiteAlerts   = []tls.AlertError{40, 71}
	// These can only mean the client's certificate, or the lack of one.
	certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}
	// From a device that has completed a handshake with this client before, these may be temporary.
	passingAlerts = []tls.AlertError{20, 80, 90}
)

const (
	decodeError     tls.AlertError = 50
	noRenegotiation tls.AlertError = 100
)

// handshakes observes the TLS handshakes of one request. net/http may make a connection for a request and then send
// the request over another that became free: therefore it also records whether the request got a connection.
type handshakes struct {
	failed, connected atomic.Bool
	version           atomic.Uint32 // of the newest that succeeded; 0 if none did
}

func (h *handshakes) watch(ctx context.Context) context.Context {
	return watched(ctx, watcher{
		getConn: func(string) { h.connected.Store(false) },
		gotConn: func(httptrace.GotConnInfo) { h.connected.Store(true) },
		tlsHandshakeDone: func(state tls.ConnectionState, err error) {
			if h.failed.Store(err != nil); err == nil {
				h.version.Store(uint32(state.Version))
			}
		},
	})
}

// blocked reports whether a failed handshake prevented the request from being sent.
func (h *handshakes) blocked() bool { return h.failed.Load() && !h.connected.Load() }

// nameRefusal adds to a transport error why TLS failed. After a failed handshake the device has not seen the request.
func (c *Client) nameRefusal(err error, seen *handshakes) error {
	var failed *Error
	if !errors.As(err, &failed) || failed.beforeContact || errors.Is(err, ErrTimeout) {
		return err
	}
	failed.beforeContact = seen.blocked()
	if errors.Is(err, ErrUntrusted) || !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrBadAnswer) {
		return err
	}
	reason := c.refusal(failed.cause, seen.blocked())
	if wasTLS13 := seen.version.Load() == tls.VersionTLS13; reason == nil && wasTLS13 && c.asked.Load() &&
		!c.contacted() && isReset(failed.cause) {
		// Under TLS 1.3 a client is done before the device has judged its certificate. If the device then closes the
		// connection with the request unread, the connection is reset and the alert is lost.
		reason = c.certificateRefusal()
	}
	if reason == nil {
		return err
	}
	failed.kind = ErrUnreachable
	failed.cause = c.secrets.cause(&refused{reason: reason, cause: failed.cause})
	return failed
}

// refused is a reason with its evidence. Its text is cut, because an error about a certificate quotes from it.
type refused struct{ reason, cause error }

func (r *refused) Error() string {
	text := []rune(r.cause.Error())
	if len(text) > longestQuote {
		text = append(text[:longestQuote], '…')
	}
	return r.reason.Error() + ": " + string(text)
}

func (r *refused) Unwrap() []error { return []error{r.reason, r.cause} }

const longestQuote = 300

// refusal returns the reason why TLS with the device failed; nil if something else failed.
// docs/design/device.md: A refused handshake is named and not repeated
func (c *Client) refusal(err error, shaking bool) error {
	if alert, remote := remoteAlert(err); remote {
		return c.alerted(alert, shaking)
	}
	for _, row := range localRefusals {
		if strings.Contains(err.Error(), row.text) {
			return row.reason
		}
	}
	var record tls.RecordHeaderError
	switch {
	case strings.Contains(err.Error(), noRenegotiation.Error()):
		return c.lateRequest()
	case !shaking && strings.Contains(err.Error(), "local error: "+decodeError.Error()):
		// crypto/tls fails on the context of a certificate request after the TLS 1.3 handshake (RFC 8446, 4.3.2).
		return ErrLateCertificate
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return ErrNoTLS
	case shaking && hungUp(err):
		return ErrHungUp
	case shaking:
		return ErrHandshake
	}
	return nil
}

// localRefusals are crypto/tls's words about a device's answer; it exports no errors to test for.
var localRefusals = []struct {
	text   string
	reason error
}{
	{"tls: server selected unsupported protocol version", ErrOldTLS},
	{"tls: server chose an unconfigured cipher suite", ErrOldCiphers},
	{"tls: failed to parse certificate from server", ErrUnreadCertificate},
	{"tls: server sent certificate containing RSA key larger than", ErrUnreadCertificate},
	{"tls: server's certificate contains an unsupported type of public key", ErrUnreadCertificate},
	{"tls: received unexpected handshake message of type *tls.certificateRequestMsg", ErrLateCertificate},
}

// alerted returns what a device's alert means for this client; nil if trying again may help.
func (c *Client) alerted(alert tls.AlertError, shaking bool) error {
	trust := c.options.Trust
	switch {
	case slices.Contains(certificateAlerts, alert),
		c.asked.Load() && slices.Contains(suiteAlerts, alert):
		return c.certificateRefusal()
	case c.contacted() && (!shaking || slices.Contains(passingAlerts, alert)):
		return nil
	case slices.Contains(versionAlerts, alert) && trust.lowest() > tls.VersionTLS10:
		return ErrOldTLS
	case slices.Contains(suiteAlerts, alert) && !trust.allowsAllSuites():
		return ErrOldCiphers
	default:
		return ErrHandshake
	}
}

// certificateRefusal says that the device demands a client certificate, or a different one.
func (c *Client) certificateRefusal() error {
	if c.options.Trust.Client == nil {
		return ErrClientCertificate
	}
	return ErrClientRefused
}

// lateRequest is for a device that starts a second handshake on a connection. In TLS 1.2 and earlier a device does so
// to ask for a client certificate once it knows the request; a client with a certificate takes part once.
func (c *Client) lateRequest() error {
	if c.options.Trust.Client == nil {
		return ErrClientCertificate
	}
	return ErrLateCertificate
}

// remoteAlert returns the alert with which the device ended the connection. crypto/tls does not export the alert's
// type; its text is that of tls.AlertError.
func remoteAlert(err error) (tls.AlertError, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	for alert := range 256 {
		if said := tls.AlertError(alert); op.Err.Error() == said.Error() {
			return said, true
		}
	}
	return 0, false
}

// isReset reports whether the connection ended with data still in transit.
func isReset(err error) bool {
	return hungUp(err) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
}

// hungUp reports whether the connection ended without a TLS alert.
func hungUp(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write") ||
		strings.Contains(err.Error(), "http: server closed idle connection")
}
