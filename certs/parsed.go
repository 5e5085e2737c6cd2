package certs

import "sync"

// maxParsed limits the cache to some 2 MB. The stores of a fleet hold the same few dozen certificates.
const maxParsed = 512

// parsed caches certificates by SHA-256: a thousand devices' stores share them. Unreadable ones are not cached.
var parsed = struct {
	sync.Mutex
	certificates map[string]Certificate
}{certificates: map[string]Certificate{}}

// parseOnce parses a certificate, or returns the cached one with the same bytes.
func parseOnce(der []byte) (Certificate, error) {
	fingerprint := Fingerprint(der)
	parsed.Lock()
	defer parsed.Unlock()
	if known, ok := parsed.certificates[fingerprint]; ok {
		return known, nil
	}
	certificate, err := parse(fingerprint, der)
	if err != nil {
		return Certificate{}, err
	}
	if len(parsed.certificates) >= maxParsed {
		clear(parsed.certificates)
	}
	parsed.certificates[fingerprint] = certificate
	return certificate, nil
}

// docs/design/certs.md: A certificate the library refuses stays in the store
func parse(fingerprint string, der []byte) (Certificate, error) {
	certificate, ok := parsedRoots()[fingerprint]
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
