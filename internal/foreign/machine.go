package foreign

import (
	"net/netip"
	"strings"
)

// IsThisMachine reports whether a host, without port and brackets, is this machine whatever resolvers say:
// "localhost" or a loopback address (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). Short and octal forms of
// addresses, names below localhost and the unspecified address are not, for systems differ on them.
func IsThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().WithZone("").IsLoopback()
}
