package check

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// inOrder: the certificate comes first, and each of the others after one that it signed. A twin of
// an issuer beside it is in its place; a stranger is not.
func inOrder(s Subject, _ Options) finding {
	switch {
	case s.Order == nil && s.Format == "":
		return passed("the certificate came from no file; a device makes the chain that it sends itself")
	case s.Order == nil:
		return passed("a %s file keeps no order of its certificates", s.Format)
	case len(s.Order) < 2:
		return passed("the certificate stands alone in the file")
	}
	first := s.Order[0]
	if !bytes.Equal(first.Raw, s.Leaf.Raw) {
		return broken("%q stands first, where %q belongs", certs.Name(first), certs.Name(s.Leaf))
	}
	misplaced, told := outOfPlace(s)
	switch {
	case !told:
		return untold("there are more certificates of one name than were tried")
	case misplaced == 0:
		return passed("the certificate comes first, and each other one stands after one that it signed")
	case isIssuerOfLater(s, misplaced):
		return broken(outOfOrder+"it stands before the certificates that it signed",
			certs.Name(s.Order[misplaced]), misplaced+1, len(s.Order))
	default:
		return broken(outOfOrder+"it signed none of the certificates before it",
			certs.Name(s.Order[misplaced]), misplaced+1, len(s.Order))
	}
}

const outOfOrder = "%q (certificate %d of %d) is out of place: "

// mostOrdered is how many signatures are computed to find the place of a certificate.
const mostOrdered = 200

// outOfPlace returns the place of the first certificate that signed none before it; 0 where each
// signed one. It has not told where there is more to compute than it can be worth.
func outOfPlace(s Subject) (place int, told bool) {
	computed, issuedBy := 0, map[string][]*x509.Certificate{} // what stands before, by the issuer's name
	for i, certificate := range s.Order {
		placed := i == 0
		for _, before := range issuedBy[certs.CanonicalName(certificate.RawSubject)] {
			if computed++; computed > mostOrdered {
				return 0, false
			}
			if placed = s.Memo.Signing(before, certificate) != certs.NotSigned; placed {
				break
			}
		}
		if !placed {
			return i, true
		}
		issuer := certs.CanonicalName(certificate.RawIssuer)
		issuedBy[issuer] = append(issuedBy[issuer], certificate)
	}
	return 0, true
}

// isIssuerOfLater reports whether one of the next certificates in the file is signed by this one.
func isIssuerOfLater(s Subject, place int) bool {
	issuer, later := s.Order[place], s.Order[place+1:]
	return slices.ContainsFunc(later[:min(len(later), mostOrdered)], func(c *x509.Certificate) bool {
		return certs.SameName(c.RawIssuer, issuer.RawSubject) && s.Memo.Signing(c, issuer) == certs.Signed
	})
}
