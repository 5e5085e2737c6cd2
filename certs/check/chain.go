package check

import (
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// chain is the path from the certificate to its root that a report describes.
type chain struct {
	certs.Path
	exhausted bool // there may be a better one
}

// cas returns the certificates above the leaf.
func (c chain) cas() []*x509.Certificate { return c.Certificates[1:] }

// search finds the chain with the fewest faults: a validator needs only one good path, whatever else is in the file.
func search(s Subject, o Circumstances) chain {
	found := certs.Search{Leaf: s.Leaf, Others: s.Others, Anchors: o.Trust, Memo: s.Memo}.Run()
	best, least := chain{exhausted: found.Exhausted}, -1
	for _, path := range found.Paths {
		against := weigh(path, s, o)
		if least < 0 || against < least {
			best.Path, least = path, against
		}
		if least == 0 {
			break
		}
	}
	return best
}

// weights rank how paths end.
var weights = map[certs.End]int{certs.Anchored: 0, certs.AtRoot: 10_000, certs.Open: 20_000, certs.Cut: 20_000}

// weigh counts what is wrong with a path; the worse, the more.
func weigh(path certs.Path, s Subject, o Circumstances) int {
	child, _ := path.Unjudged(s.Memo)
	against := weights[path.End]
	for _, row := range []struct {
		holds  bool
		weight int
	}{
		{path.End != certs.Anchored || path.Flaw(countedNames(s, o)...) == "", 2000},
		{path.OutOfTime(o.Now) == nil, 1000},
		{child == nil, 500},
		{path.Limits(x509.ExtKeyUsageServerAuth) == nil, 200},
		{path.Limits(x509.ExtKeyUsageClientAuth) == nil, 100},
		{path.Unhandled() == "", 50},
	} {
		if !row.holds {
			against += row.weight
		}
	}
	return against
}

// countedNames returns the common names that count as host names: a CA's name constraints apply to the CN too.
func countedNames(s Subject, o Circumstances) []string {
	var counted []string
	for _, name := range commonNames(s.Leaf) {
		domain, wildcard := name, false
		if rest, ok := cutWildcard(name); ok {
			domain, wildcard = rest, true
		}
		ascii, ok := asciiName(domain)
		if checkFQDN(domain) != nil || !ok || len(s.Leaf.DNSNames) > 0 && !covers(name, o.Name) {
			continue
		}
		if wildcard {
			ascii = "*." + ascii
		}
		counted = append(counted, ascii)
	}
	return counted
}

// Intermediates returns the CAs between the leaf and its root, as far as they are in the file.
func (s Subject) Intermediates() []*x509.Certificate {
	if s.Leaf == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(search(s, Circumstances{}).cas()), s.Memo.IsRoot)
}

// IssuerKnown reports whether the certificate's issuer is in the file; a root needs none.
func IssuerKnown(s Subject) bool {
	found := search(s, Circumstances{})
	return found.End == certs.AtRoot || len(found.Certificates) > 1
}

// complete checks that the chain from leaf to root is complete. Another rule checks whether it is valid.
func complete(s Subject, o Circumstances) finding {
	top := s.chain.Top()
	switch s.chain.End {
	case certs.Anchored, certs.AtRoot:
		if child := writtenOtherwise(s.chain.Path); child != nil {
			return passed(otherwiseWritten, certs.Name(child))
		}
		return passed("the chain is complete")
	case certs.Cut:
		return untold("the chain is longer than %d certificates and was not followed further", certs.MaxPath)
	}
	switch {
	case s.chain.exhausted:
		return untold("more certificates have the names of the chain than were tried")
	case s.chain.Namesake == certs.AmongOthers:
		return broken("the chain ends at %q: a certificate with the name of its issuer, %q, was supplied, but its "+
			"key did not sign", certs.Name(top), issuerOf(top))
	case s.chain.Namesake == certs.AmongAnchors && !sound(top):
		return untold("the signature of %q, %s, is too weak to be verified", certs.Name(top), certs.SignatureName(top))
	case s.chain.Namesake == certs.AmongAnchors:
		return broken("the chain ends at %q: a certificate with the name of its issuer, %q, is among %s, but its "+
			"key did not sign", certs.Name(top), issuerOf(top), o.Trust.Words)
	default:
		return broken("the chain ends at %q: its issuer %q is neither supplied nor a trusted root",
			certs.Name(top), issuerOf(top))
	}
}

const otherwiseWritten = "the chain is complete; but %q writes the name of its issuer in another encoding than " +
	"the issuer does, and software that compares bytes refuses that"

// writtenOtherwise returns the first certificate that encodes its issuer's name differently; nil if none does.
func writtenOtherwise(path certs.Path) *x509.Certificate {
	for i, parent := range path.Certificates[1:] {
		if child := path.Certificates[i]; string(child.RawIssuer) != string(parent.RawSubject) {
			return child
		}
	}
	return nil
}

func issuerOf(certificate *x509.Certificate) string {
	if certificate.Issuer.CommonName != "" {
		return certificate.Issuer.CommonName
	}
	return certificate.Issuer.String()
}
