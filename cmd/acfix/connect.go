package main

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/retry"
	"github.com/spf13/pflag"
)

// connection holds the flags that say how to reach a device and whom to trust.
type connection struct {
	credentials
	caFile   string
	pins     []string
	insecure bool
	tlsMin   string

	inventory, limit string
	// given tells the flags that stand on the command line from those that don't: only
	// they win over an inventory.
	given *pflag.FlagSet
}

func (c *connection) register(flags *pflag.FlagSet) {
	c.given = flags
	c.credentials.register(flags)
	flags.StringVar(&c.caFile, "ca-file", "", "PEM file of the CAs that sign the devices' management certificates")
	flags.StringArrayVar(&c.pins, "pin", nil, "SHA-256 fingerprint of the device's management certificate; may repeat")
	flags.StringVar(&c.tlsMin, "tls-min", "1.2", "lowest TLS version to the device: 1.0 to 1.3; below 1.2 is for old firmware and put on record")
	flags.BoolVar(&c.insecure, "insecure", false, "accept any management certificate; said loudly and put on record")
}

// access is how one device is reached, and what was decided for it beforehand.
type access struct {
	username, password string
	trust              audiocodes.Trust
	oldTLS             string // the lowest TLS version where that was lowered
	proxy              *url.URL
	choice             remediate.Choice
	noCertCheck        bool
	waivers            []remediate.Waiver
	// failure is why there is no password: this device fails, the others need not.
	failure *remediate.Failure
}

// dialer makes clients for all targets of one run.
type dialer struct {
	app     *app
	common  access            // of the targets that are in no inventory
	devices map[string]access // of those that are, by address

	mutex    sync.Mutex
	sessions map[string]tls.ClientSessionCache // by address
}

// mostSessions bounds the TLS sessions that are kept from reading a device to writing to it.
const mostSessions = 512

func (d *dialer) session(t target) tls.ClientSessionCache {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	known := d.sessions[t.url]
	if known == nil && len(d.sessions) < mostSessions {
		if d.sessions == nil {
			d.sessions = map[string]tls.ClientSessionCache{}
		}
		known = tls.NewLRUClientSessionCache(1)
		d.sessions[t.url] = known
	}
	return known
}

func (d *dialer) access(t target) access {
	if own, ok := d.devices[t.url]; ok {
		return own
	}
	return d.common
}

// dial checks the flags and finds the credentials; nothing is sent yet.
func (a *app) dial(c connection) (*dialer, error) {
	d := &dialer{app: a}
	var err error
	if d.common, err = c.access(&secrets{app: a}, authorities{}); err != nil {
		return nil, err
	}
	a.warnInsecure(c)
	return d, nil
}

func (a *app) warnInsecure(c connection) {
	if c.insecure {
		a.warn("--insecure: the devices' certificates are NOT checked; anybody on the way can read the password")
	}
}

// access is what the flags and the environment alone say.
func (c connection) access(secrets *secrets, authorities authorities) (access, error) {
	trust, err := c.trust(authorities)
	if err != nil {
		return access{}, err
	}
	own := access{trust: trust, oldTLS: c.oldTLS(), choice: c.choice(remediate.Choice{}), noCertCheck: c.skipsCertificate(false)}
	own.username, own.password, own.failure, err = secrets.login(c.credentials, "", source{})
	return own, err
}

// authorities are the CA files that were read, by path.
type authorities map[string]*x509.CertPool

func (read authorities) pool(path string) (*x509.CertPool, error) {
	if pool, ok := read[path]; ok {
		return pool, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, misuse("check the path given with --ca-file, or as ca_file in the inventory", "the CA file %s can't be read: %s", path, cause(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, misuse("give a file with PEM certificates", "there is no certificate in %s", path)
	}
	read[path] = pool
	return pool, nil
}

func (c connection) trust(authorities authorities) (audiocodes.Trust, error) {
	if c.insecure && (len(c.pins) > 0 || c.caFile != "") {
		return audiocodes.Trust{}, misuse("leave --insecure out", "--insecure contradicts --pin and --ca-file")
	}
	lowest, known := tlsVersions[c.tlsMin]
	if !known {
		return audiocodes.Trust{}, misuse("give 1.0, 1.1, 1.2 or 1.3", "there is no TLS version %q", c.tlsMin)
	}
	trust := audiocodes.Trust{Insecure: c.insecure, MinVersion: lowest}
	for _, text := range c.pins {
		pin, err := audiocodes.ParsePin(text)
		if err != nil {
			return trust, misuse("copy the fingerprint that acfix shows on a certificate error", "--pin: %s", err)
		}
		trust.Pins = append(trust.Pins, pin)
	}
	if c.caFile == "" {
		return trust, nil
	}
	var err error
	trust.CA, err = authorities.pool(c.caFile)
	return trust, err
}

var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

// oldTLS is the lowest version where it was lowered; "" where it was not.
func (c connection) oldTLS() string {
	if tlsVersions[c.tlsMin] < tls.VersionTLS12 {
		return c.tlsMin
	}
	return ""
}

// reader makes a client of one device that is unable to write.
func (d *dialer) reader(t target) *audiocodes.Client {
	options := d.options(t)
	options.ReadOnly = true
	return audiocodes.New(options)
}

// writer makes a client of one device that asks the gate before every write.
func (d *dialer) writer(t target, gate func() error) *audiocodes.Client {
	options := d.options(t)
	options.Gate = gate
	return audiocodes.New(options)
}

func (d *dialer) options(t target) audiocodes.Options {
	own := d.access(t)
	var log *slog.Logger
	if d.app.level <= slog.LevelDebug { // a client says nothing above
		log = d.app.log().With("target", t.name)
	}
	return audiocodes.Options{
		URL: t.url, Username: own.username, Password: own.password, Trust: own.trust, Proxy: own.proxy, Sessions: d.session(t),
		Timeout: d.app.flags.timeout, LongTimeout: d.app.flags.longTimeout(),
		Retry: d.app.patience(), Log: log,
	}
}

// patience is for devices that are busy and connections that break.
func (a *app) patience() retry.Policy {
	return a.clock().Policy(a.flags.retryFor, time.Second, 15*time.Second)
}

// settling is how long a change may take to show: devices take up to a minute for an
// answer, so an answer that got lost may have been that late.
func (a *app) settling() retry.Policy {
	return a.clock().Policy(30*time.Second, time.Second, 8*time.Second)
}
