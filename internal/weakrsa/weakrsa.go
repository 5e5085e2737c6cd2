// Package weakrsa refuses certificates with RSA keys below 1024 bits. go.mod lets the standard
// library accept them (rsa1024min=0), so that acfix can reach a device with a pinned certificate
// whatever its key; wherever else TLS relies on a certificate, Check enforces the limit.
package weakrsa

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// Least is the minimum length of RSA keys in bits, as in Go 1.24 and later.
const Least = 1024

// Err is in the chain of every error of this package.
var Err = errors.New("the RSA key is too short to be secure")

// Check fits tls.Config.VerifyConnection. It refuses a peer whose own key is too short, or whose
// verified chains all contain such a key.
func Check(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	return Chains(state.PeerCertificates[0], state.VerifiedChains)
}

// Chains checks a certificate and the chains found for it, or the certificate alone if there are
// none.
// docs/design/device.md: A pin decides by bytes
func Chains(leaf *x509.Certificate, chains [][]*x509.Certificate) error {
	if IsWeak(leaf) {
		return refuse(leaf)
	}
	return Above(chains)
}

// Above checks the certificates above a certificate, and ignores its own key.
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

// IsWeak reports whether a certificate has an RSA key below Least.
func IsWeak(certificate *x509.Certificate) bool {
	return Bits(certificate) != 0 && Bits(certificate) < Least
}

// Bits returns the length of a certificate's RSA key; 0 for other keys.
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
