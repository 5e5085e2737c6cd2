package audiocodes

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acfix/acfix/retry"
	"github.com/go-resty/resty/v2"
)

// Options says which device to talk to, as whom, and how patiently.
type Options struct {
	URL      string // "https://sbc.example.com:8443", without path and user part
	Username string
	Password string
	Trust    Trust
	// Sessions lets the next client of the same device resume the TLS session, which saves
	// both sides most of a handshake. Keep one for each device and process: pins and CA are
	// checked on a resumed connection too, but against the certificate of the first. nil
	// means a whole handshake for each connection.
	Sessions tls.ClientSessionCache
	// Proxy is how the device is reached (socks5:// or socks5h://, or http:// or https://, which
	// are asked to CONNECT); nil for directly. Its user part, if any, is the login to the proxy and
	// is never shown. TLS is with the device all the same; with an http:// URL nothing is sent.
	Proxy *url.URL

	// ReadOnly makes a client that is unable to write: every method but GET is
	// refused with ErrReadOnly before anything is sent.
	ReadOnly bool
	// Gate is asked right before every request but GET; with an error nothing is sent, and
	// the request fails with ErrHeldBack and that error. It may be nil.
	Gate func() error
	// Admit is asked before the password is sent to the device for the first time, once a
	// connection stands; with an error nothing is sent, and the request fails with ErrHeldBack and
	// that error. It may be nil.
	Admit func() error
	// Waiting is told how far each request is, from several goroutines. It may be nil.
	Waiting func(Waiting)
	// Timeout is for one short request; LongTimeout for the configuration, imports
	// and the save, which take a device up to a minute.
	Timeout, LongTimeout time.Duration
	// Retry is the patience with reads that fail because the device is busy or a
	// connection broke. Writes are never repeated by the client: only its caller
	// can tell, by reading, whether one happened.
	Retry retry.Policy
	Log   *slog.Logger
}

// Client is the REST interface of one device. It keeps at most two connections: Web and
// REST sessions together are limited per user (User's Manual 7.4, "Local Users", session
// limit, default 2 to 5).
type Client struct {
	rest      *resty.Client
	options   Options
	transport *http.Transport
	wire      http.RoundTripper // the transport, with the proxy named in its errors
	secrets   *mask
	login     *login
	requests  atomic.Int64           // so far, as Options.Waiting is told
	contacted atomic.Bool            // the device has answered at least once
	presented atomic.Pointer[string] // SHA-256 of its certificate
}

const maxConnections = 2

var errOpenToProxy = errors.New("http:// is not used through a proxy: the password would be the proxy's to read")

// New prepares a client; nothing is sent yet.
func New(options Options) *Client {
	client := &Client{options: options, secrets: newMask(credentialsOf(options)...)}
	config := options.Trust.config(func(sha256 string) { client.presented.Store(&sha256) })
	config.ClientSessionCache = options.Sessions
	transport := &http.Transport{
		TLSClientConfig:     config,
		TLSHandshakeTimeout: handshakeTimeout,
		DialContext:         dialer.DialContext,
		MaxConnsPerHost:     maxConnections,
		MaxIdleConnsPerHost: maxConnections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		// Never a proxy from the environment: nobody chose it for this device.
		Proxy: nil,
	}
	client.transport, client.wire = transport, transport
	if options.Proxy != nil {
		throughProxy(transport, options)
		client.wire = proxied{next: transport, proxy: options.Proxy}
	}
	client.login = newLogin(client.guarded(), options.Username, options.Password, client.secrets)
	rest := resty.NewWithClient(&http.Client{
		Transport: client.login,
		// A redirect could carry the password to another host; it is shown, not followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	rest.SetBaseURL(strings.TrimSuffix(options.URL, "/")+"/api/v1").
		SetDoNotParseResponse(true).
		SetLogger(silent{}).
		SetHeader("User-Agent", "acfix")
	client.rest = rest
	return client
}

// guarded is the wire behind whatever may hold a request back.
func (c *Client) guarded() http.RoundTripper {
	guarded := c.wire
	if c.options.Gate != nil {
		guarded = gated{next: guarded, gate: c.options.Gate}
	}
	if c.options.ReadOnly {
		guarded = gated{next: guarded, gate: shut}
	}
	if c.options.Admit != nil {
		guarded = &admission{next: guarded, ask: c.options.Admit}
	}
	return guarded
}

// credentialsOf are all users and passwords that are sent.
func credentialsOf(options Options) []credentials {
	all := []credentials{{options.Username, options.Password}}
	if options.Proxy != nil {
		password, _ := options.Proxy.User.Password()
		all = append(all, credentials{options.Proxy.User.Username(), password})
	}
	return all
}

// PinnedCertificate is the SHA-256 of the certificate that the device presented last, in
// lower-case hex, where certificates are pinned; "" without pins and before any contact.
func (c *Client) PinnedCertificate() string {
	if len(c.options.Trust.Pins) == 0 {
		return ""
	}
	return c.PresentedCertificate()
}

// PresentedCertificate is the SHA-256 of the certificate that the device presented last, in
// lower-case hex, however it was judged; "" before any contact, and over http://.
func (c *Client) PresentedCertificate() string {
	if presented := c.presented.Load(); presented != nil {
		return *presented
	}
	return ""
}

// Close ends the idle connections, which gives the device its sessions back.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// call is one request: what it is for, how to send it, how much may come back.
type call struct {
	operation string // for messages: verb and object
	method    string // GET when empty
	path      string
	timeout   time.Duration
	limit     int64 // of the answer's body, in bytes
	prepare   func(*resty.Request)
}

// reply is a whole answer with a status that says so.
type reply struct {
	status int
	body   string
}

// get reads, with patience.
func (c *Client) get(ctx context.Context, call call) (reply, error) {
	var result reply
	call.method = http.MethodGet
	err := c.options.Retry.Do(ctx, c.passes, func(ctx context.Context) (err error) {
		result, err = c.send(ctx, call)
		return err
	})
	return result, err
}

// passes tells which failures of a read are worth another try: a device that is busy,
// and connections that broke. While no connection was ever made there is no waiting, nor where TLS fails.
func (c *Client) passes(err error) bool {
	var e *Error
	if errors.As(err, &e) && (e.final || e.beforeContact && !c.contacted.Load()) || errors.Is(err, ErrHandshake) {
		return false
	}
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrUnreachable) ||
		errors.Is(err, ErrTimeout) || errors.Is(err, io.ErrUnexpectedEOF)
}

// send carries out one request, once.
func (c *Client) send(parent context.Context, call call) (reply, error) {
	ctx, cancel := context.WithTimeout(parent, call.timeout)
	defer cancel()
	ctx, over := c.waiting(ctx, call.timeout)
	defer over()
	request := c.rest.R().SetContext(ctx)
	if call.prepare != nil {
		call.prepare(request)
	}
	start := time.Now()
	response, err := request.Execute(call.method, call.path)
	if err != nil {
		err = c.transportError(parent, call.operation, err)
		c.log(call, 0, start, err)
		return reply{}, err
	}
	c.contacted.Store(true)
	body, err := readBody(response.RawResponse, call.limit)
	c.log(call, response.StatusCode(), start, c.secrets.cause(err))
	switch status := response.StatusCode(); {
	case status < 200 || status > 299:
		return reply{}, refusal(call.operation, answered{status, response.Header(), []byte(body)}, c.secrets)
	case !isWhole(call.method, status):
		return reply{}, notWhole(call.operation, status)
	case errors.Is(err, errTooLarge):
		return reply{}, c.badAnswer(call.operation, err)
	case err != nil:
		return reply{}, c.brokenBody(parent, call.operation, err)
	case isHTML(response.Header().Get("Content-Type"), body):
		return reply{}, c.badAnswer(call.operation, errors.New("a web page came instead of the REST interface's answer"))
	default:
		return reply{status: status, body: body}, nil
	}
}

// brokenBody is for an answer that began and was not finished. Whatever ended it, half an
// answer is no answer; the read may be tried again.
func (c *Client) brokenBody(parent context.Context, operation string, err error) error {
	if err := c.transportError(parent, operation, err); errors.Is(err, ErrTimeout) || parent.Err() != nil {
		return err
	}
	return c.badAnswer(operation, fmt.Errorf("the answer was cut off: %w", io.ErrUnexpectedEOF))
}

func (c *Client) log(call call, status int, start time.Time, err error) {
	if c.options.Log == nil || !c.options.Log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attributes := []any{"method", call.method, "path", call.path, "status", status, "took", time.Since(start).Round(time.Millisecond)}
	if err != nil {
		attributes = append(attributes, "error", err.Error())
	}
	c.options.Log.Debug("request", attributes...)
}

var errTooLarge = errors.New("the answer is larger than this request can have")

// usualRoom holds most configurations; largestRoom bounds what is kept.
const (
	usualRoom   = 64 << 10
	largestRoom = 256 << 10
)

// rooms are the buffers that bodies are read into; they serve again. A large one does not:
// it was for a single device.
var rooms = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, usualRoom)) }}

// readBody reads to the end, after which the connection serves the next request.
func readBody(response *http.Response, limit int64) (string, error) {
	defer func() { _ = response.Body.Close() }()
	room, _ := rooms.Get().(*bytes.Buffer)
	defer func() {
		if room.Cap() <= largestRoom {
			room.Reset()
			rooms.Put(room)
		}
	}()
	_, err := room.ReadFrom(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(room.Len()) > limit {
		return "", errTooLarge
	}
	return room.String(), err
}

// isHTML recognises the login or error page of a device, a proxy or a captive portal.
func isHTML(contentType, body string) bool {
	start := strings.ToLower(strings.TrimSpace(body[:min(len(body), 64)]))
	return strings.HasPrefix(strings.ToLower(contentType), "text/html") ||
		strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html")
}

// silent keeps resty's own warnings off the operator's terminal.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
