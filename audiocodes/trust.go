package audiocodes

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Trust says how to verify the device's management certificate. The zero value uses the
// system's roots. By default a device presents a self-signed certificate of TLS Context 0
// ("ACL_<serial>", User's Manual 7.4, "TLS Contexts"), so a pin is the usual choice.
type Trust struct {
	// CA replaces the system's roots.
	CA *x509.CertPool
	// Pins are SHA-256 fingerprints of accepted certificates, as ParsePin returns them. With pins nothing else is
	// checked: neither name, validity, signature nor key length.
	Pins []string
	// Insecure accepts any certificate but one with an RSA key below 1024 bits.
	Insecure bool
	// MinVersion is the lowest TLS version, as in crypto/tls; 0 means TLS 1.2. Lower versions
	// are for old firmware, and also allow the cipher suites of its time.
	MinVersion uint16
	// LegacyCiphers allows the cipher suites that Go omits by default: RSA key exchange, 3DES, RC4, CBC with SHA-256.
	LegacyCiphers bool
	// Client is presented to a device that asks for a client certificate, whatever CAs it names; nil
	// for none. With it a device may also ask late, by renegotiating once (TLS 1.2 and earlier).
	Client *tls.Certificate
}

// ParsePin reads a SHA-256 fingerprint in hex, with or without colons, in any case.
func ParsePin(text string) (string, error) {
	plain := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
	if raw, err := hex.DecodeString(plain); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is no SHA-256 fingerprint (64 hex digits, colons optional)", text)
	}
	return plain, nil
}

// pinError carries the presented fingerprint, so that an operator can compare and pin it.
type pinError struct{ presented string }

func (e *pinError) Error() string { return ErrNotPinned.Error() }

func (e *pinError) Unwrap() error { return ErrNotPinned }

// groups have no ML-KEM: its key share makes a ClientHello of two packets.
// docs/design/device.md: Only the groups that devices know are offered
var groups = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}

// config makes the TLS configuration; presented is told the certificate of each connection that was accepted, and may
// refuse it after all; asked is called when a device asks for a client certificate.
// docs/design/device.md: A resumed TLS session is checked like a new one
func (t Trust) config(presented func(sha256 string) error, asked func()) *tls.Config {
	config := &tls.Config{MinVersion: t.lowest(), RootCAs: t.CA, CurvePreferences: groups}
	if t.allowsAllSuites() {
		config.CipherSuites = allSuites()
	}
	if t.Client != nil {
		config.Renegotiation = tls.RenegotiateOnceAsClient
	}
	// With Certificates instead, crypto/tls silently sends none unless the device's list of CAs names its issuer.
	// docs/design/device.md: A client certificate is sent to any server that asks
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked()
		if t.Client == nil {
			return &tls.Certificate{}, nil
		}
		return t.Client, nil
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
		if err := weakrsa.Check(state); err != nil && len(t.Pins) == 0 {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return presented(certificate)
	}
	return config
}

func (t Trust) lowest() uint16 { return cmp.Or(t.MinVersion, tls.VersionTLS12) }

func (t Trust) allowsAllSuites() bool { return t.LegacyCiphers || t.lowest() < tls.VersionTLS12 }

// allSuites includes the suites that Go omits by default: firmware limited to TLS 1.1 often has no other.
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
