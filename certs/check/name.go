package check

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// ErrName is in the error chain if a certificate cannot be judged by the given name.
var ErrName = errors.New("not a name that a certificate can be for")

// CheckName returns an error if a certificate cannot be judged by this name. Profiles that compare
// strings literally accept any address, all others only a host name with its domain.
func (p Profile) CheckName(name string) error {
	if strings.TrimSpace(name) != name || name == "" {
		return fmt.Errorf("%w: %q is empty or has blanks", ErrName, name)
	}
	if p.literal {
		return nil
	}
	return checkFQDN(name)
}

func checkFQDN(name string) error {
	ascii, ok := asciiName(name)
	_, address := netip.ParseAddr(name)
	switch {
	case address == nil:
		return fmt.Errorf("%w: %q is an IP address", ErrName, name)
	case !ok || !strings.Contains(ascii, "."):
		return fmt.Errorf("%w: %q is not a fully qualified domain name", ErrName, name)
	default:
		return nil
	}
}

// asciiName returns a DNS name for comparison: lower-case A-labels, no root dot (RFC 6125, 6.4.1 and 6.4.2).
func asciiName(name string) (string, bool) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	return strings.ToLower(ascii), err == nil && !slices.Contains(strings.Split(ascii, "."), "")
}

// sameName compares a certificate's name with a host's. Only the host may have a root dot: OpenSSL
// and Go match a certificate that has one with no host (RFC 5280, 4.2.1.6).
func sameName(presented, name string) bool {
	left, ok := asciiName(presented)
	right, alsoOK := asciiName(name)
	return ok && alsoOK && left == right && !strings.HasSuffix(presented, ".")
}

// covers reports whether a certificate's name, possibly a wildcard, matches a host. The asterisk
// must be the whole leftmost label and matches exactly one label (RFC 6125, 6.4.3).
func covers(presented, name string) bool {
	domain, wildcard := cutWildcard(presented)
	if !wildcard {
		return sameName(presented, name)
	}
	label, parent, _ := strings.Cut(name, ".")
	return label != "" && strings.Contains(domain, ".") && sameName(domain, parent)
}

func cutWildcard(presented string) (domain string, wildcard bool) {
	return strings.CutPrefix(presented, "*.")
}

func covering(presented []string, name string) (string, bool) {
	i := slices.IndexFunc(presented, func(p string) bool { return covers(p, name) })
	if i < 0 {
		return "", false
	}
	return presented[i], true
}

var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// commonNames returns all common names of the subject, in their order.
func commonNames(certificate *x509.Certificate) []string {
	var names []string
	for _, attribute := range certificate.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(oidCommonName) {
			names = append(names, text)
		}
	}
	return names
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "no name at all"
	}
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("%q", name))
	}
	return strings.Join(list, ", ")
}
