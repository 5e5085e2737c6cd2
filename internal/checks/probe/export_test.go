package probe

import (
	"crypto/x509"
	"io"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Anchors reports whether a chain of this root alone would be accepted.
func Anchors(trust TrustStore, root *x509.Certificate, now time.Time) error {
	return Anchored(trust, []*x509.Certificate{root}, now)
}

// Anchored reports why a chain would not be accepted.
func Anchored(trust TrustStore, chain []*x509.Certificate, now time.Time) error {
	_, err := trust.anchor(chain, now)
	return err
}

// ReadFinal reads the answer to OPTIONS number 1 of a call from a stream.
func ReadFinal(from io.Reader, call string) (*sip.Response, error) {
	return newAnswers(from).final(dialog{callID: call}, 1)
}

// Request is the OPTIONS that is sent.
func Request(o Prober, endpoint Endpoint) string {
	return string(o.dialog(endpoint).request(1, "z9hG4bKbranch"))
}
