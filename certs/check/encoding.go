package check

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
)

// readable is checked before every other rule.
const readable = "readable"

// common are the rules of all profiles, which every certificate must obey. Reports show only the broken ones.
var common = []rule{
	{readable, Failure, "Every certificate that is there can be read.", sourceEncoding, read},
	{"serial_number", Warning, "The serial numbers are positive and have at most 20 octets.", sourceSerial,
		serialNumbers},
}

const (
	sourceEncoding = "RFC 5280 (May 2008), 4.1 and 4.2"
	sourceSerial   = "RFC 5280 (May 2008), 4.1.2.2"
)

func read(s Subject, _ Circumstances) finding {
	unread := slices.Clone(s.Unread)
	if s.Leaf != nil {
		for _, certificate := range append([]*x509.Certificate{s.Leaf}, s.Others...) {
			if certs.LacksExtensions(certificate) {
				unread = append(unread, "the extensions of \""+certs.Name(certificate)+"\" can't be read")
			}
		}
	}
	if len(unread) > 0 {
		return broken("%s", strings.Join(unread, "; "))
	}
	return passed("every certificate can be read")
}

// serialNumbers judges the certificate and the CAs below the root; the root itself is trusted as it is.
func serialNumbers(s Subject, _ Circumstances) finding {
	for i, certificate := range s.chain.Certificates {
		if i > 0 && s.Memo.IsRoot(certificate) {
			continue
		}
		if odd := certs.OddSerial(certificate); odd != "" {
			return broken("%q has a serial number that is %s: strict libraries refuse the certificate",
				certs.Name(certificate), odd)
		}
	}
	return passed("the serial numbers are valid")
}
