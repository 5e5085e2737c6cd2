package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"sync"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Signing is what is known of whether the key of one certificate signed another.
type Signing int

const (
	// NotSigned: it did not.
	NotSigned Signing = iota
	// Unjudged: the algorithm or the key is too old, too short, too long or of a kind that acfix
	// does not compute with. Whether the key signed can't be told.
	Unjudged
	// Signed: it did.
	Signed
)

// mostRSABits bounds the RSA keys that signatures are computed with, as weakrsa.Least does from below:
// no CA has a key above 16384 bits, and a signature by one of a megabyte takes minutes.
const mostRSABits = 16384

// mostPairs and mostNames bound what a Memo keeps: a few MB. A fleet has a few thousand pairs.
const (
	mostPairs = 1 << 14
	mostNames = 1 << 12
)

// Memo keeps what a run computed about certificates, so that each signature is computed once. It
// is for one run, over all its devices, and may be used from several goroutines. A nil Memo keeps
// nothing.
type Memo struct {
	mu    sync.Mutex
	pairs map[pair]*signing
	names map[string]string

	computed int
}

// pair is a child and a parent, by the SHA-256 of their DER.
type pair [2][sha256.Size]byte

type signing struct {
	once  sync.Once
	found Signing
}

// NewMemo returns an empty Memo.
func NewMemo() *Memo { return &Memo{pairs: map[pair]*signing{}, names: map[string]string{}} }

// Computed returns how many signatures were computed.
func (m *Memo) Computed() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.computed
}

// Signing reports whether the parent's key signed the child. Names and permissions do not matter.
func (m *Memo) Signing(child, parent *x509.Certificate) Signing {
	if m == nil {
		return compute(child, parent)
	}
	entry := m.entry(pair{sha256.Sum256(child.Raw), sha256.Sum256(parent.Raw)})
	entry.once.Do(func() { entry.found = compute(child, parent) })
	return entry.found
}

func (m *Memo) entry(key pair) *signing {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.pairs[key]; ok {
		return known
	}
	if len(m.pairs) >= mostPairs {
		clear(m.pairs)
	}
	made := &signing{}
	m.pairs[key] = made
	m.computed++
	return made
}

// note keeps that a signature was computed elsewhere and found good. That by a weak key stays open.
func (m *Memo) note(child, parent *x509.Certificate) {
	if m != nil && !weakrsa.IsWeak(parent) {
		entry := m.entry(pair{sha256.Sum256(child.Raw), sha256.Sum256(parent.Raw)})
		entry.once.Do(func() { entry.found = Signed })
	}
}

// name is CanonicalName, computed once.
func (m *Memo) name(der []byte) string {
	if m == nil {
		return CanonicalName(der)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.names[string(der)]; ok {
		return known
	}
	if len(m.names) >= mostNames {
		clear(m.names)
	}
	name := CanonicalName(der)
	m.names[string(der)] = name
	return name
}

func compute(child, parent *x509.Certificate) Signing {
	if parent.PublicKey == nil || weakrsa.Bits(parent) > mostRSABits || weakrsa.IsWeak(parent) {
		return Unjudged
	}
	err := parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
	var old x509.InsecureAlgorithmError
	switch {
	case err == nil:
		return Signed
	case errors.As(err, &old), errors.Is(err, x509.ErrUnsupportedAlgorithm):
		return Unjudged
	default:
		return NotSigned
	}
}

// IsRoot reports whether a certificate is issued to its own issuer and, as far as that can be
// judged, signed by its own key.
func (m *Memo) IsRoot(certificate *x509.Certificate) bool {
	if m.name(certificate.RawIssuer) != m.name(certificate.RawSubject) {
		return false
	}
	switch m.Signing(certificate, certificate) {
	case Signed:
		return true
	case Unjudged: // two key identifiers mean two keys: a CA's certificate for its next one
		return len(certificate.AuthorityKeyId) == 0 || bytes.Equal(certificate.AuthorityKeyId, certificate.SubjectKeyId)
	default:
		return false
	}
}
