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

// SendError is why a message was not sent. It holds neither the webhook's address nor its answer.
type SendError struct {
	Kind   error
	Detail string
	passes bool
}

// Error returns the kind and the detail, which never holds the address.
func (e *SendError) Error() string { return e.Kind.Error() + ": " + e.Detail }

// Unwrap is the kind.
func (e *SendError) Unwrap() error { return e.Kind }

// Hook is a webhook's address: a secret, because knowing it is enough to post. It prints as the word "webhook".
type Hook struct{ address *url.URL }

// ParseHook reads an address: https, or http on this machine. It trims white space. Errors are of kind ErrAddress.
func ParseHook(text string) (Hook, error) {
	address, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || address.Hostname() == "":
		return Hook{}, &SendError{Kind: ErrAddress, Detail: "it is not a URL"}
	case address.Scheme != "https" && !(address.Scheme == "http" && foreign.IsThisMachine(address.Hostname())):
		return Hook{}, &SendError{Kind: ErrAddress, Detail: "it must be https"}
	}
	return Hook{address}, nil
}

// Format writes the word "webhook", whatever the verb.
func (h Hook) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "webhook") }

// MarshalText is the word "webhook".
func (h Hook) MarshalText() ([]byte, error) { return []byte("webhook"), nil }

// Sender posts messages. A lost message goes to the log and never changes a run's outcome.
type Sender struct {
	Client  *http.Client  // for its transport: trust and proxy
	Timeout time.Duration // of one try
	Retry   retry.Policy  // after no answer, 429 or 5xx; a message may arrive twice
}

// Send posts a message's body, following redirects on the same host only. Errors: *SendError or the context's own.
func (s Sender) Send(ctx context.Context, hook Hook, body []byte) error {
	if hook.address == nil {
		return &SendError{Kind: ErrAddress, Detail: "it is empty"}
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
	var failed *SendError
	return errors.As(err, &failed) && failed.passes
}

func post(ctx context.Context, client *http.Client, hook Hook, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.address.String(), bytes.NewReader(body))
	if err != nil {
		return &SendError{Kind: ErrAddress, Detail: "no request can be made of it"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "acfix")
	response, err := client.Do(request)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	const enough = 64 << 10 // of the ignored answer, so that the connection can be reused
	_, _ = io.CopyN(io.Discard, response.Body, enough)
	if response.StatusCode/100 == 2 {
		return nil
	}
	again := response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError
	return &SendError{Kind: ErrRefused, Detail: fmt.Sprintf("HTTP status %d", response.StatusCode), passes: again}
}

var errRedirect = errors.New("redirect")

// sameHost allows redirects within the host. The message must not go to another one, and a
// redirect that turns the POST into a GET would lose it silently.
func sameHost(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	const most = 3
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme ||
		next.Method != http.MethodPost || len(before) > most {
		return errRedirect
	}
	return nil
}

// unreachable words the cause itself: errors of net/http quote the address.
func unreachable(err error) *SendError {
	var name *net.DNSError
	var trust *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errRedirect):
		return &SendError{Kind: ErrRefused, Detail: "it redirects to another host"}
	case errors.As(err, &name):
		return &SendError{Kind: ErrUnreachable, Detail: "its name can't be resolved", passes: true}
	case errors.As(err, &trust):
		return &SendError{Kind: ErrUnreachable, Detail: "its certificate is not trusted"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &SendError{Kind: ErrUnreachable, Detail: "no answer in time", passes: true}
	}
	return &SendError{Kind: ErrUnreachable, Detail: "there is no connection", passes: true}
}
