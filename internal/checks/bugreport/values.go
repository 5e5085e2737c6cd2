package bugreport

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	macForm = regexp.MustCompile(`^([0-9A-Fa-f]{12}|([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|` +
		`([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})$`)
	numberForm = regexp.MustCompile(`^\+?[0-9][0-9 ()/-]*$`)
	hostForm   = regexp.MustCompile(`^[A-Za-z0-9_*]([A-Za-z0-9_-]*\.)+[A-Za-z0-9-]+\.?$`)
)

// value replaces a text of unknown meaning. Its kind stays: an address becomes an address, a host name a host
// name with the same port.
// docs/design/checks.md: A bug report replaces what it does not know
func (p *pseudonyms) value(text string) string {
	if slices.ContainsFunc(keptWords, func(word string) bool { return strings.EqualFold(word, text) }) {
		return text
	}
	if inner, quoted := strings.CutPrefix(text, "'"); quoted && len(inner) > 1 && strings.HasSuffix(inner, "'") {
		return "'" + p.value(strings.TrimSuffix(inner, "'")) + "'"
	}
	if strings.HasPrefix(text, "$1$") {
		return p.secret(text)
	}
	if kept, ok := p.microsoft(text); ok {
		return kept
	}
	if replaced, ok := p.addressText(text); ok {
		return replaced
	}
	host, port := hostPort(text)
	user, domain, isMail := strings.Cut(text, "@")
	switch {
	case macForm.MatchString(text) && strings.ContainsAny(text, "abcdefABCDEF:-."):
		return p.mac(text)
	case numberForm.MatchString(text):
		return p.number(text)
	case isMail && user != "" && hostForm.MatchString(domain):
		return p.name(user) + "@" + p.host(domain)
	case hostForm.MatchString(host):
		return p.host(host) + port
	default:
		return p.name(text)
	}
}

// microsoft keeps the names by which acfix recognises Teams, and the zone of other names.
func (p *pseudonyms) microsoft(text string) (string, bool) {
	host, port := hostPort(text)
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	if slices.Contains(microsoftNames, host) {
		return host + port, true
	}
	for _, zone := range microsoftZones {
		if label, below := strings.CutSuffix(host, zone); below && label != "" && !strings.HasPrefix(label, ".") {
			return p.give("label", label, func(n int) string { return "host-" + strconv.Itoa(n) }) + zone + port, true
		}
	}
	return "", false
}

// addressText replaces an address, an address and port, or a network.
func (p *pseudonyms) addressText(text string) (string, bool) {
	if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return p.address(address), true
	}
	if both, err := netip.ParseAddrPort(text); err == nil {
		return net.JoinHostPort(p.address(both.Addr()), strconv.Itoa(int(both.Port()))), true
	}
	if network, err := netip.ParsePrefix(text); err == nil {
		return p.address(network.Addr()) + "/" + strconv.Itoa(network.Bits()), true
	}
	return "", false
}

// hostPort splits a host from ":5061" if that is a port.
func hostPort(text string) (host, port string) {
	trimmed := strings.TrimSpace(text)
	host, number, err := net.SplitHostPort(trimmed)
	n, wrong := strconv.ParseUint(number, 10, 16)
	if err != nil || wrong != nil {
		return trimmed, ""
	}
	return host, ":" + strconv.FormatUint(n, 10)
}

// place replaces an unquoted value of a column or parameter.
func (p *pseudonyms) place(name, text string) string {
	switch {
	case identityPlaces.MatchString(name) && text != "" && text != "$$":
		return p.identity(text)
	case smallNumber.MatchString(text):
		return text
	default:
		return p.value(text)
	}
}

// quotedPlace replaces a quoted value: numbers stay only where acfix bases decisions on them.
func (p *pseudonyms) quotedPlace(name, text string) string {
	switch {
	case isIn(numberPlaces, name) && smallNumber.MatchString(text):
		return text
	case isIn(cipherPlaces, name):
		return p.cipherString(text)
	default:
		return p.value(text)
	}
}

// identity also replaces texts that value and place would keep.
func (p *pseudonyms) identity(text string) string {
	if numberForm.MatchString(text) {
		return p.number(text)
	}
	return p.value(text)
}
