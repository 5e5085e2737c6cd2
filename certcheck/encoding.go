package certcheck

import "strings"

// readable is the rule that holds of a certificate before any other.
const readable = "readable"

// common are the rules of all profiles: what a certificate has to keep to, to be one. They are
// told only where they are broken.
var common = []rule{
	{readable, Failure, "Every certificate that is there can be read.", sourceEncoding, read},
	{"serial_number", Warning, "The serial numbers are positive and have at most 20 octets.", sourceSerial, serialNumbers},
}

const (
	sourceEncoding = "RFC 5280 (May 2008), 4.1 and 4.2"
	sourceSerial   = "RFC 5280 (May 2008), 4.1.2.2"
)

func read(s Subject, _ Options) finding {
	if len(s.Unread) > 0 {
		return broken("%s", strings.Join(s.Unread, "; "))
	}
	return passed("every certificate can be read")
}

// longestSerial is in bits: of 20 octets, the first bit is the sign.
const longestSerial = 20*8 - 1

// serialNumbers looks at the certificate and those between it and the root; a root is trusted
// for itself.
func serialNumbers(s Subject, _ Options) finding {
	for _, certificate := range path(s) {
		name, number := certificate.Subject.CommonName, certificate.SerialNumber
		switch {
		case isRoot(certificate) && certificate != s.Leaf:
		case number.Sign() <= 0:
			return broken("%q has the serial number %s, which is not positive: strict libraries refuse it", name, number)
		case number.BitLen() > longestSerial:
			return broken("%q has a serial number of more than 20 octets: strict libraries refuse it", name)
		}
	}
	return passed("the serial numbers are as they should be")
}
