package certcheck

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/acfix/acfix/internal/weakrsa"
)

// Bounds of the walk from a certificate to its root: its length, and how many signatures
// are computed on the way. A file can hold thousands of certificates of the same name.
const (
	maxPath       = 16
	maxSignatures = 200
	// No CA has a longer key, and a signature by one of a megabyte takes minutes.
	maxRSABits = 16384
)

// isRoot: issued to itself and, as far as that can be computed, by itself.
func isRoot(certificate *x509.Certificate) bool {
	return bytes.Equal(certificate.RawIssuer, certificate.RawSubject) && signedBy(certificate, certificate)
}

// Roots makes a pool of those that are roots, and counts the others. With an intermediate in
// the pool, or the leaf itself, a chain that leads to no root would pass for whole.
func Roots(certificates []*x509.Certificate) (pool *x509.CertPool, others int) {
	pool = x509.NewCertPool()
	for _, certificate := range certificates {
		if isRoot(certificate) {
			pool.AddCert(certificate)
		} else {
			others++
		}
	}
	return pool, others
}

// signedBy computes a signature. Those that are too old to be computed count as good; what
// is wrong with them is another rule's.
func signedBy(certificate, by *x509.Certificate) bool {
	if rsaBits(by) > maxRSABits {
		return false
	}
	err := by.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature)
	var old x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &old)
}

// path goes from the leaf up through what came along: to a root where one can be reached,
// else as far as it leads. A cross-signed twin whose issuer is elsewhere is no dead end.
func path(s Subject) []*x509.Certificate {
	w := walk{others: s.Others}
	w.climb([]*x509.Certificate{s.Leaf})
	return w.longest
}

// walk tries the ways up, one after the other.
type walk struct {
	others   []*x509.Certificate
	computed int // signatures
	longest  []*x509.Certificate
}

// climb tells whether a root was reached; longest is then the way to it.
func (w *walk) climb(chain []*x509.Certificate) bool {
	last := chain[len(chain)-1]
	atRoot := isRoot(last)
	if atRoot || len(chain) > len(w.longest) {
		w.longest = slices.Clone(chain)
	}
	if atRoot || len(chain) == maxPath {
		return atRoot
	}
	return slices.ContainsFunc(w.others, func(next *x509.Certificate) bool {
		return w.leads(chain, next) && w.climb(append(slices.Clip(chain), next))
	})
}

// leads: the certificate signed the last of the chain, and does not stand in it yet.
func (w *walk) leads(chain []*x509.Certificate, next *x509.Certificate) bool {
	last := chain[len(chain)-1]
	if w.computed == maxSignatures || !bytes.Equal(last.RawIssuer, next.RawSubject) || slices.ContainsFunc(chain, next.Equal) {
		return false
	}
	w.computed++
	return signedBy(last, next)
}

// IssuerKnown tells whether the certificate's issuer came along; a root needs none.
func IssuerKnown(s Subject) bool { return isRoot(s.Leaf) || len(path(s)) > 1 }

// verify looks for a chain from a certificate to a trusted root. Its own validity and usage
// are other rules' and do not matter here.
func verify(certificate *x509.Certificate, s Subject, o Options, purpose x509.ExtKeyUsage) error {
	leaf := *certificate
	leaf.NotBefore, leaf.NotAfter = o.Now, o.Now
	between := x509.NewCertPool()
	for _, other := range s.Others {
		if rsaBits(other) <= maxRSABits {
			between.AddCert(other)
		}
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: o.Trust, Intermediates: between, CurrentTime: o.Now, KeyUsages: []x509.ExtKeyUsage{purpose},
	})
	if err != nil {
		return err
	}
	return weakrsa.Above(chains)
}

func verifyLeaf(s Subject, o Options) error {
	purpose := x509.ExtKeyUsageAny
	if slices.Contains(s.Leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		purpose = x509.ExtKeyUsageServerAuth // must then be allowed by every CA above too
	}
	return verify(s.Leaf, s, o, purpose)
}

// complete: every certificate between the leaf and its root is there. Whether the chain
// holds is another rule's.
func complete(s Subject, o Options) finding {
	chain := path(s)
	top := chain[len(chain)-1]
	ends := isRoot(top) || o.Trust != nil &&
		(verifyLeaf(s, o) == nil || verify(top, s, o, x509.ExtKeyUsageAny) == nil)
	switch {
	case ends:
		return passed("the chain is complete")
	case !sound(top.SignatureAlgorithm):
		return untold("the signature of %q is too weak to be computed", top.Subject.CommonName)
	default:
		return broken("the chain ends at %q: its issuer %q neither came along nor is a trusted root", top.Subject.CommonName, top.Issuer.CommonName)
	}
}

// trusted: the chain ends in a trusted root. Where it is not complete that can't be told, nor
// where a signature is too weak; a profile with a rule for that says so there.
func trusted(s Subject, o Options) finding {
	if o.Trust == nil {
		return untold("there are no trusted roots to compare with")
	}
	err := verifyLeaf(s, o)
	var unknown x509.UnknownAuthorityError
	chain := path(s)
	switch top := chain[len(chain)-1]; {
	case err == nil:
		return passed("the chain ends in a trusted root")
	case !errors.As(err, &unknown):
		return broken("no chain to a trusted root holds: %s", err)
	case weaklySigned(s):
		return untold("%s", tooWeak)
	case complete(s, o).result != Pass:
		return untold("the chain is not complete")
	case isRoot(top) && verify(top, s, o, x509.ExtKeyUsageAny) != nil:
		return broken("the chain ends in %q, which is no trusted root", top.Subject.CommonName)
	default:
		return broken("no chain to a trusted root holds: %s", err)
	}
}

const tooWeak = "one of its signatures is too weak to be relied on, so whom it comes from can't be told"

// trustedBySignature is trusted for profiles without a rule for signatures: what can't be
// told for a weak one must not pass there.
func trustedBySignature(s Subject, o Options) finding {
	found := trusted(s, o)
	if found.result == Unknown && o.Trust != nil && weaklySigned(s) {
		return broken("%s", tooWeak)
	}
	return found
}

// trustedFromOutside is trustedBySignature where the CA must be somebody else's: trusting the
// certificate itself makes it nobody's.
func trustedFromOutside(s Subject, o Options) finding {
	if isRoot(s.Leaf) {
		return broken("the certificate is signed by itself, not by a CA")
	}
	return trustedBySignature(s, o)
}

// weaklySigned: a signature on the way to the root can't be relied on.
func weaklySigned(s Subject) bool {
	return slices.ContainsFunc(path(s), func(c *x509.Certificate) bool { return !sound(c.SignatureAlgorithm) && !isRoot(c) })
}
