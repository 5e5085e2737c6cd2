package audiocodes

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Trust says how the device's management certificate is judged. The zero value uses the
// system's roots. By default a device shows a self-signed certificate of TLS Context 0
// ("ACL_<serial>", User's Manual 7.4, "TLS Contexts"), so a pin is the usual choice.
type Trust struct {
	// CA replaces the system's roots.
	CA *x509.CertPool
	// Pins are SHA-256 fingerprints of accepted certificates, as ParsePin returns them.
	// With pins nothing else is checked: neither name nor validity nor signature.
	Pins []string
	// Insecure accepts any certificate.
	Insecure bool
	// MinVersion is the lowest TLS version, as in crypto/tls; 0 stands for TLS 1.2. Lower
	// ones are for old firmware, and bring the cipher suites of its time with them.
	MinVersion uint16
}

// ParsePin reads a SHA-256 fingerprint in hex, with or without colons, in any case.
func ParsePin(text string) (string, error) {
	plain := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
	if raw, err := hex.DecodeString(plain); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is no SHA-256 fingerprint (64 hex digits, colons optional)", text)
	}
	return plain, nil
}

// pinError carries what was presented, so that a person can compare and pin it.
type pinError struct{ presented string }

func (e *pinError) Error() string { return ErrNotPinned.Error() }

func (e *pinError) Unwrap() error { return ErrNotPinned }

// config makes the TLS configuration; presented is told the certificate of each connection
// that was accepted.
func (t Trust) config(presented func(sha256 string)) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.CA}
	if t.MinVersion != 0 {
		config.MinVersion = t.MinVersion
	}
	if config.MinVersion < tls.VersionTLS12 {
		config.CipherSuites = allSuites()
	}
	if t.Insecure || len(t.Pins) > 0 {
		// With pins, VerifyConnection below is the whole check.
		config.InsecureSkipVerify = true
	}
	// Unlike VerifyPeerCertificate, it is asked for resumed sessions too.
	config.VerifyConnection = func(state tls.ConnectionState) error {
		certificate := fingerprint(state.PeerCertificates[0].Raw)
		if len(t.Pins) > 0 && !slices.Contains(t.Pins, certificate) {
			return &pinError{presented: certificate}
		}
		presented(certificate)
		return nil
	}
	return config
}

// allSuites are the suites that Go leaves out by default too: firmware that knows nothing
// above TLS 1.1 often has no other.
func allSuites() []uint16 {
	var suites []uint16
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		suites = append(suites, suite.ID)
	}
	return suites
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
