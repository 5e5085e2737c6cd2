package check

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/weakrsa"
)

// trusted requires a valid chain that ends in a trusted root. It is Unknown if the chain is
// incomplete, or a signature too weak: profiles with a rule about those report them there.
func trusted(s Subject, o Circumstances) finding {
	if o.Trust == nil {
		return untold("there are no trusted roots to compare with")
	}
	top := s.chain.Top()
	switch {
	case s.chain.End == certs.Open, s.chain.End == certs.Cut:
		return untold("the chain is not complete")
	case s.chain.End == certs.AtRoot && weaklySigned(s):
		return untold("%s", tooWeak(s))
	case s.chain.End == certs.AtRoot:
		return broken("the chain ends in %q (SHA-256 %s), which is not among %s",
			certs.Name(top), fingerprint(top), o.Trust.Words)
	}
	if found := holds(s, o); found.result != Pass {
		return found
	}
	return passed("the chain ends in %q (SHA-256 %s), which is among %s",
		certs.Name(top), fingerprint(top), o.Trust.Words)
}

// holds says what invalidates a chain to a trusted root; certain faults come before possible ones.
func holds(s Subject, o Circumstances) finding {
	if flaw := s.chain.Flaw(countedNames(s, o)...); flaw != "" {
		return broken("the chain to %q is not valid: %s", certs.Name(s.chain.Top()), flaw)
	}
	if ca := s.chain.OutOfTime(o.Now); ca != nil {
		return broken("the chain to %q is not valid: %s %q %s",
			certs.Name(s.chain.Top()), placeOf(ca, s), certs.Name(ca), outOfTime(ca, o.Now))
	}
	if weaklySigned(s) {
		return untold("%s", tooWeak(s))
	}
	if child, parent := s.chain.Unjudged(s.Memo); child != nil {
		return untold("whether the key of %q (%s) signed %q (%s) can't be verified: acfix does not verify such "+
			"signatures", certs.Name(parent), certs.KeyOf(parent), certs.Name(child), certs.SignatureName(child))
	}
	if reason := s.chain.Unhandled(); reason != "" {
		return untold("%s", reason)
	}
	return passed("the chain holds")
}

func outOfTime(ca *x509.Certificate, now time.Time) string {
	if now.Before(ca.NotBefore) {
		return "is not valid before " + ca.NotBefore.UTC().Format(time.RFC3339)
	}
	return "expired on " + ca.NotAfter.UTC().Format(time.RFC3339)
}

// placeOf names a CA's position in the chain.
func placeOf(ca *x509.Certificate, s Subject) string {
	if ca == s.chain.Top() && s.chain.End != certs.Open && s.chain.End != certs.Cut {
		return "the root"
	}
	return "the intermediate"
}

func tooWeak(s Subject) string {
	weak, why := weakest(s)
	return fmt.Sprintf("%q is signed with %s, which is not secure, so its issuer can't be verified",
		certs.Name(weak), why)
}

// trustedBySignature is trusted for profiles without a signature rule: there, it must catch a weak signature.
func trustedBySignature(s Subject, o Circumstances) finding {
	found := trusted(s, o)
	if found.result == Unknown && o.Trust != nil && weaklySigned(s) {
		return broken("%s", tooWeak(s))
	}
	return found
}

// trustedForServers is trustedBySignature for profiles without a rule that the CAs may issue for servers.
func trustedForServers(s Subject, o Circumstances) finding {
	found := trustedBySignature(s, o)
	ca := s.chain.Limits(x509.ExtKeyUsageServerAuth)
	if found.result == Pass && ca != nil && slices.Contains(s.Leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		return broken("the chain is not valid: "+limited, "server authentication", certs.Name(ca))
	}
	return found
}

// notItself leaves self-signed certificates to the rule against them.
func notItself(examine func(Subject, Circumstances) finding) func(Subject, Circumstances) finding {
	return func(s Subject, o Circumstances) finding {
		found := examine(s, o)
		if found.result == Fail && s.Memo.IsRoot(s.Leaf) {
			return untold("the certificate is signed by itself, so there is no chain to hold against %s", o.Trust.Words)
		}
		return found
	}
}

// trustedFromOutside is trustedBySignature by an external CA, so the certificate itself must not be trusted.
func trustedFromOutside(s Subject, o Circumstances) finding {
	if s.Memo.IsRoot(s.Leaf) {
		return broken("the certificate is signed by itself, not by a CA")
	}
	return trustedBySignature(s, o)
}

// weaklySigned reports whether a signature on the path to the root is too weak to rely on.
func weaklySigned(s Subject) bool {
	weak, _ := weakest(s)
	return weak != nil
}

// weakest returns the first certificate of the chain with a weak signature, and its algorithm. The
// root's own signature does not matter: a root is trusted as it is.
func weakest(s Subject) (weak *x509.Certificate, why string) {
	for i, certificate := range s.chain.Certificates {
		last := i == len(s.chain.Certificates)-1
		switch {
		case last && i > 0 && s.Memo.IsRoot(certificate):
			return nil, ""
		case !sound(certificate):
			return certificate, certs.SignatureName(certificate)
		case !last && weakKey(s.chain.Certificates[i+1]):
			return certificate, fmt.Sprintf("an RSA key of less than %d bits", weakrsa.Least)
		}
	}
	return nil, ""
}

// weakKey reports whether anyone could sign with such an RSA key, even one that crypto/x509 cannot read.
func weakKey(certificate *x509.Certificate) bool {
	key := certs.KeyOf(certificate)
	return key.Kind == "RSA" && key.Bits < weakrsa.Least
}
