package certs

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Bounds of a search: how long a path gets, how many are kept, how many certificates are held
// against one another, and how much is spent on signatures, where one with a 2048-bit key costs 1.
// A file can hold thousands of certificates of the same name.
const (
	MaxPath       = 16
	maxPaths      = 32
	maxSteps      = 4000
	maxSignatures = 200
)

// End is where a path ends.
type End int

const (
	// Anchored: at a trusted root.
	Anchored End = iota
	// AtRoot: at a root that is not trusted.
	AtRoot
	// Open: at a certificate whose issuer is not there.
	Open
	// Cut: the path is longer than MaxPath.
	Cut
)

// Path is a way from a certificate up.
type Path struct {
	Certificates []*x509.Certificate // the certificate itself first
	End          End
	// Namesake is where, for an open path, a certificate with the name of the missing issuer was
	// found whose key did not sign.
	Namesake Namesake
}

// Namesake is where a certificate of a wanted name but another key was found.
type Namesake int

// The places of a namesake.
const (
	NoNamesake Namesake = iota
	AmongOthers
	AmongAnchors
)

// Top is the last certificate of the path.
func (p Path) Top() *x509.Certificate { return p.Certificates[len(p.Certificates)-1] }

// Search looks for the ways from a certificate up to a root. Issuers are found by canonical name,
// and each signature is computed; what else a path must hold up to is the caller's to judge.
type Search struct {
	Leaf    *x509.Certificate
	Others  []*x509.Certificate // those that may stand between the leaf and a root
	Anchors *Anchors            // nil where none are known
	Memo    *Memo
}

// Found is what a search came to.
type Found struct {
	Paths []Path // at least one; those that reach a root first, then the longest of the others
	// Exhausted: there was more to try than the bounds allow.
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

// reachAnchors keeps the paths from the last of the chain right to a trusted root.
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

// issuers are the certificates with the name of the issuer; those whose key identifier is the one
// that the certificate names come first.
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

// stands reports whether the chain has a certificate already, or its twin: cross-signed CAs would
// lead around in a circle.
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

// done counts a step and reports whether the search has come to its bounds.
func (w *walk) done() bool {
	w.steps++
	if w.steps > maxSteps || w.cost >= maxSignatures || len(w.found.Paths) >= maxPaths {
		w.found.Exhausted = true
	}
	return w.found.Exhausted
}

// isRoot costs a signature for certificates alone that bear their own issuer's name.
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

// pay counts what a signature by this key costs, whether or not the Memo has it: what a search
// finds must not depend on what was asked before.
func (w *walk) pay(parent *x509.Certificate) {
	bits := weakrsa.Bits(parent)
	if bits > mostRSABits {
		bits = 0 // not computed
	}
	w.cost += max(1, bits/2048*(bits/2048))
}
