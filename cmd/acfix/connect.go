package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"time"

	"github.com/acfix/acfix/audiocodes"
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
}

func (c *connection) register(flags *pflag.FlagSet) {
	c.credentials.register(flags)
	flags.StringVar(&c.caFile, "ca-file", "", "PEM file of the CAs that sign the devices' management certificates")
	flags.StringArrayVar(&c.pins, "pin", nil, "SHA-256 fingerprint of the device's management certificate; may repeat")
	flags.StringVar(&c.tlsMin, "tls-min", "1.2", "lowest TLS version to the device: 1.0 to 1.3; below 1.2 is for old firmware and put on record")
	flags.BoolVar(&c.insecure, "insecure", false, "accept any management certificate; said loudly and put on record")
}

// dialer makes clients for all targets of one run.
type dialer struct {
	app                *app
	username, password string
	trust              audiocodes.Trust
}

// dial checks the flags and finds the credentials; nothing is sent yet.
func (a *app) dial(c connection) (*dialer, error) {
	trust, err := c.trust()
	if err != nil {
		return nil, err
	}
	username, password, err := a.login(c.credentials)
	if err != nil {
		return nil, err
	}
	if trust.Insecure {
		a.warn("--insecure: the devices' certificates are NOT checked; anybody on the way can read the password")
	}
	return &dialer{app: a, username: username, password: password, trust: trust}, nil
}

func (c connection) trust() (audiocodes.Trust, error) {
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
	pem, err := os.ReadFile(c.caFile)
	if err != nil {
		return trust, misuse("check the path given with --ca-file", "the CA file can't be read: %s", cause(err))
	}
	trust.CA = x509.NewCertPool()
	if !trust.CA.AppendCertsFromPEM(pem) {
		return trust, misuse("give a file with PEM certificates", "there is no certificate in %s", c.caFile)
	}
	return trust, nil
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

// client makes the client of one device. A read-only client is unable to write.
func (d *dialer) client(t target, readOnly bool) *audiocodes.Client {
	return audiocodes.New(audiocodes.Options{
		URL: t.url, Username: d.username, Password: d.password, Trust: d.trust, ReadOnly: readOnly,
		Timeout: d.app.flags.timeout, LongTimeout: d.app.flags.longTimeout(),
		Retry: d.app.patience(), Log: d.app.log().With("target", t.name),
	})
}

// patience is for devices that are busy and connections that break.
func (a *app) patience() retry.Policy {
	return retry.Policy{For: a.flags.retryFor, First: time.Second, Most: 15 * time.Second, Now: a.now, Sleep: a.sleep, Jitter: a.jitter}
}

// settling is how long a change may take to show: devices take up to a minute for an
// answer, so an answer that got lost may have been that late.
func (a *app) settling() retry.Policy {
	return retry.Policy{For: 30 * time.Second, First: time.Second, Most: 8 * time.Second, Now: a.now, Sleep: a.sleep, Jitter: a.jitter}
}
