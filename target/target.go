// Package target reads how people name a device: a URL, a host name or an IP address.
package target

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/acfix/acfix/misuse"
)

// Target is one device as named on the command line.
type Target struct {
	Name string // as typed, or the inventory's
	URL  string // scheme, host and port
	Tags []string
}

// OnLoopback tells whether the address never leaves this machine.
func (t Target) OnLoopback() bool {
	parsed, err := url.Parse(t.URL)
	return err == nil && isLoopback(parsed.Hostname())
}

const addressHint = "give a host name or an URL such as https://sbc.example.com"

// ParseAll reads the arguments; the same device twice is a mistake worth stopping for.
func ParseAll(arguments []string, parse func(string) (Target, error)) ([]Target, error) {
	if len(arguments) == 0 {
		return nil, misuse.New(addressHint+", or an inventory with -i", "no device is named")
	}
	var targets []Target
	seen := map[string]string{}
	for _, argument := range arguments {
		parsed, err := parse(argument)
		if err != nil {
			return nil, err
		}
		if first, twice := seen[parsed.URL]; twice {
			return nil, misuse.New("name each device once", "%q and %q are the same device", first, argument)
		}
		seen[parsed.URL] = argument
		targets = append(targets, parsed)
	}
	return targets, nil
}

// Parse takes an URL or a bare host, which means HTTPS. http is for loopback only:
// everything else would carry the password in the clear.
func Parse(argument string) (Target, error) {
	text := argument
	if !strings.Contains(text, "://") {
		text = "https://" + bracketed(text)
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return Target{}, misuse.New(addressHint, "%q is no address of a device", withoutUser(argument))
	case parsed.User != nil || strings.Contains(argument, "@"):
		return Target{}, misuse.New("use --username and --password-file, ACFIX_PASSWORD or the prompt", "an address must not hold a user or password")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return Target{}, misuse.New(addressHint, "%q: the scheme must be https", argument)
	case !validHost(parsed):
		return Target{}, misuse.New(addressHint, "%q is no address of a device", argument)
	case strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "":
		return Target{}, misuse.New(addressHint, "%q: only scheme, host and port belong into a device's address", argument)
	case parsed.Scheme == "http" && !isLoopback(parsed.Hostname()):
		return Target{}, misuse.New("use https; with a self-signed certificate add --pin", "%q: http is refused except for loopback addresses", argument)
	}
	return Target{Name: argument, URL: canonical(parsed)}, nil
}

// IsAddress reports whether an argument can be nothing but an address: it begins with https://,
// names a port, or is an IP address. A bare host name may as well be a mistyped name of a device.
func IsAddress(argument string) bool {
	if _, err := Parse(argument); err != nil {
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
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
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
	if address, err := netip.ParseAddr(host); err == nil && address.Is6() {
		return "[" + host + "]"
	}
	return host
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func validHost(u *url.URL) bool {
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return hostName.MatchString(host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
