package certfile

import (
	"crypto/x509"
	"encoding/asn1"

	"github.com/acfix/acfix/certs"
)

// parseAll is x509.ParseCertificates for certificates that it refuses, too.
func parseAll(data []byte) ([]*x509.Certificate, error) {
	all, err := x509.ParseCertificates(data)
	if err == nil {
		return all, nil
	}
	for rest := data; len(rest) > 0; {
		var value asn1.RawValue
		behind, broken := asn1.Unmarshal(rest, &value)
		if broken != nil {
			return nil, err
		}
		certificate, refused := certs.Parse(value.FullBytes)
		if refused != nil {
			return nil, err
		}
		all, rest = append(all, certificate), behind
	}
	return all, nil
}
