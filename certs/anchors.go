package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
)

// Anchors are the roots that count as trusted, each identified by the SHA-256 of its DER.
type Anchors struct {
	// Words names for people the store that vouches for the roots: "the roots of FILE".
	Words string

	memo   *Memo
	byName map[string][]*x509.Certificate
	prints map[[sha256.Size]byte]bool

	system *x509.CertPool
	forms  map[string][][]byte // of the names in the system's pool: from canonical to encoded
}

// NewAnchors trusts the roots among the certificates and returns the others: if an intermediate or
// the leaf itself were an anchor, a chain that leads to no root would pass as complete.
func NewAnchors(words string, certificates []*x509.Certificate, memo *Memo) (*Anchors, []*x509.Certificate) {
	anchors := &Anchors{
		Words: words, memo: memo, byName: map[string][]*x509.Certificate{}, prints: map[[sha256.Size]byte]bool{},
	}
	var others []*x509.Certificate
	for _, certificate := range certificates {
		if memo.IsRoot(certificate) {
			anchors.Add(certificate)
		} else {
			others = append(others, certificate)
		}
	}
	return anchors, others
}

// SystemAnchors trusts the roots of the operating system.
func SystemAnchors(words string, pool *x509.CertPool, memo *Memo) *Anchors {
	anchors := &Anchors{Words: words, memo: memo, system: pool, forms: map[string][][]byte{}}
	//lint:ignore SA1019 on Windows and macOS the list is empty, and the platform compares names itself
	for _, subject := range pool.Subjects() {
		name := memo.name(subject)
		anchors.forms[name] = append(anchors.forms[name], subject)
	}
	return anchors
}

// Add trusts one more certificate, even one that is not a root.
func (a *Anchors) Add(root *x509.Certificate) {
	print := sha256.Sum256(root.Raw)
	if !a.prints[print] {
		a.prints[print] = true
		name := a.memo.name(root.RawSubject)
		a.byName[name] = append(a.byName[name], root)
	}
}

// has reports whether a certificate is itself a trusted root.
func (a *Anchors) has(certificate *x509.Certificate) bool {
	switch {
	case a == nil:
		return false
	case a.system == nil:
		return a.prints[sha256.Sum256(certificate.Raw)]
	}
	if a.memo.name(certificate.RawIssuer) != a.memo.name(certificate.RawSubject) {
		return false
	}
	found := a.inSystem(certificate, certificate.RawIssuer)
	return found != nil && bytes.Equal(found.Raw, certificate.Raw)
}

// named returns the trusted roots with the name of a certificate's issuer, and reports whether any exist. From the
// system's pool it returns only those whose key signed the certificate: the pool reveals no others.
func (a *Anchors) named(certificate *x509.Certificate) (roots []*x509.Certificate, named bool) {
	if a == nil {
		return nil, false
	}
	name := a.memo.name(certificate.RawIssuer)
	if a.system == nil {
		return a.byName[name], len(a.byName[name]) > 0
	}
	forms := a.forms[name]
	named = len(forms) > 0
	if !named { // Windows, macOS
		forms = [][]byte{certificate.RawIssuer}
	}
	for _, form := range forms {
		if root := a.inSystem(certificate, form); root != nil {
			a.memo.note(certificate, root)
			roots = append(roots, root)
		}
	}
	return roots, named
}

// inSystem finds the root in the system's pool that signed a certificate. The pool answers only to
// Verify, so a copy is verified, stripped of everything else that could make it fail.
func (a *Anchors) inSystem(certificate *x509.Certificate, issuer []byte) *x509.Certificate {
	asked := *certificate
	asked.RawIssuer = issuer
	asked.Extensions, asked.UnhandledCriticalExtensions = nil, nil
	asked.BasicConstraintsValid, asked.Policies = false, nil
	moment := asked.NotBefore
	chains, err := asked.Verify(x509.VerifyOptions{
		Roots: a.system, CurrentTime: moment, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil && len(chains[0]) <= 2:
		return chains[0][len(chains[0])-1]
	case !errors.As(err, &invalid) || invalid.Reason != x509.Expired || invalid.Cert == nil:
		return nil
	case bytes.Equal(invalid.Cert.Raw, certificate.Raw):
		return nil
	default:
		return invalid.Cert
	}
}
