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

// MaxStoreBytes bounds what ParseStore looks at. The largest documented store holds
// about 150 certificates (User's Manual 7.4, "Trusted Root Certificates"), some 300 KiB.
const MaxStoreBytes = 8 << 20

// Store is the content of one TLS Context's trusted-root store.
type Store struct {
	// Certificates are the readable certificates in the order of the file;
	// one that the device stores twice is here twice.
	Certificates []Certificate
	// Problems tell what in the file could not be read, in the order of the file.
	// A store with problems may be added to, but must never be replaced from this
	// reading: what could not be read would be lost.
	Problems []Problem
}

// Certificate is one certificate of a store.
type Certificate struct {
	SHA256 string            // of the DER, lower-case hex
	X509   *x509.Certificate // shared with other stores: do not change it
	// Odd says in sentences what in it is not as RFC 5280 has it; see Oddities.
	Odd []string

	subject string // its canonical name; "" where that was not computed
}

// named reports whether the certificate has a subject by its canonical name.
func (c Certificate) named(subject string) bool {
	if c.subject == "" {
		return CanonicalName(c.X509.RawSubject) == subject
	}
	return c.subject == subject
}

// Problem is one unreadable piece of a store. Block counts PEM blocks from 1; it is 0 when
// the problem is the store's as a whole.
type Problem struct {
	Block  int
	Reason string
	// Refused is the SHA-256 of a whole certificate that breaks the rules which it would have to
	// keep to be read; "" where there is no whole certificate.
	Refused string
}

// AllRefused reports whether each of some problems is a whole certificate that can't be read:
// then nothing was cut off.
func AllRefused(problems []Problem) bool {
	return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Refused == "" })
}

func (p Problem) String() string {
	if p.Block == 0 {
		return p.Reason
	}
	return fmt.Sprintf("block %d: %s", p.Block, p.Reason)
}

var pemBegin = []byte("-----BEGIN ")

// ParseStore reads what a device answers for a trusted-root store: PEM blocks one after
// another, with LF or CRLF, blank lines and any text between them. It keeps every
// certificate that is good and reports every block that is not; it never fails.
func ParseStore(data []byte) Store {
	var store Store
	if len(data) > MaxStoreBytes {
		data = data[:MaxStoreBytes]
		store.Problems = append(store.Problems, Problem{Reason: fmt.Sprintf("the store is larger than %d bytes; the rest was not read", MaxStoreBytes)})
	}
	blocks := splitBlocks(data)
	if len(blocks) == 0 && len(bytes.TrimSpace(data)) > 0 {
		store.Problems = append(store.Problems, Problem{Reason: "there is text in the store but no PEM block"})
	}
	for number, chunk := range blocks {
		certificate, err := parseBlock(chunk)
		if err != nil {
			store.Problems = append(store.Problems, Problem{Block: number + 1, Reason: err.Error(), Refused: certificate.SHA256})
			continue
		}
		store.Certificates = append(store.Certificates, certificate)
	}
	return store
}

// splitBlocks cuts the data at each BEGIN line, so that one broken block can't
// swallow the good ones behind it, as pem.Decode alone would let it.
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

// parseBlock reads one certificate; of a whole one that can't be read, it returns the SHA-256 alone.
func parseBlock(chunk []byte) (Certificate, error) {
	block, _ := pem.Decode(chunk)
	if block == nil {
		return Certificate{}, errors.New("is not a complete PEM block")
	}
	if block.Type != "CERTIFICATE" {
		return Certificate{}, fmt.Errorf("is a %q, not a certificate", block.Type)
	}
	certificate, err := parseOnce(block.Bytes)
	switch {
	case err == nil:
		return certificate, nil
	case isOneElement(block.Bytes):
		certificate.SHA256 = Fingerprint(block.Bytes)
	}
	return certificate, fmt.Errorf("holds no readable certificate: %w", err)
}

// isOneElement reports whether nothing is cut off, and nothing stands behind.
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

// Fingerprints are the SHA-256 of all readable certificates, in the store's order.
func (s Store) Fingerprints() []string {
	fingerprints := make([]string, 0, len(s.Certificates))
	for _, certificate := range s.Certificates {
		fingerprints = append(fingerprints, certificate.SHA256)
	}
	return fingerprints
}

// Match is what a store says of one required root.
type Match struct {
	Root    Root
	Present bool
	// Expired: the root is in the store, but its validity has ended.
	Expired bool
	// Twins have the root's subject and key but are another certificate, usually
	// signed by another CA. A twin is not the root: it is reported and nothing more.
	Twins []Certificate
	// Namesakes have the root's subject and another key.
	Namesakes []Certificate
}

// Find looks for one required root in the store, judging validity at the given time.
func (s Store) Find(root Root, now time.Time) Match {
	match := Match{Root: root}
	wanted, subject := root.Certificate(), CanonicalName(root.Certificate().RawSubject)
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

// Expired returns the certificates of the store whose validity has ended at the given time.
func (s Store) Expired(now time.Time) []Certificate {
	var expired []Certificate
	for _, certificate := range s.Certificates {
		if now.After(certificate.X509.NotAfter) {
			expired = append(expired, certificate)
		}
	}
	return expired
}
