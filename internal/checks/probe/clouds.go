package probe

import (
	"net/netip"
	"slices"
	"strings"
)

// Cloud is one of Microsoft's separate services, with the endpoints that it publishes for SBCs.
type Cloud struct {
	Name string
	// Signalling are the names that SBCs connect to, in Microsoft's order of preference.
	Signalling []string
	// Test answers only SIP OPTIONS, with the current or the next chain.
	Test   string
	Zone   string // this cloud's names lie below it
	Ranges []netip.Prefix
	Source string
}

// Port is where every published endpoint listens for SIP over TLS.
const Port = 5061

const (
	sourceFQDNs = "Microsoft Learn, \"Plan Direct Routing\", SIP signaling: FQDNs and IP addresses (2026)"
	// The commercial test name is known from two independent reports, not from a page of Microsoft's.
	sourceTests = "; test endpoint: Microsoft's announcements of the change of certificates (2024 to 2026)"
)

// clouds is the table of published endpoints; the first is the default.
var clouds = []Cloud{
	{
		Name:       "commercial", // and GCC
		Signalling: []string{"sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com"},
		Test:       "sip.g1.pstnhub.microsoft.com",
		Zone:       ".pstnhub.microsoft.com",
		Ranges:     []netip.Prefix{netip.MustParsePrefix("52.112.0.0/14"), netip.MustParsePrefix("52.122.0.0/15")},
		Source:     sourceFQDNs + sourceTests,
	},
	{
		Name:       "gcc-high",
		Signalling: []string{"sip.pstnhub.gov.teams.microsoft.us"},
		Test:       "x.sip.pstnhub.infra.gov.teams.microsoft.us",
		Zone:       ".gov.teams.microsoft.us",
		Ranges:     []netip.Prefix{netip.MustParsePrefix("52.127.88.0/21")},
		Source:     sourceFQDNs + sourceTests,
	},
	{
		Name:       "dod",
		Signalling: []string{"sip.pstnhub.dod.teams.microsoft.us"},
		Test:       "x.sip.pstnhub.infra.dod.teams.microsoft.us",
		Zone:       ".dod.teams.microsoft.us",
		Ranges:     []netip.Prefix{netip.MustParsePrefix("52.127.64.0/21")},
		Source:     sourceFQDNs + sourceTests,
	},
}

// FindCloud returns the cloud of that name: commercial, gcc-high or dod.
func FindCloud(name string) (Cloud, bool) {
	i := slices.IndexFunc(clouds, func(cloud Cloud) bool { return cloud.Name == name })
	if i < 0 {
		return Cloud{}, false
	}
	return clouds[i], true
}

// Endpoints returns the endpoints to probe by default: the signalling names and the test name.
func (c Cloud) Endpoints() []Endpoint {
	var endpoints []Endpoint
	for _, name := range append(slices.Clone(c.Signalling), c.Test) {
		endpoints = append(endpoints, Endpoint{Host: name, Port: Port})
	}
	return endpoints
}

// cloudOf finds the cloud that a name belongs to. It compares whole labels.
func cloudOf(host string) (Cloud, bool) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	i := slices.IndexFunc(clouds, func(cloud Cloud) bool { return strings.HasSuffix(host, cloud.Zone) })
	if i < 0 {
		return Cloud{}, false
	}
	return clouds[i], true
}

// published reports whether the address lies in the ranges of these clouds.
func published(address netip.Addr, among []Cloud) bool {
	has := func(prefix netip.Prefix) bool { return prefix.Contains(address.Unmap()) }
	return slices.ContainsFunc(among, func(cloud Cloud) bool { return slices.ContainsFunc(cloud.Ranges, has) })
}
