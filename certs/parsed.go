package certs

import (
	"crypto/sha256"
	"sync"
)

// maxParsed limits the cache to some 2 MB. The stores of a fleet hold the same few dozen certificates.
const maxParsed = 512

// parsed caches what is in a block by the SHA-256 of its text: a thousand devices' stores share them, and an apply
// reads each several times. Unreadable ones are not cached.
var parsed = struct {
	sync.Mutex
	certificates map[[sha256.Size]byte]Certificate
}{certificates: map[[sha256.Size]byte]Certificate{}}

// parseOnce parses a block, or returns the cached certificate of one with the same bytes.
func parseOnce(chunk []byte) (Certificate, error) {
	key := sha256.Sum256(chunk)
	parsed.Lock()
	defer parsed.Unlock()
	if known, ok := parsed.certificates[key]; ok {
		return known, nil
	}
	certificate, err := parseBlock(chunk)
	if err != nil {
		return certificate, err
	}
	if len(parsed.certificates) >= maxParsed {
		clear(parsed.certificates)
	}
	parsed.certificates[key] = certificate
	return certificate, nil
}

// docs/design/certs.md: A certificate the library refuses stays in the store
func parse(fingerprint string, der []byte) (Certificate, error) {
	root, ok := Find(fingerprint)
	certificate := root.certificate
	if !ok {
		var err error
		if certificate, err = Parse(der); err != nil {
			return Certificate{}, err
		}
	}
	return Certificate{
		SHA256: fingerprint, X509: certificate,
		Odd: Oddities(certificate), subject: CanonicalName(certificate.RawSubject),
	}, nil
}
