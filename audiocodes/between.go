package audiocodes

import (
	"errors"
	"net/http"
	"strings"
)

// A proxy, single sign-on or web application firewall may answer in the device's place. Such answers do what devices
// do not: ask for a foreign login, or refuse with a web page (LTRT-41761: bodies are JSON).

var (
	errForeignLogin = errors.New("it asks for a login that is not the device's")
	errNoLogin      = errors.New("it names no way to log in; a proxy or single sign-on before the device may answer so")
	errLoginPage    = errors.New("it shows a web page")
	errProxyStatus  = errors.New("only a proxy answers so")
)

// refusedBy returns the error of an answer outside 2xx: from the device, or from whatever is in front of it.
func refusedBy(operation string, answer answered, secrets *mask) *Error {
	failure := statusError(operation, answer.status, answer.body, secrets)
	showsPage := isPage(http.MethodGet, answer.header.Get("Content-Type"), string(answer.body))
	switch answer.status {
	case http.StatusUnauthorized:
		failure.explainLogin(challengesOf(answer.header), showsPage)
	case http.StatusForbidden:
		if showsPage {
			failure.kind = ErrFirewall
		}
	case http.StatusProxyAuthRequired:
		failure.kind, failure.cause = ErrFirewall, errProxyStatus
	case http.StatusMethodNotAllowed:
		failure.cause = ErrPerhapsLevel
	}
	return failure
}

// answered holds what shows who sent an answer.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// explainLogin adds to a 401 what its sender may be. If a device omits the challenge, the password counts as refused.
func (e *Error) explainLogin(asked challenges, showsPage bool) {
	switch {
	case asked.offer("basic"), asked.offer("digest"):
	case len(asked) > 0:
		e.kind = ErrSignOn
		e.cause = errForeignLogin
		e.foreign = asked.areForeign()
		if names := asked.schemes(); len(names) > 0 {
			e.cause = errors.New("it asks for " + strings.Join(names, ", "))
		}
	case showsPage:
		e.kind, e.cause = ErrSignOn, errLoginPage
	default:
		e.cause = errNoLogin
	}
}

// signOn returns the error of later requests after a 401 that asked for a foreign login; nil for any other 401.
func signOn(header http.Header) error {
	var e Error
	if e.explainLogin(challengesOf(header), false); e.kind == nil {
		return nil
	}
	return &e
}

// AskedForeign reports whether the error is a 401 that named only schemes that devices do not use
// (Bearer, Negotiate, NTLM), and so says nothing about the password.
func AskedForeign(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.foreign
}
