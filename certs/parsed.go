package certs

import (
	"crypto/x509"
	"sync"
)

// maxParsed bounds what is kept: some 2 MB. The stores of a fleet hold the same few dozen.
const maxParsed = 512

// parsed keeps certificates by their SHA-256, so that one that stands in the stores of a
// thousand devices is parsed once. What can't be parsed is not kept.
var parsed = struct {
	sync.Mutex
	certificates map[string]*x509.Certificate
}{certificates: map[string]*x509.Certificate{}}

// parseOnce parses a certificate, or returns the shared one with the same bytes.
func parseOnce(fingerprint string, der []byte) (*x509.Certificate, error) {
	if known, ok := parsedRoots()[fingerprint]; ok {
		return known, nil
	}
	parsed.Lock()
	defer parsed.Unlock()
	if known, ok := parsed.certificates[fingerprint]; ok {
		return known, nil
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if len(parsed.certificates) >= maxParsed {
		clear(parsed.certificates)
	}
	parsed.certificates[fingerprint] = certificate
	return certificate, nil
}
