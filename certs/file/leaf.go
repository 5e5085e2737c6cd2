package file

import (
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// firstLeaf: roots of version 1 don't say that they are a CA's; that they bear their own issuer's
// name says it. An SBC's own self-signed certificate is a leaf where there is no better one.
func (f File) firstLeaf() certs.Certificate {
	for _, isLeaf := range []func(certs.Certificate) bool{
		func(c certs.Certificate) bool { return !c.X509.IsCA && !isOwnIssuer(c) },
		func(c certs.Certificate) bool { return !c.X509.IsCA && c.X509.Version > 1 },
		func(c certs.Certificate) bool { return !c.X509.IsCA },
	} {
		if i := slices.IndexFunc(f.Certificates, isLeaf); i >= 0 {
			return f.Certificates[i]
		}
	}
	return f.Certificates[0]
}

func isOwnIssuer(c certs.Certificate) bool {
	return certs.SameName(c.X509.RawIssuer, c.X509.RawSubject)
}

// Order are all certificates as they stand in the file; nil where the format keeps no order: P7B is
// a set, and of a PFX the key says which certificate comes first.
func (f File) Order() []*x509.Certificate {
	if f.Format != PEM && f.Format != DER {
		return nil
	}
	var order []*x509.Certificate
	for _, c := range f.Certificates {
		order = append(order, c.X509)
	}
	return order
}
