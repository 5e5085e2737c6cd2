package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// tenant checks that an SBC's name lies one label below a domain of the tenant.
func (c *checker) tenant(name string) {
	switch {
	case name == "onmicrosoft.com" || strings.HasSuffix(name, ".onmicrosoft.com"):
		c.say(ruleTenant, name, Fail, "%s lies below onmicrosoft.com, which no public CA certifies", name)
	case slices.Contains(c.wanted.Domains, name):
		c.say(ruleTenant, name, Fail, "%s is the domain itself; the SBC's name is one label below it", name)
	case !slices.Contains(c.wanted.Domains, parent(name)):
		c.say(ruleTenant, name, Fail,
			"%s lies in %s, which is not among the domains %s",
			name, parent(name), strings.Join(c.wanted.Domains, ", "))
	default:
		c.say(ruleTenant, name, Pass, "it lies one label below %s", parent(name))
	}
}

// family checks for an A record: the documented services use IPv4.
func (c *checker) family(name string) {
	r := rule{ruleFour.id, ruleFour.sentence, c.profile.host.source, ruleFour.severity}
	switch four := c.answer(name, A); {
	case four.Outcome == Found:
		c.say(r, name, Pass, "%s", list(four.Addresses))
	case four.known():
		c.say(r, name, Fail, "%s has only AAAA records; it needs an A record", name)
	default:
		c.say(r, name, Unknown, "%s has AAAA records; its A record %s", name, four.words("A"))
	}
}

// view notes that an internal resolver was asked: external clients may get other records.
func (c *checker) view(host Host) {
	switch {
	case !c.wanted.Outside:
		c.say(ruleView, host.Name, Unknown,
			"an internal resolver was asked; name an external one with --resolver to see what external clients see")
	case host.Addresses == nil:
		c.say(ruleView, host.Name, Unknown,
			"no address to compare with; give the right one: --fqdn %s=ADDRESS", host.Name)
	default:
		c.say(ruleView, host.Name, Pass, "an external resolver was asked")
	}
}

// reachable checks for addresses that a far end can't reach. For hosts that may be internal, private
// addresses are information only.
func (c *checker) reachable(r rule, name string, addresses []netip.Addr, inside bool) {
	var nowhere, private []string
	for _, address := range sorted(addresses) {
		switch what, own := special(address); {
		case what == "":
		case own && inside:
			private = append(private, fmt.Sprintf("%s is %s", address, what))
		default:
			nowhere = append(nowhere, fmt.Sprintf("%s is %s", address, what))
		}
	}
	switch {
	case len(nowhere) > 0:
		c.say(r, name, Fail, "%s", strings.Join(slices.Concat(nowhere, private), "; "))
	case len(private) > 0:
		r.severity = Information
		c.say(r, name, Fail, "%s: right for an internal node, not for a public one", strings.Join(private, "; "))
	default:
		c.say(r, name, Pass, "none is a special-purpose address")
	}
}

// specials are the special-purpose addresses that can't be reached over the internet (RFC 6890 and
// IANA's registries). Own are those for internal networks.
var specials = []struct {
	prefix netip.Prefix
	what   string
	own    bool
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "no host's address", false},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address", true},
	{netip.MustParsePrefix("100.64.0.0/10"), "an address behind a carrier's NAT", true},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address", false},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address", false},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address", true},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved for protocols", false},
	{netip.MustParsePrefix("192.0.2.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address", true},
	{netip.MustParsePrefix("198.18.0.0/15"), "a benchmarking address", false},
	{netip.MustParsePrefix("198.51.100.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("203.0.113.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address", false},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved", false},
	{netip.MustParsePrefix("::/127"), "a loopback address, or no host's", false},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a local translation address", false},
	{netip.MustParsePrefix("100::/64"), "a discard address", false},
	{netip.MustParsePrefix("2001:db8::/32"), "a documentation address", false},
	{netip.MustParsePrefix("3fff::/20"), "a documentation address", false},
	{netip.MustParsePrefix("fc00::/7"), "a unique local address", true},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address", false},
	{netip.MustParsePrefix("fec0::/10"), "a site-local address", true},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address", false},
}

// special describes a special-purpose address; "" for all others.
func special(address netip.Addr) (what string, own bool) {
	for _, row := range specials {
		if row.prefix.Contains(address.Unmap()) {
			return row.what, row.own
		}
	}
	return "", false
}

// SeeOutside reports whether servers (HOST:PORT) may see the records that internet clients see: none of them has a
// local or internal address. A server given by name counts as external, because the caller chose it.
func SeeOutside(servers []string) bool {
	return len(servers) > 0 && !slices.ContainsFunc(servers, func(server string) bool {
		at, err := netip.ParseAddrPort(server)
		if err != nil {
			return false
		}
		what, _ := special(at.Addr())
		return what != ""
	})
}
