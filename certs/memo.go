package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"sync"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Signing says whether the key of one certificate is known to have signed another.
type Signing int

const (
	// NotSigned means that it did not.
	NotSigned Signing = iota
	// Unjudged means that acfix cannot verify the signature: the algorithm or the key is too old,
	// too short, too long or of an unsupported kind.
	Unjudged
	// Signed means that it did.
	Signed
)

// mostRSABits is the largest RSA key that signatures are verified with (weakrsa.Least is the
// smallest): no CA has a key above 16384 bits, and verifying with one of a megabyte takes minutes.
const mostRSABits = 16384

// mostPairs and mostNames limit what a Memo keeps to a few MB. A fleet has a few thousand pairs.
const (
	mostPairs = 1 << 14
	mostNames = 1 << 12
)

// Memo remembers what a run computed about certificates, so that each signature is verified once. It serves one run
// over all its devices and is safe for concurrent use. A nil Memo remembers nothing.
type Memo struct {
	mu    sync.Mutex
	pairs map[pair]*signing
	names map[string]string

	computed int
}

// pair identifies a child and a parent by the SHA-256 of their DER.
type pair [2][sha256.Size]byte

type signing struct {
	once  sync.Once
	found Signing
}

// NewMemo returns an empty Memo.
func NewMemo() *Memo { return &Memo{pairs: map[pair]*signing{}, names: map[string]string{}} }

// Computed returns how many signatures were verified.
func (m *Memo) Computed() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.computed
}

// Signing reports whether the parent's key signed the child. Names and permissions are ignored.
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

// note records a signature that was verified elsewhere. One by a weak key remains unjudged.
func (m *Memo) note(child, parent *x509.Certificate) {
	if m != nil && !weakrsa.IsWeak(parent) {
		entry := m.entry(pair{sha256.Sum256(child.Raw), sha256.Sum256(parent.Raw)})
		entry.once.Do(func() { entry.found = Signed })
	}
}

// name caches CanonicalName.
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

// IsRoot reports whether a certificate names itself as its issuer and, if that can be verified, signed itself.
func (m *Memo) IsRoot(certificate *x509.Certificate) bool {
	if m.name(certificate.RawIssuer) != m.name(certificate.RawSubject) {
		return false
	}
	switch m.Signing(certificate, certificate) {
	case Signed:
		return true
	case Unjudged: // two key identifiers mean two keys: a CA's certificate for its successor
		return len(certificate.AuthorityKeyId) == 0 || bytes.Equal(certificate.AuthorityKeyId, certificate.SubjectKeyId)
	default:
		return false
	}
}
