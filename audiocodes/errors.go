package audiocodes

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/internal/weakrsa"
)

// The kinds of failure, for errors.Is. A failed request is an *Error of exactly one kind, or the context's error.
var (
	ErrUnreachable  = errors.New("device unreachable")
	ErrTimeout      = errors.New("no answer in time")
	ErrUntrusted    = errors.New("management certificate not trusted")
	ErrUnauthorized = errors.New("user name or password refused")
	ErrForbidden    = errors.New("privilege level too low")
	ErrUnsupported  = errors.New("request not supported by this device")
	ErrBusy         = errors.New("device busy")
	ErrRejected     = errors.New("device rejected the request")
	ErrBadAnswer    = errors.New("answer not understood")
	// ErrHandshake stands beside ErrUnreachable: something answers, but TLS fails. Trying again
	// changes nothing. Known reasons have errors of their own.
	ErrHandshake = errors.New("the TLS handshake failed")
	// ErrNotPinned stands beside ErrUntrusted: there are pins, and the device shows another certificate.
	ErrNotPinned = errors.New("the presented certificate is none of the pinned ones")
	// ErrWeakKey stands beside ErrUntrusted: an RSA key below 1024 bits, which only a pin excuses.
	ErrWeakKey = weakrsa.Err
	// ErrSignOn stands beside ErrUnauthorized: a 401 that a device would not send.
	ErrSignOn = errors.New("a proxy or single sign-on stands before the device")
	// ErrFirewall stands beside ErrBadAnswer: a refusal that a device would not send. The device may
	// have carried out the request: some firewalls stop only the answer.
	ErrFirewall = errors.New(
		"something before the device, such as a web application firewall or a proxy, refused the request")
	// ErrPerhapsLevel stands beside ErrUnsupported: devices also answer 405 if the privilege level is too low.
	ErrPerhapsLevel = errors.New("or the account's privilege level is too low for it")
	// ErrMachine stands beside ErrUnreachable: this machine could not make the connection, such as for too many open
	// files, so nothing was sent.
	ErrMachine = errors.New("this machine can't connect")
	// ErrProxy stands beside ErrUnreachable: Options.Proxy did not connect to the device, so nothing was sent.
	ErrProxy = errors.New("no connection through the proxy")
	// ErrProxyLogin is an ErrProxy: the proxy asks for a login, or refuses the one it was sent.
	ErrProxyLogin = fmt.Errorf("%w, which asks for a login", ErrProxy)
	// ErrTooLarge stands beside ErrBadAnswer: the answer exceeds the limit for this request.
	ErrTooLarge = errors.New("the answer is larger than acfix reads")
	// ErrReadOnly is a read-only client's error for every request but GET. Nothing is sent.
	ErrReadOnly = errors.New("this client only reads")
	// ErrHeldBack means that Options.Gate or Options.Admit refused the request. Nothing was sent.
	ErrHeldBack = errors.New("the request was held back")
)

// beside is the general kind that an error of a more specific kind has too.
var beside = map[error]error{
	ErrSignOn: ErrUnauthorized, ErrFirewall: ErrBadAnswer, ErrMachine: ErrUnreachable, ErrProxy: ErrUnreachable, ErrProxyLogin: ErrUnreachable,
}

// Error is a failed request. It holds no secrets: no header, no password, no user part of a URL.
type Error struct {
	Operation   string // "read the configuration"
	Status      int    // HTTP status; 0 when there was no answer
	Description string // the device's own words, cleaned of control characters
	Fingerprint string // SHA-256 of the presented certificate, only with ErrUntrusted
	// After is how long the device asks to wait (Retry-After, only with ErrBusy); 0 if it does not ask.
	After time.Duration

	kind  error
	cause error
	// beforeContact: the connection was never made, so the device did not see the request.
	beforeContact bool
	unsent        bool // the connection of a write, TLS included, was not made
	closed        bool // the proxy closed the connection or failed, without refusing the request
	cutOff        bool // the answer can't be decoded, perhaps because it is incomplete
	final         bool // trying again changes nothing
	foreign       bool // a 401 that named only foreign schemes
}

// Error says what failed, in the order of operation, kind, status, the wait asked for, description, cause.
func (e *Error) Error() string {
	text := e.Operation + ": " + e.kind.Error()
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.After > 0 {
		text += ": it asks to wait " + waitText(e.After)
	}
	if e.Description != "" {
		text += fmt.Sprintf(": the device says %q", e.Description)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap makes errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error {
	chain := []error{e.kind}
	for _, more := range []error{beside[e.kind], e.cause} {
		if more != nil {
			chain = append(chain, more)
		}
	}
	return chain
}

// RetryAfter is how long the device asks to wait before the request is sent again; 0 when it does not ask.
func (e *Error) RetryAfter() time.Duration { return e.After }

// Absent reports whether the device says that there is nothing to read, and with which status: 400 is documented for a
// resource without content (LTRT-41761, "HTTP Status Codes"), 404 is plausible; no other status proves it.
func Absent(err error) (status int, absent bool) {
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest && e.Status != http.StatusNotFound {
		return 0, false
	}
	return e.Status, true
}

// NotDone reports whether the device certainly did not carry out the request: no connection was made, TLS included, or
// the device refused the request for now. Any other failed write may have been carried out, or may still be.
func NotDone(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.beforeContact || e.unsent || slices.Contains(refusedForNow, e.Status))
}

// refusedForNow are the statuses of a request that the device did not start: 409 (LTRT-41761, "HTTP Status Codes"),
// 423 (RFC 4918), 425 (RFC 8470) and 429 (RFC 6585).
var refusedForNow = []int{http.StatusConflict, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests}

// PutOff reports whether the device, or something in front of it, asks for the request again without ruling out that
// the first one is still carried out: the sender of a 408 or 503 may have given up on work that continues.
func PutOff(err error) bool { return errors.Is(err, ErrBusy) && !NotDone(err) }

// statusKinds maps HTTP statuses to kinds ("REST API for Mediant Devices", LTRT-41761, "HTTP Status Codes").
var statusKinds = map[int]error{
	http.StatusBadRequest:         ErrRejected,
	http.StatusUnauthorized:       ErrUnauthorized,
	http.StatusForbidden:          ErrForbidden,
	http.StatusNotFound:           ErrUnsupported,
	http.StatusMethodNotAllowed:   ErrUnsupported,
	http.StatusRequestTimeout:     ErrBusy,
	http.StatusConflict:           ErrBusy,
	http.StatusLocked:             ErrBusy,
	http.StatusTooEarly:           ErrBusy,
	http.StatusTooManyRequests:    ErrBusy,
	http.StatusNotImplemented:     ErrUnsupported,
	http.StatusServiceUnavailable: ErrBusy,
}

// statusError is the error of an answer outside 2xx.
func statusError(operation string, status int, body []byte, secrets *mask) *Error {
	kind, known := statusKinds[status]
	if !known {
		kind = ErrBadAnswer
		if status >= 400 && status < 500 {
			kind = ErrRejected
		}
	}
	return &Error{Operation: operation, Status: status, Description: description(body, secrets), kind: kind}
}

// description returns the device's JSON {"description": …}, fit to be shown; the document says not to rely on it.
// The text is masked before it is cut: the mask would miss half a password.
func description(body []byte, secrets *mask) string {
	var answer struct {
		Description string `json:"description"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, secrets.text(answer.Description))
	if runes := []rune(clean); len(runes) > 200 {
		clean = string(runes[:200]) + "…"
	}
	return strings.TrimSpace(clean)
}

// badAnswer is for an answer that arrived but is unusable.
func (c *Client) badAnswer(operation string, cause error) *Error {
	return &Error{Operation: operation, kind: ErrBadAnswer, cause: c.secrets.cause(cause)}
}

// errBadURL replaces the parser's error for Options.URL, which would quote the URL and perhaps its user part.
var errBadURL = errors.New("the address is not a URL")

// transportError sorts a failure below HTTP, and masks what its cause quotes from an answer.
func (c *Client) transportError(parent context.Context, operation string, err error) error {
	err = transportError(parent, operation, err)
	var failed *Error
	if errors.As(err, &failed) {
		failed.cause = c.secrets.cause(failed.cause)
	}
	return err
}

// transportError sorts a failure below HTTP. parent is the caller's context, without the deadline of this request.
func transportError(parent context.Context, operation string, err error) error {
	if parent.Err() != nil {
		return fmt.Errorf("%s: %w", operation, parent.Err())
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the URL adds nothing and could hold a secret
		if wrapped.Op == "parse" {
			err = errBadURL
		}
	}
	result := &Error{
		Operation: operation, kind: ErrUnreachable, cause: err,
		beforeContact: unconnected(err), unsent: isUnsent(err),
	}
	var pin *pinError
	var verification *tls.CertificateVerificationError
	var timeout net.Error
	var held *heldBack
	var proxy *proxyError
	var foreign *Error
	switch {
	case errors.Is(err, ErrReadOnly):
		result.kind, result.cause = ErrReadOnly, nil
	case errors.As(err, &held):
		result.kind, result.cause = ErrHeldBack, held.cause
	case errors.As(err, &foreign): // an earlier refusal, which ended the login
		result.kind = foreign.kind
		result.cause = foreign.cause
		result.foreign = foreign.foreign
	case errors.Is(err, errRefused):
		result.kind, result.cause = ErrUnauthorized, err
	case localfault.Is(err):
		result.kind = ErrMachine
	case errors.As(err, &proxy):
		result.kind, result.beforeContact = proxy.kind(), true
		result.closed, result.final = proxy.closed(), proxy.final()
	case errors.As(err, &pin):
		result.kind, result.Fingerprint = ErrUntrusted, pin.presented
	case errors.As(err, &verification):
		result.kind = ErrUntrusted
		if chain := verification.UnverifiedCertificates; len(chain) > 0 {
			result.Fingerprint = fingerprint(chain[0].Raw)
		}
		result.cause = verification.Err
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		result.kind = ErrTimeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		result.kind = ErrBadAnswer
	}
	return result
}

// dialling are net/http's words for making a connection: directly, to a proxy, and through a SOCKS proxy to the
// device. No part of a request is sent before the connection is made.
var dialling = []string{"dial", opProxy, opSOCKS}

func unconnected(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && slices.Contains(dialling, op.Op) || errors.As(err, &dns) ||
		errors.Is(err, errBadURL) || errors.Is(err, errOpenToProxy)
}
