package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/retry"
)

// Terms are the same for the clients of all devices.
type Terms struct {
	Timeout, LongTimeout time.Duration // per request; LongTimeout for the INI file, imports and saving
	Retry                retry.Policy
	Log                  *slog.Logger // nil says nothing
	// Waiting is told how far each request to a device is, from several goroutines; it may be nil.
	Waiting func(device string, how audiocodes.Waiting)
}

// Dialer makes clients for all targets of one run. It is safe for concurrent use.
type Dialer struct {
	terms   Terms
	common  Access            // of the targets that are in no inventory
	devices map[string]Access // of those that are, by address

	admit func(Target) error // nil admits all

	mutex    sync.Mutex
	sessions map[string]tls.ClientSessionCache // by address
	contacts map[string]*audiocodes.Contact    // by address
	trials   map[string]*audiocodes.ProxyTrial // by proxy and login to it
}

// Dial finds the credentials and the trust of every target; nothing is sent yet. What can be
// wrong on this machine is the error. r may be nil.
func Dial(ctx context.Context, targets []Target, flags Flags, r *Roster, secrets *Secrets, terms Terms) (*Dialer, error) {
	d := &Dialer{terms: terms, devices: map[string]Access{}}
	find := newFinder(flags, secrets)
	if r == nil {
		var err error
		if d.common, err = find.unlisted(ctx); err != nil {
			return d, err
		}
		return d, d.checkProxies(targets)
	}
	for _, t := range targets {
		var err error
		if device, known := r.urls[t.URL]; known {
			d.devices[t.URL], err = find.listed(ctx, *device, r.folder)
		} else if d.common.Username == "" {
			d.common, err = find.unlisted(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
	return d, d.checkProxies(targets)
}

func (d *Dialer) checkProxies(targets []Target) error {
	for _, t := range targets {
		if err := d.Access(t).checkProxy(t); err != nil {
			return err
		}
	}
	return nil
}

// Access is how a target is reached. Those that are in no inventory share one; where Dial met
// none of them, it is empty: no user and no password.
func (d *Dialer) Access(t Target) Access {
	if own, ok := d.devices[t.URL]; ok {
		return own
	}
	return d.common
}

// LegacyCiphers are the names of those targets to which old cipher suites are allowed.
func (d *Dialer) LegacyCiphers(targets []Target) []string {
	var names []string
	for _, t := range targets {
		if d.Access(t).Trust.LegacyCiphers {
			names = append(names, t.Name)
		}
	}
	return names
}

// Reader makes a client of one device that is unable to write.
func (d *Dialer) Reader(t Target) *audiocodes.Client {
	options := d.options(t)
	options.ReadOnly = true
	return audiocodes.New(options)
}

// Writer makes a client of one device that asks the gate before every write.
func (d *Dialer) Writer(t Target, gate func() error) *audiocodes.Client {
	options := d.options(t)
	options.Gate = gate
	return audiocodes.New(options)
}

// Admit sets what clients ask that are made from now on, before they send a device its password for
// the first time, once the connection stands; with an error they send nothing. nil admits all.
func (d *Dialer) Admit(ask func(Target) error) { d.admit = ask }

// PresentedChain is what the device presents in a TLS handshake, its own certificate first. No user
// name, no password and no request is sent, and nothing is judged.
func (d *Dialer) PresentedChain(ctx context.Context, t Target) ([]*x509.Certificate, error) {
	return audiocodes.PresentedChain(ctx, d.options(t))
}

// Identity is how a device introduces itself; what it does not say is "".
type Identity struct {
	Serial, MAC string
	Certificate string // SHA-256 of the management certificate, lower-case hex
}

// Identify asks a device for its status alone.
func (d *Dialer) Identify(ctx context.Context, t Target) (Identity, error) {
	client := d.Reader(t)
	defer client.Close()
	status, err := client.Status(ctx)
	return Identity{Serial: status.Serial, MAC: status.MAC, Certificate: client.PresentedCertificate()}, err
}

func (d *Dialer) options(t Target) audiocodes.Options {
	own := d.Access(t)
	log := d.terms.Log
	if log != nil {
		log = log.With("target", t.Name)
	}
	options := audiocodes.Options{
		URL: t.URL, Username: own.Username, Password: own.Password, Trust: own.Trust, Proxy: own.through(), Sessions: d.session(t),
		Contact: d.contact(t), ProxyTrial: d.trial(own),
		Timeout: d.terms.Timeout, LongTimeout: d.terms.LongTimeout,
		Retry: d.terms.Retry.Do, Now: d.terms.Retry.Now, Log: log,
	}
	if ask := d.admit; ask != nil {
		options.Admit = func() error { return ask(t) }
	}
	if tell := d.terms.Waiting; tell != nil {
		options.Waiting = func(how audiocodes.Waiting) { tell(t.Name, how) }
	}
	return options
}

// mostSessions bounds the TLS sessions that are kept from reading a device to writing to it.
const mostSessions = 512

func (d *Dialer) session(t Target) tls.ClientSessionCache {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	known := d.sessions[t.URL]
	if known == nil && len(d.sessions) < mostSessions {
		if d.sessions == nil {
			d.sessions = map[string]tls.ClientSessionCache{}
		}
		known = tls.NewLRUClientSessionCache(1)
		d.sessions[t.URL] = known
	}
	return known
}

func (d *Dialer) contact(t Target) *audiocodes.Contact {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return once(&d.contacts, t.URL, func() *audiocodes.Contact { return new(audiocodes.Contact) })
}

func (d *Dialer) trial(own Access) *audiocodes.ProxyTrial {
	if own.Proxy == nil || own.ProxyLogin == nil {
		return nil
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return once(&d.trials, own.through().String(), audiocodes.NewProxyTrial)
}

// once makes what a map does not hold yet.
func once[V any](all *map[string]*V, key string, create func() *V) *V {
	if *all == nil {
		*all = map[string]*V{}
	}
	if (*all)[key] == nil {
		(*all)[key] = create()
	}
	return (*all)[key]
}
