package audiocodes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Observation is one unjudged answer to a GET, with its HTTP and TLS properties, for examining a device. Of all its
// fields only Body may echo the client's credentials: pass texts from it through Shown.
type Observation struct {
	Path   string // below /api/v1
	Status int
	Header http.Header
	Body   []byte // unpacked, without a byte order mark
	// Oversized reports that the body exceeded the limit for this resource and was left out.
	Oversized bool

	Framing Framing
	Closes  bool // the device ends the connection after this answer
	Reused  bool // the request used an earlier request's connection
	TLS     *tls.ConnectionState

	// Scheme is the authentication scheme of the answered request; "" if it carried no credentials.
	Scheme string
	// Challenges are the WWW-Authenticate headers of the 401s that came before this answer, or with it.
	Challenges []string

	FirstByte time.Duration // until the answer began, logging in included
	Took      time.Duration // until it was read

	secrets *mask
}

// Shown returns a text of the answer without any credentials of the client that the device has quoted.
func (o Observation) Shown(text string) string { return o.secrets.text(text) }

// Framing says how the end of an answer is marked.
type Framing string

// The ways to mark an answer's end. NoBody is for statuses without a body.
const (
	ByLength Framing = "length"
	ByChunks Framing = "chunked"
	ByClose  Framing = "close"
	NoBody   Framing = "none"
)

// observable are the only resources that Observe reads: those acfix reads anyway, and the list of TLS Contexts.
var observable = []struct {
	path  *regexp.Regexp
	limit int64
	long  bool
}{
	{regexp.MustCompile(`^/status$`), statusLimit, false},
	{regexp.MustCompile(`^/files/ini$`), iniLimit, true},
	{regexp.MustCompile(`^/files/tls$`), answerLimit, false},
	{regexp.MustCompile(`^/files/tls/[0-9]{1,4}/trustedRoot$`), storeLimit, false},
	{regexp.MustCompile(`^/files/tls/[0-9]{1,4}/certificate$`), certificateLimit, false},
	{regexp.MustCompile(`^/alarms/active\?limit=[0-9]{1,3}$`), alarmLimit, false},
	{regexp.MustCompile(`^/kpi/current/sbc/callStats/ipGroup(/[0-9]{1,9})?$`), callsLimit, false},
}

// ErrNotObservable is in the error chain if Observe is called with any other path. Nothing is sent.
var ErrNotObservable = errors.New("not among the resources that are looked at")

// Observe reads one resource and returns the answer, whatever its status. Login, trust and retries are the client's.
// An error means that there is no answer: the connection failed, or the device stayed busy or refused the password.
func (c *Client) Observe(ctx context.Context, path string) (Observation, error) {
	return c.observe(ctx, c.rest.GetClient(), path)
}

// ObserveChallenge asks for the status without credentials, to learn which authentication schemes the device offers.
// It does not count as a failed login: no password is sent.
func (c *Client) ObserveChallenge(ctx context.Context) (Observation, error) {
	client := &http.Client{
		Transport:     &gated{next: c.wire, gate: shut},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c.observe(ctx, client, "/status")
}

func (c *Client) observe(ctx context.Context, client *http.Client, path string) (Observation, error) {
	operation := "look at " + path
	for _, resource := range observable {
		if !resource.path.MatchString(path) {
			continue
		}
		timeout := c.options.Timeout
		if resource.long {
			timeout = c.options.LongTimeout
		}
		call := call{operation: operation, method: http.MethodGet, path: path, timeout: timeout, limit: resource.limit}
		var result Observation
		err := c.options.Retry(ctx, c.passes, func(ctx context.Context) (err error) {
			result, err = c.look(ctx, client, call)
			return err
		})
		return result, err
	}
	return Observation{}, fmt.Errorf("%s: %w", operation, ErrNotObservable)
}

// look makes one request, once.
func (c *Client) look(parent context.Context, client *http.Client, call call) (Observation, error) {
	_, leave, err := c.turns.read(parent, never, nil)
	if err != nil {
		return Observation{}, interrupted(call.operation, err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(parent, call.timeout)
	defer cancel()
	ctx, over := c.waiting(ctx, call.timeout)
	defer over()
	seen := Observation{Path: call.path, secrets: c.secrets}
	var shaken handshakes
	start := time.Now()
	ctx = watched(withChallenges(ctx, &seen.Challenges), watcher{
		gotConn:              func(info httptrace.GotConnInfo) { seen.Reused = info.Reused },
		gotFirstResponseByte: func() { seen.FirstByte = time.Since(start) },
	})
	address := strings.TrimSuffix(c.options.URL, "/") + "/api/v1" + call.path
	request, err := http.NewRequestWithContext(shaken.watch(ctx), call.method, address, nil)
	if err != nil {
		return Observation{}, c.transportError(parent, call.operation, err)
	}
	for name, value := range ownHeaders {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		err = c.nameRefusal(c.transportError(parent, call.operation, err), &shaken)
		c.log(call, 0, start, err)
		return Observation{}, err
	}
	c.answered(response.StatusCode, false)
	seen.describe(response)
	body, err := readBody(response, call.limit)
	seen.Body = []byte(body)
	seen.Took = time.Since(start)
	c.log(call, response.StatusCode, start, c.secrets.cause(err))
	switch {
	case errors.Is(err, ErrTooLarge):
		seen.Oversized = true
	case err != nil:
		return Observation{}, c.bodyError(parent, call.operation, err)
	case statusKinds[seen.Status] == ErrBusy, seen.Status == http.StatusUnauthorized && seen.Scheme != "":
		return Observation{}, c.statusError(call.operation, response, seen.Body)
	}
	return seen, nil
}

// describe records everything about a response but its body.
func (o *Observation) describe(response *http.Response) {
	o.Status, o.Header = response.StatusCode, o.secrets.header(response.Header)
	o.TLS, o.Closes = response.TLS, response.Close
	o.Scheme, _, _ = strings.Cut(response.Request.Header.Get("Authorization"), " ")
	if o.Status == http.StatusUnauthorized && o.Scheme == "" {
		o.Challenges = append(o.Challenges, response.Header.Values("WWW-Authenticate")...)
	}
	for i, challenge := range o.Challenges {
		o.Challenges[i] = o.secrets.text(challenge)
	}
	o.Framing = framingOf(response)
}

func framingOf(response *http.Response) Framing {
	switch {
	case response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusNotModified:
		return NoBody
	case slices.Contains(response.TransferEncoding, "chunked"):
		return ByChunks
	case response.ContentLength >= 0:
		return ByLength
	default:
		return ByClose
	}
}

// Err returns the error that the client's other reads would return for this answer; nil for a complete one.
func (o Observation) Err() error {
	operation := "look at " + o.Path
	switch {
	case o.Status < 200 || o.Status > 299:
		return refusedBy(operation, answered{o.Status, o.Header, o.Body}, o.secrets)
	case !isWhole(http.MethodGet, o.Status):
		return notWhole(operation, o.Status)
	default:
		return nil
	}
}

// challengesKey is the context key of the slice that records a request's challenges.
type challengesKey struct{}

func withChallenges(ctx context.Context, seen *[]string) context.Context {
	return context.WithValue(ctx, challengesKey{}, seen)
}

// noteChallenges records what a 401 asked for, if the caller observes the request.
func noteChallenges(request *http.Request, answer http.Header) {
	if seen, ok := request.Context().Value(challengesKey{}).(*[]string); ok {
		*seen = append(*seen, answer.Values("WWW-Authenticate")...)
	}
}
