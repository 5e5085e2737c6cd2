package certs

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Limits of a search: path length, paths kept, certificates compared, and the cost of signatures, where one with a
// 2048-bit key costs 1. A file can hold thousands of certificates with the same name.
const (
	MaxPath       = 16
	maxPaths      = 32
	maxSteps      = 4000
	maxSignatures = 200
)

// End says where a path ends.
type End int

const (
	// Anchored means at a trusted root.
	Anchored End = iota
	// AtRoot means at a root that is not trusted.
	AtRoot
	// Open means at a certificate whose issuer is missing.
	Open
	// Cut means that the path is longer than MaxPath.
	Cut
)

// Path leads from a certificate towards a root.
type Path struct {
	Certificates []*x509.Certificate // the certificate itself first
	End          End
	// Namesake says, for an open path, where the missing issuer's name was found on a certificate that did not sign.
	Namesake Namesake
}

// Namesake says where a certificate with the wanted name but another key was found.
type Namesake int

// The places of a namesake.
const (
	NoNamesake Namesake = iota
	AmongOthers
	AmongAnchors
)

// Top returns the last certificate of the path.
func (p Path) Top() *x509.Certificate { return p.Certificates[len(p.Certificates)-1] }

// Search finds the paths from a certificate to a root. Issuers are found by canonical name, and
// each signature is verified; the caller judges everything else that a path must satisfy.
type Search struct {
	Leaf    *x509.Certificate
	Others  []*x509.Certificate // candidates for the place between the leaf and a root
	Anchors *Anchors            // nil if none are known
	Memo    *Memo
}

// Found is the result of a search.
type Found struct {
	Paths []Path // at least one; those that reach a root first, then the longest of the others
	// Exhausted reports that the limits ended the search early.
	Exhausted bool
}

// Run searches.
func (s Search) Run() Found {
	w := walk{Search: s, byName: map[string][]*x509.Certificate{}, spent: map[[2]*x509.Certificate]Signing{}}
	if w.Memo == nil {
		w.Memo = NewMemo()
	}
	for _, other := range s.Others {
		name := w.Memo.name(other.RawSubject)
		w.byName[name] = append(w.byName[name], other)
	}
	w.climb([]*x509.Certificate{s.Leaf})
	if w.open != nil {
		w.found.Paths = append(w.found.Paths, *w.open)
	}
	return w.found
}

type walk struct {
	Search
	byName map[string][]*x509.Certificate
	spent  map[[2]*x509.Certificate]Signing
	steps  int
	cost   int
	found  Found
	open   *Path // the longest that reaches no root
}

func (w *walk) climb(chain []*x509.Certificate) {
	last := chain[len(chain)-1]
	if w.Anchors.has(last) {
		w.keep(Path{Certificates: chain, End: Anchored})
		return
	}
	if w.isRoot(last) {
		w.keep(Path{Certificates: chain, End: AtRoot})
		return
	}
	went, namesake := w.reachAnchors(chain)
	for _, next := range w.issuers(last) {
		switch {
		case w.done() || w.Anchors.has(next) || stands(chain, next):
		case w.signing(last, next) == NotSigned:
			namesake = AmongOthers
		case len(chain) == MaxPath:
			w.keepOpen(Path{Certificates: chain, End: Cut})
			return
		default:
			went = true
			w.climb(append(slices.Clip(chain), next))
		}
	}
	if !went {
		w.keepOpen(Path{Certificates: chain, End: Open, Namesake: namesake})
	}
}

// reachAnchors keeps the paths from the end of the chain directly to a trusted root.
func (w *walk) reachAnchors(chain []*x509.Certificate) (went bool, namesake Namesake) {
	last := chain[len(chain)-1]
	roots, named := w.Anchors.named(last)
	if named {
		namesake = AmongAnchors
	}
	for _, root := range roots {
		if !w.done() && w.signing(last, root) != NotSigned {
			went = true
			w.keep(Path{Certificates: append(slices.Clip(chain), root), End: Anchored})
		}
	}
	return went, namesake
}

// issuers returns the certificates with the issuer's name, those with the matching key identifier first.
func (w *walk) issuers(last *x509.Certificate) []*x509.Certificate {
	named := w.byName[w.Memo.name(last.RawIssuer)]
	if len(last.AuthorityKeyId) == 0 || len(named) < 2 {
		return named
	}
	fits := func(c *x509.Certificate) bool { return bytes.Equal(c.SubjectKeyId, last.AuthorityKeyId) }
	var first, then []*x509.Certificate
	for _, certificate := range named {
		if fits(certificate) {
			first = append(first, certificate)
		} else {
			then = append(then, certificate)
		}
	}
	return append(first, then...)
}

// stands reports whether the chain has a certificate or its twin: otherwise cross-signed CAs would form a loop.
func stands(chain []*x509.Certificate, next *x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(c *x509.Certificate) bool {
		return bytes.Equal(c.Raw, next.Raw) ||
			bytes.Equal(c.RawSubjectPublicKeyInfo, next.RawSubjectPublicKeyInfo) &&
				SameName(c.RawSubject, next.RawSubject)
	})
}

func (w *walk) keep(path Path) { w.found.Paths = append(w.found.Paths, path) }

func (w *walk) keepOpen(path Path) {
	if w.open == nil || len(path.Certificates) > len(w.open.Certificates) {
		w.open = &path
	}
}

// done counts a step and reports whether the search has reached its limits.
func (w *walk) done() bool {
	w.steps++
	if w.steps > maxSteps || w.cost >= maxSignatures || len(w.found.Paths) >= maxPaths {
		w.found.Exhausted = true
	}
	return w.found.Exhausted
}

// isRoot verifies a signature only if a certificate bears its own issuer's name.
func (w *walk) isRoot(certificate *x509.Certificate) bool {
	if w.Memo.name(certificate.RawIssuer) == w.Memo.name(certificate.RawSubject) {
		w.pay(certificate)
	}
	return w.Memo.IsRoot(certificate)
}

func (w *walk) signing(child, parent *x509.Certificate) Signing {
	key := [2]*x509.Certificate{child, parent}
	found, known := w.spent[key]
	if !known {
		w.pay(parent)
		found = w.Memo.Signing(child, parent)
		w.spent[key] = found
	}
	return found
}

// pay charges for a signature even if the Memo has it: a result must not depend on earlier searches.
func (w *walk) pay(parent *x509.Certificate) {
	bits := weakrsa.Bits(parent)
	if bits > mostRSABits {
		bits = 0 // not verified
	}
	w.cost += max(1, bits/2048*(bits/2048))
}
