package file

import (
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// firstLeaf applies Leaf's order. Version 1 roots do not say that they are a CA's, but bear their
// own issuer's name. An SBC's own self-signed certificate is the leaf if there is no better one.
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

// Order returns all certificates in the file's order; nil if the format keeps no order: P7B is a
// set, and in a PFX the key determines which certificate comes first.
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
