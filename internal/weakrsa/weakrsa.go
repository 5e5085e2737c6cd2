// Package weakrsa refuses certificates with RSA keys below 1024 bits. go.mod lets the standard
// library take them (rsa1024min=0), so that a device whose certificate is pinned can be reached
// whatever its key; wherever else TLS relies on a certificate, Check keeps the bound.
package weakrsa

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// Least is the length in bits from which on RSA keys are accepted: that of Go 1.24 and later.
const Least = 1024

// Err is in the chain of every error of this package.
var Err = errors.New("the RSA key is too short to be relied on")

// Check fits tls.Config.VerifyConnection. It refuses a peer whose own key is too short, and one
// of whose verified chains none does without such a key.
func Check(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	return Chains(state.PeerCertificates[0], state.VerifiedChains)
}

// Chains does the same for a certificate and the chains that were found for it; without chains
// the certificate alone is looked at.
// docs/design/device.md: A pin decides by bytes
func Chains(leaf *x509.Certificate, chains [][]*x509.Certificate) error {
	if IsWeak(leaf) {
		return refuse(leaf)
	}
	return Above(chains)
}

// Above does the same for those that signed a certificate, its own key aside.
func Above(chains [][]*x509.Certificate) error {
	var refused error
	for _, chain := range chains {
		weak := slices.IndexFunc(chain[1:], IsWeak)
		if weak < 0 {
			return nil
		}
		refused = refuse(chain[1+weak])
	}
	return refused
}

// IsWeak reports whether a certificate has an RSA key below that bound.
func IsWeak(certificate *x509.Certificate) bool {
	return Bits(certificate) != 0 && Bits(certificate) < Least
}

// Bits is the length of a certificate's RSA key; 0 for another kind of key.
func Bits(certificate *x509.Certificate) int {
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return key.N.BitLen()
}

func refuse(certificate *x509.Certificate) error {
	name := certificate.Subject.CommonName
	return fmt.Errorf("%w: that of %q has %d bits, less than %d", Err, name, Bits(certificate), Least)
}
