package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Device is one device of a run, and the only record of how it is reached: all clients of the device are
// made from it. Until Resolve has filled Setup in, the device has neither login nor trust.
type Device struct {
	Name string // as typed but for A-labels, or the inventory's
	URL  string // scheme, host and port; a zone stands behind "%25"
	Tags []string
	// File is the exported configuration that the device is read from; "" for one that is reached.
	File string
	Setup

	// Gone says why the device must not be reached any more: the inventory no longer has it where a plan or a run
	// found it. nil for any other device. No client may be made.
	Gone *remediate.Failure

	// Export reads the device from a file instead: nothing is dialled, and no client may be made. nil for any
	// other device.
	Export func() (remediate.Export, error)

	listed *inventory.Device // nil for a device that no inventory lists
	folder string            // of that inventory

	clients *clients
	admit   func() error
	contact audiocodes.Contact
	trial   *audiocodes.ProxyTrial // nil without a login to a proxy
	once    sync.Once
	session tls.ClientSessionCache // made by the first client
}

// Setup is what the command line and the inventory say about a device. With a NoPassword no client may be
// made.
type Setup struct {
	Login
	Trust       audiocodes.Trust
	OldTLS      string        // the lowest TLS version where that was lowered; "" where it was not
	Proxy       *url.URL      // without a user part
	ProxyLogin  *url.Userinfo // nil where the proxy asks for none
	Choice      remediate.Choice
	NoCertCheck bool
	Waivers     []remediate.Waiver
}

// ClientSettings are the same for the clients of all devices.
type ClientSettings struct {
	Timeout, LongTimeout time.Duration // per request; LongTimeout for the INI file, imports and saving
	Retry                retry.Policy
	Log                  *slog.Logger // nil says nothing
	// Waiting is told how far each request to a device is, from several goroutines; it may be nil.
	Waiting func(device string, how audiocodes.Waiting)
}

// clients is what the clients of all devices share.
type clients struct {
	ClientSettings
	sessions atomic.Int32 // how many devices have a session cache
}

// mostSessions bounds the TLS sessions that are kept from reading a device to writing to it.
const mostSessions = 512

// String keeps the login of a device out of whatever prints one.
func (d *Device) String() string { return d.Name }

// Reader makes a client that is unable to write.
func (d *Device) Reader() *audiocodes.Client {
	options := d.options()
	options.ReadOnly = true
	return audiocodes.New(options)
}

// Writer makes a client that asks the gate before every write.
func (d *Device) Writer(gate func() error) *audiocodes.Client {
	options := d.options()
	options.Gate = gate
	return audiocodes.New(options)
}

// WriterOf makes a client that refuses every write until open has given it a gate, which it then asks before
// every write. A nil gate lets all writes through.
func (d *Device) WriterOf() (client *audiocodes.Client, open func(gate func() error)) {
	var gate atomic.Pointer[func() error]
	client = d.Writer(func() error {
		ask := gate.Load()
		if ask == nil {
			return audiocodes.ErrReadOnly
		}
		return (*ask)()
	})
	return client, func(ask func() error) {
		if ask == nil {
			ask = func() error { return nil }
		}
		gate.Store(&ask)
	}
}

// Connections is how many connections all clients of the device have made so far.
func (d *Device) Connections() int64 { return d.contact.Connections() }

// Admit sets what clients made from now on ask before they send the device its password for the first
// time, once the connection stands; with an error they send nothing. nil admits all.
func (d *Device) Admit(ask func() error) { d.admit = ask }

// PresentedChain is what the device presents in a TLS handshake, its own certificate first. No user
// name, no password and no request is sent, and nothing is judged.
func (d *Device) PresentedChain(ctx context.Context) ([]*x509.Certificate, error) {
	return audiocodes.PresentedChain(ctx, d.options())
}

// OnLoopback reports whether the address never leaves this machine.
func (d *Device) OnLoopback() bool {
	parsed, err := url.Parse(d.URL)
	return err == nil && foreign.IsThisMachine(parsed.Hostname())
}

func (d *Device) options() audiocodes.Options {
	options := audiocodes.Options{
		URL: d.URL, Username: d.Username, Password: d.Password, Trust: d.Trust, Proxy: d.proxyWithLogin(),
		Contact: &d.contact, ProxyTrial: d.trial, Admit: d.admit,
	}
	if d.clients == nil {
		return options
	}
	options.Sessions = d.sessionCache()
	options.Timeout, options.LongTimeout = d.clients.Timeout, d.clients.LongTimeout
	options.Retry, options.Now = d.clients.Retry.Do, d.clients.Retry.Now
	if log := d.clients.Log; log != nil {
		options.Log = log.With("target", d.Name)
	}
	if tell := d.clients.Waiting; tell != nil {
		options.Waiting = func(how audiocodes.Waiting) { tell(d.Name, how) }
	}
	return options
}

func (d *Device) sessionCache() tls.ClientSessionCache {
	d.once.Do(func() {
		if d.clients.sessions.Add(1) <= mostSessions {
			d.session = tls.NewLRUClientSessionCache(1)
		}
	})
	return d.session
}

// proxyWithLogin is the proxy with the login to it.
func (d *Device) proxyWithLogin() *url.URL {
	if d.Proxy == nil {
		return nil
	}
	used := *d.Proxy
	used.User = d.ProxyLogin
	return &used
}

// checkProxy refuses a proxy for a device that is spoken to without TLS.
func (d *Device) checkProxy() error {
	if d.Proxy != nil && strings.HasPrefix(d.URL, "http://") {
		return usage.Errorf("http:// can't be used through a proxy: the password would travel in the clear").
			Hint("leave out the proxy for " + d.Name)
	}
	return nil
}
