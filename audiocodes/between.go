package audiocodes

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Between acfix and the device there may be a proxy, single sign-on or a web application firewall
// that answers in the device's place. Its answers are told from the device's by what devices do not
// do: ask for a foreign login, or refuse with a web page (LTRT-41761: bodies are JSON).

var (
	errForeignLogin = errors.New("it asks for a login that is not the device's")
	errNoLogin      = errors.New("it names no way to log in; a proxy or single sign-on before the device may answer so")
	errLoginPage    = errors.New("it shows a web page")
	errProxyStatus  = errors.New("only a proxy answers so")
)

// refusal is the error of an answer outside 2xx.
func refusal(operation string, answer answered, secrets *mask) *Error {
	failure := statusError(operation, answer.status, answer.body, secrets)
	isPage := isWebPage(answer.header.Get("Content-Type"), string(answer.body))
	switch answer.status {
	case http.StatusUnauthorized:
		failure.explainLogin(challengesOf(answer.header), isPage)
	case http.StatusForbidden:
		if isPage {
			failure.kind = ErrFirewall
		}
	case http.StatusProxyAuthRequired:
		failure.kind, failure.cause = ErrFirewall, errProxyStatus
	case http.StatusMethodNotAllowed:
		failure.cause = ErrPerhapsLevel
	}
	return failure
}

// answered is what tells whose an answer is.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// explainLogin says of a 401 who may have sent it. A device may leave the challenge out, so one
// without is a refused password like any other.
func (e *Error) explainLogin(asked challenges, isPage bool) {
	switch {
	case asked.offer("basic"), asked.offer("digest"):
	case len(asked) > 0:
		e.kind, e.cause, e.foreign = ErrSignOn, errForeignLogin, asked.areForeign()
		if names := asked.schemes(); len(names) > 0 {
			e.cause = errors.New("it asks for " + strings.Join(names, ", "))
		}
	case isPage:
		e.kind, e.cause = ErrSignOn, errLoginPage
	default:
		e.cause = errNoLogin
	}
}

// signOn is what later requests fail with after a 401 that asked for another login than a device
// does; nil for any other.
func signOn(header http.Header) error {
	var e Error
	if e.explainLogin(challengesOf(header), false); e.kind == nil {
		return nil
	}
	return &e
}

// AskedForeign reports whether the error is a 401 that named only schemes which are not a device's
// (Bearer, Negotiate, NTLM): it says nothing of the password.
func AskedForeign(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.foreign
}

// isWebPage reports whether an answer is a page for people. Some devices and proxies call JSON
// text/html, and firewalls their pages anything.
func isWebPage(contentType, body string) bool {
	contentType = strings.ToLower(strings.TrimSpace(contentType))
	switch {
	case json.Valid([]byte(strings.TrimPrefix(body, "\ufeff"))):
		return false
	case strings.HasPrefix(contentType, "text/html"), strings.HasPrefix(contentType, "application/xhtml"):
		return true
	}
	start := strings.ToLower(body[:min(len(body), 1024)])
	start = strings.TrimLeft(strings.TrimPrefix(start, "\ufeff"), " \t\r\n")
	isIn := func(tag string) bool { return strings.Contains(start, tag) }
	return strings.HasPrefix(start, "<") && slices.ContainsFunc(pageTags, isIn)
}

var pageTags = []string{"<!doctype html", "<html", "<head", "<body"}
