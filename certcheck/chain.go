package certcheck

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
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

// path goes from the leaf up through what came along, as far as it leads.
func path(s Subject) []*x509.Certificate {
	chain, computed := []*x509.Certificate{s.Leaf}, 0
	for len(chain) < maxPath {
		last := chain[len(chain)-1]
		if isRoot(last) {
			break
		}
		next := slices.IndexFunc(s.Others, func(c *x509.Certificate) bool {
			if !bytes.Equal(last.RawIssuer, c.RawSubject) || slices.ContainsFunc(chain, c.Equal) || computed == maxSignatures {
				return false
			}
			computed++
			return signedBy(last, c)
		})
		if next < 0 {
			break
		}
		chain = append(chain, s.Others[next])
	}
	return chain
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
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: o.Trust, Intermediates: between, CurrentTime: o.Now, KeyUsages: []x509.ExtKeyUsage{purpose},
	})
	return err
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

// trusted: the chain ends in a trusted root. Where it is not complete, or one of its
// signatures is not computed any more, that can't be told.
func trusted(s Subject, o Options) finding {
	if o.Trust == nil {
		return untold("there are no trusted roots to compare with")
	}
	err := verifyLeaf(s, o)
	chain := path(s)
	top := chain[len(chain)-1]
	var unknown x509.UnknownAuthorityError
	switch {
	case err == nil:
		return passed("the chain ends in a trusted root")
	case !errors.As(err, &unknown):
		return broken("no chain to a trusted root holds: %s", err)
	case slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return !sound(c.SignatureAlgorithm) && !isRoot(c) }):
		return untold("one of its signatures is too weak to be computed")
	case isRoot(top):
		return broken("the chain ends in %q, which is no trusted root", top.Subject.CommonName)
	default:
		return untold("the chain is not complete")
	}
}
