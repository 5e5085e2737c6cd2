package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// ProbeFailure says why an address did not answer, for operators and programs.
type ProbeFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Error returns the message.
func (f *ProbeFailure) Error() string { return f.Message }

// Codes of failures. They are part of the documented JSON.
const (
	CodeUnresolved   = "unresolved"
	CodeNoAddress    = "no_address"
	CodeUnreachable  = "unreachable"
	CodeTimeout      = "timeout"
	CodeTLSFailed    = "tls_failed"
	CodeUntrusted    = "tls_untrusted"
	CodeWrongName    = "tls_wrong_name"
	CodeCertMissing  = "client_certificate_missing"
	CodeCertRejected = "client_certificate_rejected"
	CodeClosed       = "closed"
	CodeNoAnswer     = "no_answer"
	CodeBadAnswer    = "bad_answer"
	CodeInterrupted  = "interrupted"
)

// hints tells the operator what to do about each code.
var hints = map[string]string{
	CodeUnresolved:  "Check the spelling, and the DNS server of this machine: an SBC may use another.",
	CodeNoAddress:   "Remove --ipv4, --ipv6 or --source, or give one that fits the endpoint's addresses.",
	CodeUnreachable: "Check the route and the firewall from here to the port; an SBC may use another route.",
	CodeTimeout:     "Usually a firewall drops the packets; with SIP, Teams also ignores an SBC that it doesn't know.",
	CodeTLSFailed:   "The far end must support TLS 1.2 or 1.3 on this port; a device in between may break it.",
	CodeUntrusted: "An SBC with these roots would refuse this server. Compare the chain: a device that inspects TLS " +
		"presents its own CA.",
	CodeWrongName:   "The chain is trusted but belongs to another name; check where DNS leads, or give --server-name.",
	CodeCertMissing: "Give the SBC's certificate with --cert and its key with --key.",
	CodeCertRejected: "Check the SBC's certificate: its chain with the intermediates, its CA, its names " +
		"and its validity.",
	CodeClosed: "With mutual TLS, a far end often refuses a client certificate by closing the connection.",
	CodeNoAnswer: "TLS works, but SIP got no answer: Teams does not answer an SBC whose name " +
		"it doesn't know (--fqdn).",
	CodeBadAnswer:   "The service there does not speak SIP; check host and port.",
	CodeInterrupted: "Run it again.",
}

// Codes lists the codes of failures.
func Codes() []string {
	codes := make([]string, 0, len(hints))
	for code := range hints {
		codes = append(codes, code)
	}
	return codes
}

func failure(code, format string, arguments ...any) *ProbeFailure {
	return &ProbeFailure{Code: code, Message: fmt.Sprintf(format, arguments...), Hint: hints[code]}
}

// cause returns the innermost sentence of a network error, without addresses and operations.
func cause(err error) string {
	var system syscall.Errno
	switch {
	case errors.As(err, &system):
		return system.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		return operation.Err.Error()
	}
	return err.Error()
}

// unresolved returns why a name has no address here.
func unresolved(err error) string {
	var dns *net.DNSError
	switch {
	case isTimeout(err):
		return "the DNS server did not answer in time"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such name, or it has no address"
	case errors.As(err, &dns):
		return dns.Err
	}
	return err.Error()
}

// isTimeout reports whether the far end did not answer in time. Only contexts set deadlines.
func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}

// alert returns the text of a TLS alert that the far end sent; "" for other errors. crypto/tls does not export the type
// of these errors, but marks them with the operation's name.
func alert(err error) string {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "remote error" {
		return strings.TrimPrefix(operation.Err.Error(), "tls: ")
	}
	return ""
}

// windowsReset is WSAECONNRESET: on Windows, syscall.ECONNRESET has another value.
const windowsReset = syscall.Errno(10054)

// closed reports whether the far end ended the connection, with or without a reason.
func closed(err error) bool {
	return errors.Is(err, windowsReset) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// certificateAlerts are the alerts by which a server refuses a client certificate (RFC 5246, 7.2.2; RFC 8446, 6.2), in
// crypto/tls's words. A server sends access_denied for a certificate that is valid but not admitted.
var certificateAlerts = []string{
	"bad certificate", "unsupported certificate", "revoked certificate", "expired certificate",
	"unknown certificate", "unknown certificate authority", "certificate required", "access denied",
}
