package main

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/acfix/acfix/misuse"
)

// target is one device as named on the command line.
type target struct {
	name string // as typed, or the inventory's
	url  string // scheme, host and port
	tags []string
}

const targetHint = "give a host name or an URL such as https://sbc.example.com"

// parseTargets reads the arguments; the same device twice is a mistake worth stopping for.
func parseTargets(arguments []string, parse func(string) (target, error)) ([]target, error) {
	if len(arguments) == 0 {
		return nil, misuse.New(targetHint, "no device is named")
	}
	var targets []target
	seen := map[string]string{}
	for _, argument := range arguments {
		parsed, err := parse(argument)
		if err != nil {
			return nil, err
		}
		if first, twice := seen[parsed.url]; twice {
			return nil, misuse.New("name each device once", "%q and %q are the same device", first, argument)
		}
		seen[parsed.url] = argument
		targets = append(targets, parsed)
	}
	return targets, nil
}

// parseTarget takes an URL or a bare host, which means HTTPS. http is for loopback only:
// everything else would carry the password in the clear.
func parseTarget(argument string) (target, error) {
	text := argument
	if !strings.Contains(text, "://") {
		text = "https://" + bracketed(text)
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return target{}, misuse.New(targetHint, "%q is no address of a device", withoutUser(argument))
	case parsed.User != nil || strings.Contains(argument, "@"):
		return target{}, misuse.New("use --username and --password-file, ACFIX_PASSWORD or the prompt", "an address must not hold a user or password")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return target{}, misuse.New(targetHint, "%q: the scheme must be https", argument)
	case !validHost(parsed):
		return target{}, misuse.New(targetHint, "%q is no address of a device", argument)
	case strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "":
		return target{}, misuse.New(targetHint, "%q: only scheme, host and port belong into a device's address", argument)
	case parsed.Scheme == "http" && !isLoopback(parsed.Hostname()):
		return target{}, misuse.New("use https; with a self-signed certificate add --pin", "%q: http is refused except for loopback addresses", argument)
	}
	return target{name: argument, url: canonical(parsed)}, nil
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
