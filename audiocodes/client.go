package audiocodes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/go-resty/resty/v2"
)

// Options says which device to talk to, with which account, and how patiently.
type Options struct {
	URL      string // "https://sbc.example.com:8443", without path and user part
	Username string
	Password string
	Trust    Trust
	// Sessions lets the next client of the same device resume the TLS session, which saves both sides most of a
	// handshake. Keep one for each device and process: pins and CA are checked on a resumed connection too, but
	// against the certificate of the first. With nil only the connections of this client resume it.
	Sessions tls.ClientSessionCache
	// Contact is shared by the clients of one device; nil for a client without predecessors.
	Contact *Contact
	// Proxy leads to the device: socks5:// or socks5h://, or http:// or https:// by CONNECT; nil for none. Its user
	// part is the login to the proxy and is never shown. TLS is still with the device: no http:// URL is used.
	Proxy *url.URL
	// ProxyTrial is shared by clients that log in to Proxy as the same user; nil if the proxy needs no login.
	ProxyTrial *ProxyTrial

	// ReadOnly refuses every method but GET with ErrReadOnly before anything is sent. Such a client has less use for a
	// second connection.
	ReadOnly bool
	// Gate is called right before every request but GET. If it returns an error, nothing is sent, and the request
	// fails with ErrHeldBack and that error. It may be nil.
	Gate func() error
	// Admit is called once a connection is made, before the password is first sent to the device. If it returns an
	// error, nothing is sent, and the request fails with ErrHeldBack and that error. It may be nil.
	Admit func() error
	// Waiting is called with the progress of each request, from several goroutines. It may be nil.
	Waiting func(Waiting)
	// Timeout is for a short request; LongTimeout for configuration, imports and save, which take up to a minute.
	Timeout, LongTimeout time.Duration
	// Retry repeats a read while it fails with a passing error: the device is busy, a connection broke, or a device
	// that this client has understood before sends a server error (500, 502, 504) or half an answer. The client never
	// repeats a write: only its caller can find out, by reading, whether the write took effect.
	Retry func(ctx context.Context, passes func(error) bool, work func(context.Context) error) error
	// Now is the time that a Retry-After without a date beside it is held against.
	// Differences of its times decide whether a second connection pays.
	Now func() time.Time
	Log *slog.Logger
}

// Client is the REST interface of one device. It sends one request at a time over one connection, or two reads at a
// time over two, never more: Web and REST sessions together are limited per user (User's Manual 7.4, "Local Users",
// session limit, default 2 to 5).
type Client struct {
	rest        *resty.Client
	options     Options
	connections *connections
	wire        http.RoundTripper // the connections; their errors name the proxy
	secrets     *mask
	login       *login
	turns       turns
	requests    atomic.Int64           // so far, as Options.Waiting is told
	asked       atomic.Bool            // the device has asked for a client certificate
	understood  atomic.Bool            // a read of the device has succeeded
	wrote       atomic.Bool            // a write was sent to the device, or was about to be
	presented   atomic.Pointer[string] // SHA-256 of its certificate
	// configuration is the last one that was read, and no other.
	configuration atomic.Pointer[Configuration]
}

// New prepares a client; nothing is sent yet.
func New(options Options) *Client { return newClient(options, dialWith(options)) }

// newClient makes a client whose connections to the device, or to its proxy, are made by dial.
func newClient(options Options, dial dialFunc) *Client {
	if options.Sessions == nil {
		options.Sessions = tls.NewLRUClientSessionCache(1)
	}
	if options.Contact == nil {
		options.Contact = new(Contact)
	}
	client := &Client{options: options, secrets: newMask(credentialsOf(options)), turns: newTurns()}
	guarded := client.connect(dial)
	if options.ReadOnly {
		guarded = &gated{next: guarded, gate: shut}
	}
	if options.Admit != nil {
		guarded = &admission{next: guarded, ask: options.Admit}
	}
	client.login = newLogin(guarded, options.Username, options.Password, client.secrets)
	client.rest = resty.NewWithClient(&http.Client{
		Transport: client.login,
		// A redirect could carry the password to another host; it is shown, not followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	client.rest.SetBaseURL(strings.TrimSuffix(options.URL, "/") + "/api/v1").
		SetDoNotParseResponse(true).
		SetLogger(silent{}).
		SetHeaders(ownHeaders)
	return client
}

// ownHeaders are sent with every request.
var ownHeaders = map[string]string{"User-Agent": "acfix", "Accept-Encoding": "identity"}

// credentialsOf returns the users and passwords that are sent, to the device and to the proxy.
func credentialsOf(options Options) (device, proxy credentials) {
	if options.Proxy != nil {
		password, _ := options.Proxy.User.Password()
		proxy = credentials{options.Proxy.User.Username(), password}
	}
	return credentials{options.Username, options.Password}, proxy
}

// interrupted is the error of a request whose context ended while it waited for its turn.
func interrupted(operation string, err error) error { return fmt.Errorf("%s: %w", operation, err) }

// PinnedCertificate returns the last presented certificate's SHA-256 (lower-case hex); "" without pins or contact.
func (c *Client) PinnedCertificate() string {
	if len(c.options.Trust.Pins) == 0 {
		return ""
	}
	return c.PresentedCertificate()
}

// PresentedCertificate returns the SHA-256 of the certificate that the device presented last, in
// lower-case hex, whether or not it was accepted; "" before any contact, and over http://.
func (c *Client) PresentedCertificate() string {
	if presented := c.presented.Load(); presented != nil {
		return *presented
	}
	return ""
}

// Close closes the idle connections, which frees the device's sessions.
func (c *Client) Close() { c.connections.closeIdle() }

// call is one request: its purpose, how to send it, and how large its answer may be.
type call struct {
	operation string // for messages: verb and object
	method    string // GET when empty
	path      string
	timeout   time.Duration
	limit     int64 // of the answer's body, in bytes
	prepare   func(*resty.Request)
	decode    func(reply) error // of a read; an error makes its answer ErrBadAnswer
}

// reply is a complete answer with a success status.
type reply struct {
	status  int
	body    string
	framing Framing
}

// get reads and decodes, with patience. Only its first try may go over the second connection.
func (c *Client) get(ctx context.Context, call call) error {
	call.method = http.MethodGet
	mayBeTwo := c.mayBeTwo
	return c.options.Retry(ctx, c.passes, func(ctx context.Context) error {
		err := c.read(ctx, call, mayBeTwo)
		mayBeTwo = never
		return err
	})
}

// readOver reads and decodes over the connection that the context names.
func (c *Client) readOver(ctx context.Context, call call) error {
	answer, err := c.exchange(ctx, call)
	if err != nil {
		return err
	}
	if err := call.decode(answer); err != nil {
		failed := c.badAnswer(call.operation, err)
		failed.cutOff = answer.framing == ByClose // nothing else would show it
		return failed
	}
	c.understood.Store(true)
	c.prove()
	return nil
}

// contacted reports whether the device has answered at least once.
func (c *Client) contacted() bool { return c.options.Contact.made.Load() }

// passes reports whether a failed read is worth another try: the device is busy, a connection broke, or a device that
// this client has understood before sent a server error or half an answer. Before the first contact, only a connection
// closed without an answer is, and only if no unproven login was sent to a proxy. A TLS failure never is. A fault of
// this machine is only once the device was written to.
func (c *Client) passes(err error) bool {
	var e *Error
	switch {
	case !errors.As(err, &e), e.final, errors.Is(err, ErrHandshake):
		return false
	case localfault.Is(err):
		return c.wrote.Load() // a device that was written to is finished while other work ends
	case e.beforeContact && !c.contacted():
		return (e.closed || errors.Is(err, ErrHungUp)) && c.proxyTookLogin()
	case e.cutOff, slices.Contains(serverFailures, e.Status):
		return c.understood.Load()
	}
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrUnreachable) ||
		errors.Is(err, ErrTimeout) || errors.Is(err, io.ErrUnexpectedEOF)
}

// serverFailures are the statuses of a failed server or proxy (RFC 9110, 15.6), except the one that is ErrBusy.
var serverFailures = []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout}

// send performs a write, once, with no other request under way.
func (c *Client) send(ctx context.Context, call call) (reply, error) {
	leave, err := c.turns.write(ctx)
	if err != nil {
		return reply{}, interrupted(call.operation, err)
	}
	defer leave()
	c.wrote.Store(true)
	return c.exchange(ctx, call)
}

// exchange performs one request, once. The caller has its turn.
func (c *Client) exchange(parent context.Context, call call) (reply, error) {
	ctx, cancel := context.WithTimeout(parent, call.timeout)
	defer cancel()
	ctx, over := c.waiting(ctx, call.timeout)
	defer over()
	var seen handshakes
	request := c.rest.R().SetContext(seen.watch(ctx))
	if call.prepare != nil {
		call.prepare(request)
	}
	start := time.Now()
	response, err := request.Execute(call.method, call.path)
	if err != nil {
		err = c.nameRefusal(c.transportError(parent, call.operation, err), &seen)
		c.log(call, 0, start, err)
		return reply{}, err
	}
	c.answered(response.StatusCode(), judgesNoLogin(ctx))
	body, err := readBody(response.RawResponse, call.limit)
	c.log(call, response.StatusCode(), start, c.secrets.cause(err))
	switch status := response.StatusCode(); {
	case status < 200 || status > 299:
		return reply{}, c.statusError(call.operation, response.RawResponse, []byte(body))
	case !isWhole(call.method, status):
		return reply{}, notWhole(call.operation, status)
	case err != nil:
		return reply{}, c.bodyError(parent, call.operation, err)
	case isPage(call.method, response.Header().Get("Content-Type"), body):
		return reply{}, c.badAnswer(call.operation,
			errors.New("a web page came instead of the REST interface's answer"))
	default:
		return reply{status: status, body: body, framing: framingOf(response.RawResponse)}, nil
	}
}

// bodyError is for an unusable or incomplete answer. Half an answer counts as none, but a read may be tried again.
func (c *Client) bodyError(parent context.Context, operation string, err error) error {
	if errors.Is(err, ErrTooLarge) || errors.Is(err, errUnreadable) {
		return c.badAnswer(operation, err)
	}
	if err := c.transportError(parent, operation, err); errors.Is(err, ErrTimeout) || parent.Err() != nil {
		return err
	}
	return c.badAnswer(operation, fmt.Errorf("the answer was cut off: %w", io.ErrUnexpectedEOF))
}

func (c *Client) log(call call, status int, start time.Time, err error) {
	if c.options.Log == nil || !c.options.Log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attributes := []any{"method", call.method, "path", call.path, "status", status,
		"took", time.Since(start).Round(time.Millisecond)}
	if err != nil {
		attributes = append(attributes, "error", err.Error())
	}
	c.options.Log.Debug("request", attributes...)
}

// silent keeps resty's own warnings off the operator's terminal.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
