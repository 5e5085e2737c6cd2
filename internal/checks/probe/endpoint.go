package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Endpoint is one place to probe: a name or an address, without brackets, and a port.
type Endpoint struct {
	Host string
	Port uint16
}

// String returns HOST:PORT.
func (e Endpoint) String() string { return net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port))) }

// ErrNoEndpoint means that the text is not HOST or HOST:PORT.
var ErrNoEndpoint = errors.New("is not HOST or HOST:PORT")

var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$`)

// ParseEndpoint reads HOST or HOST:PORT; the default port is 5061. It lowers the host's case and removes the root dot,
// so that two spellings of one endpoint are equal.
func ParseEndpoint(text string) (Endpoint, error) {
	host, port := text, uint16(Port)
	if h, p, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Endpoint{}, fmt.Errorf("%q %w: ports are 1 to 65535", text, ErrNoEndpoint)
		}
		host, port = h, uint16(n)
	}
	name, err := ParseName(host)
	if address, isAddress := parseAddress(host); isAddress {
		name, err = address.String(), nil
	}
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q %w", text, ErrNoEndpoint)
	}
	return Endpoint{Host: name, Port: port}, nil
}

func parseAddress(host string) (netip.Addr, bool) {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap(), err == nil && address.Zone() == "" // a zone may hold anything, and would get into URIs
}

// ErrNoName means that the text is not a host name.
var ErrNoName = errors.New("is not a host name")

// ParseName reads a host name (not an address), lowers its case and removes its root dot. Names beyond ASCII become
// A-labels, the form that DNS, certificates and SIP carry.
func ParseName(text string) (string, error) {
	name := strings.ToLower(text)
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	_, isAddress := parseAddress(name)
	if isAddress || len(name) > 254 || !hostName.MatchString(name) {
		return "", fmt.Errorf("%q %w", text, ErrNoName)
	}
	return strings.TrimSuffix(name, "."), nil
}

// bracketed returns a host in the form of a URI (RFC 3261, 25.1: IPv6reference).
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
