package httpserver

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
)

// checkAddress refuses what can't be host and port, whatever this machine has: ErrAddress. What is well written may
// still fail to be bound now, and succeed later.
func checkAddress(address string) error {
	if _, isSocket := socketPath(address); isSocket {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || !portForm.MatchString(port) {
		return fmt.Errorf("%w: %q is no port", ErrAddress, port)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !isName(host) {
		return fmt.Errorf("%w: %q is neither an address nor a name", ErrAddress, host)
	}
	return nil
}

var (
	portForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	// numberLast is the form of an address that is none: no name ends in a number.
	numberLast = regexp.MustCompile(`(^|\.)[0-9]+\.?$`)
)

func isName(host string) bool {
	return len(host) <= 253 && nameForm.MatchString(host) && !numberLast.MatchString(host)
}
