package check

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/acfix/acfix/certs"
)

// inOrder requires the certificate first, and each of the others after one that it signed. A twin
// of an issuer may follow it; an unrelated certificate may not.
func inOrder(s Subject, _ Circumstances) finding {
	switch {
	case s.Order == nil && s.Format == "":
		return passed("the certificate is not from a file; a device builds the chain that it sends")
	case s.Order == nil:
		return passed("a %s file keeps no order of its certificates", s.Format)
	case len(s.Order) < 2:
		return passed("the certificate is the only one in the file")
	}
	first := s.Order[0]
	if !bytes.Equal(first.Raw, s.Leaf.Raw) {
		return broken("%q stands first, where %q belongs", certs.Name(first), certs.Name(s.Leaf))
	}
	misplaced, told := outOfPlace(s)
	switch {
	case !told:
		return untold("more certificates have the same name than were tried")
	case misplaced == 0:
		return passed("the certificate comes first, and each of the others after one that it signed")
	case isIssuerOfLater(s, misplaced):
		return broken(outOfOrder+"it precedes the certificates that it signed",
			certs.Name(s.Order[misplaced]), misplaced+1, len(s.Order))
	default:
		return broken(outOfOrder+"it signed none of the certificates before it",
			certs.Name(s.Order[misplaced]), misplaced+1, len(s.Order))
	}
}

const outOfOrder = "%q (certificate %d of %d) is out of place: "

// mostOrdered limits the signatures that are verified to find the position of a certificate.
const mostOrdered = 200

// outOfPlace returns the position of the first certificate that signed none before it, or 0; false at its limit.
func outOfPlace(s Subject) (place int, told bool) {
	computed, issuedBy := 0, map[string][]*x509.Certificate{} // preceding certificates, by the issuer's name
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

// isIssuerOfLater reports whether this certificate signed one of the next ones in the file.
func isIssuerOfLater(s Subject, place int) bool {
	issuer, later := s.Order[place], s.Order[place+1:]
	return slices.ContainsFunc(later[:min(len(later), mostOrdered)], func(c *x509.Certificate) bool {
		return certs.SameName(c.RawIssuer, issuer.RawSubject) && s.Memo.Signing(c, issuer) == certs.Signed
	})
}
