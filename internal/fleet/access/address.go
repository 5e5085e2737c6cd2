package access

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
	"golang.org/x/net/idna"
)

const addressHint = "give a host name or an URL such as https://sbc.example.com"

// ParseDevice takes an URL or a bare host, which means HTTPS. http is for loopback only:
// everything else would carry the password in the clear.
func ParseDevice(argument string) (*Device, error) {
	text := argument
	isBare := !strings.Contains(text, "://")
	if isBare {
		text = "https://" + bracketed(text)
	}
	parsed, err := url.Parse(escapeZone(text))
	isASCII := err != nil || toASCII(parsed)
	switch {
	case err != nil:
		return nil, usage.Errorf("%q is no address of a device", withoutUser(argument)).Hint(addressHint)
	case parsed.User != nil || strings.Contains(argument, "@"):
		return nil, usage.Errorf("an address must not hold a user or password").
			Hint("use --username and --password-file, ACFIX_PASSWORD or the prompt")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, usage.Errorf("%q: the scheme must be https", argument).Hint(addressHint)
	case !validHost(parsed):
		return nil, usage.Errorf("%q is no address of a device", argument).Hint(addressHint)
	case !validPort(parsed):
		return nil, usage.Errorf("%q: there is no port %s", argument, parsed.Port()).
			Hint("give a port from 1 to 65535, or none for 443")
	case lacksZone(parsed):
		return nil, usage.Errorf("%q: a link-local address needs its zone, such as fe80::1%%eth0", argument).
			Hint("\"ip -6 address\" lists the interfaces; Windows numbers them (fe80::1%12)")
	case strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "":
		return nil, usage.Errorf("%q: only scheme, host and port belong into a device's address", argument).
			Hint(addressHint)
	case parsed.Scheme == "http" && !foreign.IsThisMachine(parsed.Hostname()):
		return nil, usage.Errorf("%q: http is refused except for loopback addresses", argument).
			Hint("use https; with a self-signed certificate add --pin")
	}
	named := &Device{Name: argument, URL: canonical(parsed)}
	if !isASCII {
		named.Name = named.URL
	}
	if !isASCII && isBare {
		named.Name = strings.TrimPrefix(named.URL, "https://")
	}
	return named, nil
}

// toASCII gives a host its A-labels, and reports whether it had no need of them. One that has none stays, and is no
// valid host then.
func toASCII(u *url.URL) bool {
	host := u.Hostname()
	if strings.IndexFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return true
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		u.Host = strings.Replace(u.Host, host, ascii, 1)
	}
	return false
}

// escapeZone lets the zone of an address be typed into an URL as systems show it: "[fe80::1%eth0]".
func escapeZone(text string) string {
	before, zone, found := strings.Cut(text, "%")
	if !found || !strings.Contains(before, "://[") || strings.Contains(before, "]") || strings.HasPrefix(zone, "25") {
		return text
	}
	return before + "%25" + zone
}

// IsAddress reports whether an argument can be nothing but an address: it begins with https://,
// names a port, or is an IP address. A bare host name may as well be a mistyped name of a device.
func IsAddress(argument string) bool {
	if _, err := ParseDevice(argument); err != nil {
		return false
	}
	text := argument
	if !strings.Contains(text, "://") {
		text = "https://" + bracketed(text)
	} else if strings.HasPrefix(strings.ToLower(text), "https://") {
		return true
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return false
	}
	_, notAddress := netip.ParseAddr(parsed.Hostname())
	return parsed.Port() != "" || notAddress == nil
}

// canonical is one form for all ways to write an address: lower case, without a root dot and
// without the scheme's own port.
func canonical(u *url.URL) string {
	host, port := strings.TrimSuffix(u.Hostname(), "."), u.Port()
	address, zone, hasZone := strings.Cut(host, "%")
	host = strings.ToLower(address)
	if hasZone {
		host += "%25" + zone // the names of interfaces have capitals
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	switch {
	case port != "":
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host
}

// withoutUser keeps a password that was typed into an address off the screen.
func withoutUser(argument string) string {
	if at := strings.LastIndex(argument, "@"); at >= 0 {
		return "…" + argument[at:]
	}
	return argument
}

// bracketed lets a bare IPv6 address be typed as it is.
func bracketed(host string) string {
	address, err := netip.ParseAddr(host)
	if err != nil || !address.Is6() {
		return host
	}
	host, zone, hasZone := strings.Cut(host, "%")
	if !hasZone {
		return "[" + host + "]"
	}
	if name, copied := strings.CutPrefix(zone, "25"); copied && strings.Trim(name, "0123456789") != "" {
		zone = name // copied out of an URL; a number may be that of an interface of Windows
	}
	return "[" + host + "%25" + zone + "]"
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// zoneName is the form of a zone that needs no escape in an URL (RFC 6874, 2; RFC 3986, 2.3).
var zoneName = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,64}$`)

// fourNumbers is what people mean as an IPv4 address; no top-level domain is a number (RFC 3696, 2).
var fourNumbers = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)

func validHost(u *url.URL) bool {
	host := u.Hostname()
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Zone() == "" || zoneName.MatchString(address.Zone())
	}
	return hostName.MatchString(host) && !impossible(host)
}

// impossible reports whether a host looks like an IPv4 address and is none, such as 192.0.2.300.
func impossible(host string) bool {
	host = strings.TrimSuffix(host, ".")
	_, err := netip.ParseAddr(host)
	return err != nil && fourNumbers.MatchString(host)
}

func validPort(u *url.URL) bool {
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Port() == "" || err == nil && port > 0
}

// lacksZone reports whether an address says nothing of the interface through which alone it is reached.
func lacksZone(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return err == nil && address.Is6() && address.IsLinkLocalUnicast() && address.Zone() == ""
}
