package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/retry"
)

// Kinds of errors, to test for with errors.Is.
var (
	ErrAddress     = errors.New("the webhook's address can't be used")
	ErrUnreachable = errors.New("the webhook can't be reached")
	ErrRefused     = errors.New("the webhook refused the message")
)

// Error is why a message was not sent. It never holds the webhook's address nor what the
// webhook answered.
type Error struct {
	Kind   error
	Detail string
	passes bool
}

func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Detail }

// Unwrap is the kind.
func (e *Error) Unwrap() error { return e.Kind }

// Hook is a webhook's address. Whoever knows it can post, so it never shows: however it is
// printed, logged or encoded, it is the word "webhook".
type Hook struct{ address *url.URL }

// ParseHook reads an address; white space around it, as at the end of a file, doesn't matter.
// It is https, or http on this machine. An error is of kind ErrAddress.
func ParseHook(text string) (Hook, error) {
	address, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || address.Hostname() == "":
		return Hook{}, &Error{Kind: ErrAddress, Detail: "it is no URL"}
	case address.Scheme != "https" && !(address.Scheme == "http" && foreign.IsThisMachine(address.Hostname())):
		return Hook{}, &Error{Kind: ErrAddress, Detail: "https is wanted"}
	}
	return Hook{address}, nil
}

// Format writes the word "webhook", whatever the verb.
func (h Hook) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "webhook") }

// MarshalText is the word "webhook".
func (h Hook) MarshalText() ([]byte, error) { return []byte("webhook"), nil }

// Sender posts messages. That one is lost is for the log: it never changes what a run came to.
type Sender struct {
	Client  *http.Client  // for its transport: trust and proxy
	Timeout time.Duration // of one try
	Retry   retry.Policy  // no answer, 429 and 5xx are tried again; so a message may arrive twice
}

// Send posts the body of a message. Redirects are followed on the same host alone. An error is
// of type *Error, or the context's own.
func (s Sender) Send(ctx context.Context, hook Hook, body []byte) error {
	if hook.address == nil {
		return &Error{Kind: ErrAddress, Detail: "it is empty"}
	}
	client := &http.Client{Transport: s.Client.Transport, CheckRedirect: sameHost}
	return s.Retry.Do(ctx, passes, func(ctx context.Context) error {
		try, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		err := post(try, client, hook, body)
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	})
}

func passes(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.passes
}

func post(ctx context.Context, client *http.Client, hook Hook, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.address.String(), bytes.NewReader(body))
	if err != nil {
		return &Error{Kind: ErrAddress, Detail: "no request can be made of it"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "acfix")
	response, err := client.Do(request)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	const enough = 64 << 10 // of an answer that nobody reads, so that the connection can be used again
	_, _ = io.CopyN(io.Discard, response.Body, enough)
	if response.StatusCode/100 == 2 {
		return nil
	}
	again := response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError
	return &Error{Kind: ErrRefused, Detail: fmt.Sprintf("HTTP status %d", response.StatusCode), passes: again}
}

var errRedirect = errors.New("redirect")

// sameHost lets a webhook move within its host. Elsewhere the message must not go, and a
// redirect that turns the POST into a GET would lose it silently.
func sameHost(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	const most = 3
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme || next.Method != http.MethodPost || len(before) > most {
		return errRedirect
	}
	return nil
}

// unreachable says why in our own words: errors of net/http quote the address.
func unreachable(err error) *Error {
	var name *net.DNSError
	var trust *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errRedirect):
		return &Error{Kind: ErrRefused, Detail: "it redirects to where the message must not go"}
	case errors.As(err, &name):
		return &Error{Kind: ErrUnreachable, Detail: "its name can't be resolved", passes: true}
	case errors.As(err, &trust):
		return &Error{Kind: ErrUnreachable, Detail: "its certificate is not trusted"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Kind: ErrUnreachable, Detail: "no answer in time", passes: true}
	}
	return &Error{Kind: ErrUnreachable, Detail: "there is no connection", passes: true}
}
