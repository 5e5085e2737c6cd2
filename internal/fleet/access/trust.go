package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/usage"
)

func (f Flags) trust(authorities authorities) (audiocodes.Trust, error) {
	if f.Insecure && (len(f.Pins) > 0 || f.CAFile != "") {
		return audiocodes.Trust{}, usage.Errorf("--insecure contradicts --pin and --ca-file").
			Hint("leave --insecure out")
	}
	lowest, known := tlsVersions[f.TLSMin]
	if !known {
		return audiocodes.Trust{}, usage.Errorf("there is no TLS version %q", f.TLSMin).
			Hint("give 1.0, 1.1, 1.2 or 1.3")
	}
	trust := audiocodes.Trust{Insecure: f.Insecure, MinVersion: lowest, LegacyCiphers: f.LegacyCiphers}
	for _, text := range f.Pins {
		pin, err := audiocodes.ParsePin(text)
		if err != nil {
			return trust, usage.Errorf("--pin: %s", err).
				Hint("copy the fingerprint that acfix shows on a certificate error")
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
// docs/design/fleet.md: Mistakes on this machine end a run before it starts
type authorities map[string]*x509.CertPool

func (read authorities) pool(path string) (*x509.CertPool, error) {
	if pool, ok := read[path]; ok {
		return pool, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage.Errorf("the CA file %s can't be read: %s", path, usage.Reason(err)).
			Hint("check the path given with --ca-file, or as ca_file in the inventory")
	}
	parsed, err := file.Parse(content, "")
	if err == nil && len(parsed.Certificates) == 0 {
		err = errors.New(parsed.Problems[0].String())
	}
	if err != nil {
		return nil, usage.Errorf("the CA file %s holds no certificate that can be read: %s", path, err).
			Hint(file.Advice(err, "give a file with certificates: PEM, DER or P7B"))
	}
	pool := x509.NewCertPool()
	for _, certificate := range parsed.Certificates {
		pool.AddCert(certificate.X509)
	}
	read[path] = pool
	return pool, nil
}
