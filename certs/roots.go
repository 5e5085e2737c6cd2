package certs

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Root is a trusted root that a policy requires on the SBC. Serial, SHA1 and SHA256 are lower-case hex without
// separators.
type Root struct {
	Name   string // the certificate's common name
	Serial string
	SHA1   string
	SHA256 string // of the DER; the root's only identity
	Why    string // what the root is needed for
	Source string // where the facts were published

	file        string
	pem         string
	subject     string // its canonical name
	certificate *x509.Certificate
}

// PEM returns the root as one PEM block with LF line ends and no other text, the form that the device's import
// accepts (REST API for Mediant Devices, LTRT-41761, "Trusted Root Certificates": base64 PEM, one certificate).
func (r Root) PEM() []byte { return []byte(r.pem) }

// FileName returns a name for the root's PEM file.
func (r Root) FileName() string { return r.file }

// Certificate returns the parsed root. The certificate is shared: do not change it.
func (r Root) Certificate() *x509.Certificate { return r.certificate }

// Fingerprint returns the SHA-256 of a DER certificate in lower-case hex: a root's identity in all acfix documents.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
