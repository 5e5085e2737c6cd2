// Package access knows the devices of a run and how each is reached: what a person typed or an inventory
// lists, whom to trust there, as whom to log in, and the clients made of that. What stands on the command
// line comes in as values; no request is sent before a client is used.
package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Flags is what the command line says: whom to trust, and as whom to log in.
type Flags struct {
	Credentials
	CAFile   string   // PEM, DER or P7B
	Pins     []string // SHA-256, hex
	Insecure bool
	TLSMin   string // "1.0" to "1.3"
	// LegacyCiphers allows the cipher suites of old firmware.
	LegacyCiphers bool
	// ClientCert and ClientKey are PEM files of what a device is shown that asks for a client
	// certificate.
	ClientCert, ClientKey string
	// ReadKey reads a file with a private key as password files are read: it refuses one that
	// others could read or replace. name is the flag or key that led to it.
	ReadKey func(path, name string) ([]byte, error)
	Proxy   string // "socks5://host:port" or the like; "" for none
	// ProxyOnRecord: Proxy was not typed now but stands in the record of a run. A login to a proxy
	// goes there only if the inventory names that very proxy.
	ProxyOnRecord bool
	// Anonymous: no user name and no password is looked for, and none is asked for. Such a dialer
	// is for PresentedChain alone.
	Anonymous bool
	// Given tells the flags that were typed from those that were not: only they win over an
	// inventory.
	Given func(flag string) bool
	// Decide puts what the command line says of planning over what the inventory says.
	Decide func(*Access)
}

// Access is how one device is reached, and what was decided for it beforehand. With a Failure
// there is no way in, and no client may be made.
type Access struct {
	Login
	Trust       audiocodes.Trust
	OldTLS      string        // the lowest TLS version where that was lowered; "" where it was not
	Proxy       *url.URL      // without a user part
	ProxyLogin  *url.Userinfo // nil where the proxy asks for none
	Choice      remediate.Choice
	NoCertCheck bool
	Waivers     []remediate.Waiver
}

// finder finds the access of the devices of one run: nothing is asked, read or run twice.
type finder struct {
	flags       Flags
	secrets     *Secrets
	authorities authorities
	pairs       pairs
}

func newFinder(flags Flags, secrets *Secrets) finder {
	return finder{
		flags: flags, secrets: secrets, authorities: authorities{},
		pairs: pairs{readKey: flags.ReadKey, read: map[[2]string]*tls.Certificate{}},
	}
}

// unlisted is what the flags and the environment alone say.
func (f finder) unlisted(ctx context.Context) (Access, error) {
	return f.find(ctx, f.flags, Access{}, Source{})
}

// listed puts what stands on the command line over what the inventory says.
func (f finder) listed(ctx context.Context, device inventory.Device, folder string) (Access, error) {
	own := Access{Choice: device.Choice, NoCertCheck: device.NoCertCheck}
	for _, waiver := range device.Waivers {
		own.Waivers = append(own.Waivers, remediate.Waiver{
			Finding: waiver.Finding, Reason: waiver.Reason, Owner: waiver.Owner, Until: waiver.Until.Format(time.DateOnly),
		})
	}
	var err error
	if own.ProxyLogin, err = f.proxyLogin(device); err != nil {
		return own, err
	}
	from := Source{Username: device.Username, Password: device.Password, Folder: folder}
	return f.find(ctx, f.flags.over(device, folder), own, from)
}

func (f finder) find(ctx context.Context, flags Flags, own Access, from Source) (Access, error) {
	var err error
	if own.Trust, err = flags.trust(f.authorities); err != nil {
		return Access{}, err
	}
	if own.Trust.Client, err = f.pairs.certificate(flags); err != nil {
		return Access{}, err
	}
	if own.Proxy, err = flags.proxy(); err != nil {
		return Access{}, err
	}
	own.OldTLS = flags.oldTLS()
	flags.Decide(&own)
	if flags.Anonymous {
		return own, nil
	}
	own.Login, err = f.secrets.Find(ctx, flags.Credentials, from)
	return own, err
}

// over is whom to trust: --pin, --ca-file and --insecure are one decision and replace the
// inventory's as a whole. So are --client-cert and --client-key.
func (f Flags) over(device inventory.Device, folder string) Flags {
	if !f.Given("pin") && !f.Given("ca-file") && !f.Given("insecure") {
		f.Pins, f.CAFile = device.Pins, inventory.Beside(folder, device.CAFile)
	}
	if device.TLSMin != "" && !f.Given("tls-min") {
		f.TLSMin = device.TLSMin
	}
	if !f.Given("legacy-ciphers") {
		f.LegacyCiphers = device.LegacyCiphers
	}
	if !f.Given("client-cert") && !f.Given("client-key") {
		f.ClientCert = inventory.Beside(folder, device.ClientCert)
		f.ClientKey = inventory.Beside(folder, device.ClientKey)
	}
	if device.Proxy != nil && !f.Given("proxy") {
		f.Proxy = device.Proxy.String()
	}
	return f
}

func (f Flags) trust(authorities authorities) (audiocodes.Trust, error) {
	if f.Insecure && (len(f.Pins) > 0 || f.CAFile != "") {
		return audiocodes.Trust{}, usage.New("leave --insecure out", "--insecure contradicts --pin and --ca-file")
	}
	lowest, known := tlsVersions[f.TLSMin]
	if !known {
		return audiocodes.Trust{}, usage.New("give 1.0, 1.1, 1.2 or 1.3", "there is no TLS version %q", f.TLSMin)
	}
	trust := audiocodes.Trust{Insecure: f.Insecure, MinVersion: lowest, LegacyCiphers: f.LegacyCiphers}
	for _, text := range f.Pins {
		pin, err := audiocodes.ParsePin(text)
		if err != nil {
			return trust, usage.New("copy the fingerprint that acfix shows on a certificate error", "--pin: %s", err)
		}
		trust.Pins = append(trust.Pins, pin)
	}
	if f.CAFile == "" {
		return trust, nil
	}
	var err error
	trust.CA, err = authorities.pool(f.CAFile)
	return trust, err
}

var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

func (f Flags) oldTLS() string {
	if tlsVersions[f.TLSMin] < tls.VersionTLS12 {
		return f.TLSMin
	}
	return ""
}

// authorities are the CA files that were read, by path.
type authorities map[string]*x509.CertPool

func (read authorities) pool(path string) (*x509.CertPool, error) {
	if pool, ok := read[path]; ok {
		return pool, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage.New("check the path given with --ca-file, or as ca_file in the inventory", "the CA file %s can't be read: %s", path, usage.Reason(err))
	}
	parsed, err := file.Parse(content, "")
	if err == nil && len(parsed.Certificates) == 0 {
		err = errors.New(parsed.Problems[0].String())
	}
	if err != nil {
		return nil, usage.New(adviceOn(err), "the CA file %s holds no certificate that can be read: %s", path, err)
	}
	pool := x509.NewCertPool()
	for _, certificate := range parsed.Certificates {
		pool.AddCert(certificate.X509)
	}
	read[path] = pool
	return pool, nil
}

// adviceOn is what to do about a CA file that is something else.
func adviceOn(err error) string {
	var misfit *file.Misfit
	if errors.As(err, &misfit) {
		return misfit.Advice
	}
	return "give a file with certificates: PEM, DER or P7B"
}
