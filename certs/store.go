package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxStoreBytes limits how much of a store ParseStore reads. The largest documented store holds
// about 150 certificates (User's Manual 7.4, "Trusted Root Certificates"), some 300 KiB.
const MaxStoreBytes = 8 << 20

// Store is the content of one TLS Context's trusted-root store.
type Store struct {
	// Certificates are the readable certificates in the order of the file, duplicates included.
	Certificates []Certificate
	// Problems says what in the file could not be read, in the order of the file. A store with problems may be added
	// to but must never be replaced from this reading: the unreadable parts would be lost.
	Problems []Problem
}

// Certificate is one certificate of a store.
type Certificate struct {
	SHA256 string            // of the DER, lower-case hex
	X509   *x509.Certificate // shared with other stores: do not change it
	// Odd says in sentences how it deviates from RFC 5280; see Oddities.
	Odd []string

	subject string // its canonical name; "" if not computed
}

// named reports whether the certificate's subject has this canonical name.
func (c Certificate) named(subject string) bool {
	if c.subject == "" {
		return CanonicalName(c.X509.RawSubject) == subject
	}
	return c.subject == subject
}

// Problem is an unreadable piece of a store. Block counts PEM blocks from 1; 0 stands for the whole store.
type Problem struct {
	Block  int
	Reason string
	// Refused is the SHA-256 of a complete certificate that breaks the reading rules; "" if it is incomplete.
	Refused string
}

// AllRefused reports whether each problem is a complete certificate that cannot be read, so that nothing was cut off.
func AllRefused(problems []Problem) bool {
	return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Refused == "" })
}

// String returns the reason, after the number of the block if there is one.
func (p Problem) String() string {
	if p.Block == 0 {
		return p.Reason
	}
	return fmt.Sprintf("block %d: %s", p.Block, p.Reason)
}

var pemBegin = []byte("-----BEGIN ")

// ParseStore reads a device's trusted-root store: consecutive PEM blocks with LF or CRLF, blank lines and any text
// between them. It keeps every good certificate, reports every other block, and never fails.
func ParseStore(data []byte) Store {
	var store Store
	if len(data) > MaxStoreBytes {
		data = data[:MaxStoreBytes]
		store.Problems = append(store.Problems,
			Problem{Reason: fmt.Sprintf("the store is larger than %d bytes; the rest was not read", MaxStoreBytes)})
	}
	blocks := splitBlocks(data)
	if len(blocks) == 0 && len(bytes.TrimSpace(data)) > 0 {
		store.Problems = append(store.Problems, Problem{Reason: "there is text in the store but no PEM block"})
	}
	for number, chunk := range blocks {
		certificate, err := parseOnce(chunk)
		if err != nil {
			store.Problems = append(store.Problems,
				Problem{Block: number + 1, Reason: err.Error(), Refused: certificate.SHA256})
			continue
		}
		store.Certificates = append(store.Certificates, certificate)
	}
	return store
}

// splitBlocks cuts at each BEGIN line, so that a broken block cannot swallow good ones as with pem.Decode alone.
func splitBlocks(data []byte) [][]byte {
	var chunks [][]byte
	start := bytes.Index(data, pemBegin)
	for start >= 0 {
		data = data[start:]
		next := bytes.Index(data[len(pemBegin):], pemBegin)
		if next < 0 {
			return append(chunks, data)
		}
		start = next + len(pemBegin)
		chunks = append(chunks, data[:start])
	}
	return chunks
}

// parseBlock reads one certificate; of a complete but unreadable one it returns only the SHA-256.
func parseBlock(chunk []byte) (Certificate, error) {
	block, _ := pem.Decode(chunk)
	if block == nil {
		return Certificate{}, errors.New("is not a complete PEM block")
	}
	if block.Type != "CERTIFICATE" {
		return Certificate{}, fmt.Errorf("is a %q, not a certificate", block.Type)
	}
	certificate, err := parse(Fingerprint(block.Bytes), block.Bytes)
	switch {
	case err == nil:
		return certificate, nil
	case isOneElement(block.Bytes):
		certificate.SHA256 = Fingerprint(block.Bytes)
	}
	return certificate, fmt.Errorf("holds no readable certificate: %w", err)
}

// isOneElement reports whether the DER is complete and nothing follows it.
func isOneElement(der []byte) bool {
	var element asn1.RawValue
	rest, err := asn1.Unmarshal(der, &element)
	return err == nil && len(rest) == 0
}

// Has reports whether the store holds the certificate with this SHA-256.
func (s Store) Has(fingerprint string) bool {
	for _, certificate := range s.Certificates {
		if certificate.SHA256 == fingerprint {
			return true
		}
	}
	return false
}

// Fingerprints returns the SHA-256 of all readable certificates, in the store's order.
func (s Store) Fingerprints() []string {
	fingerprints := make([]string, 0, len(s.Certificates))
	for _, certificate := range s.Certificates {
		fingerprints = append(fingerprints, certificate.SHA256)
	}
	return fingerprints
}

// Match says what a store holds of one required root.
type Match struct {
	Root    Root
	Present bool
	// Expired reports that the root is in the store but no longer valid.
	Expired bool
	// Twins are other certificates with the root's subject and key, usually cross-signed; only reported.
	Twins []Certificate
	// Namesakes have the root's subject but another key.
	Namesakes []Certificate
}

// Find looks for a required root in the store and judges its validity at the given time.
func (s Store) Find(root Root, now time.Time) Match {
	match := Match{Root: root}
	wanted, subject := root.certificate, root.subject
	for _, certificate := range s.Certificates {
		switch {
		case certificate.SHA256 == root.SHA256:
			match.Present = true
			match.Expired = now.After(wanted.NotAfter)
		case !certificate.named(subject):
		case bytes.Equal(certificate.X509.RawSubjectPublicKeyInfo, wanted.RawSubjectPublicKeyInfo):
			match.Twins = append(match.Twins, certificate)
		default:
			match.Namesakes = append(match.Namesakes, certificate)
		}
	}
	return match
}

// Expired returns the certificates of the store that are no longer valid at the given time.
func (s Store) Expired(now time.Time) []Certificate {
	var expired []Certificate
	for _, certificate := range s.Certificates {
		if now.After(certificate.X509.NotAfter) {
			expired = append(expired, certificate)
		}
	}
	return expired
}
