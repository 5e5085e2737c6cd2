package dns_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	dnscheck "github.com/acfix/acfix/internal/checks/dns"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func host(name string, addresses ...string) dnscheck.Host {
	h := dnscheck.Host{Name: name}
	for _, address := range addresses {
		h.Addresses = append(h.Addresses, netip.MustParseAddr(address))
	}
	return h
}

// edge is the whole of Pexip's example.
func edge() dnscheck.Wanted {
	return dnscheck.Wanted{
		Domains: []string{"example.com", "vc.example.com"},
		Hosts:   []dnscheck.Host{host("px01.vc.example.com", "198.51.100.40"), host("px02.vc.example.com", "198.51.100.41")},
		Pool:    "px.vc.example.com",
	}
}

func check(t testing.TB, z *zone, profile string, wanted dnscheck.Wanted) dnscheck.DomainReport {
	t.Helper()
	p, ok := dnscheck.FindProfile(profile)
	require.True(t, ok)
	ask := resolver(serve(t, z))
	ask.Timeout = time.Second
	report := dnscheck.Run(t.Context(), ask, p, wanted, today)
	for _, c := range report.Checks {
		assert.NotEmpty(t, c.Source, "%s", c.ID)
		assert.NotEmpty(t, c.Rule, "%s", c.ID)
		assert.NotEmpty(t, c.Message, "%s", c.ID)
		assert.Contains(t, dnscheck.IDs(), c.ID)
	}
	return report
}

// bad are the checks that did not pass, as "id name: message".
func bad(report dnscheck.DomainReport) []string {
	lines := []string{}
	for _, c := range report.Checks {
		if c.Result == dnscheck.Fail || c.Result == dnscheck.Unknown {
			lines = append(lines, string(c.Result)+" "+c.ID+" "+c.Name+": "+c.Message)
		}
	}
	return lines
}

func TestThePublishedRecordsPass(t *testing.T) {
	t.Parallel()
	whole := check(t, parseZone(t, seed), "pexip", edge())
	assert.Empty(t, bad(whole))
	assert.Equal(t, dnscheck.Pass, whole.Result)
	assert.Equal(t, "2026-11-22T12:00:00Z", whole.Checked)
	var services []string
	for _, c := range whole.Checks {
		if c.ID == "srv_exists" {
			services = append(services, c.Name)
		}
	}
	assert.Len(t, services, 12, "six services of two domains")

	bare := check(t, parseZone(t, seed), "pexip", dnscheck.Wanted{Domains: []string{"vc.example.com"}})
	assert.Equal(t, dnscheck.Pass, bare.Result, "without nodes the targets are shown and not compared")
	infos := slices.DeleteFunc(slices.Clone(bare.Checks), func(c dnscheck.RecordCheck) bool { return c.Result != dnscheck.Info || c.Severity != dnscheck.Failure })
	assert.Len(t, infos, 5)
}

// TestEachWrongVariantFailsWithItsReason: one thing wrong, and nothing else is said.
func TestEachWrongVariantFailsWithItsReason(t *testing.T) {
	t.Parallel()
	const sips = "_sips._tcp.vc.example.com.   86400 IN SRV 10 10 5061 px02.vc.example.com."
	for name, test := range map[string]struct {
		old, replacement string
		codes            map[string]int
		wanted           []string
	}{
		"no such record": {old: "_h323cs._tcp.example.com. ", replacement: "_other._tcp.elsewhere.example. ",
			wanted: []string{"fail srv_exists _h323cs._tcp.example.com: _h323cs._tcp.example.com does not exist (NXDOMAIN)"}},
		"another kind of record": {old: "_h323ls._udp.vc.example.com. 86400 IN SRV 10 10 1719 px01.vc.example.com.\n_h323ls._udp.vc.example.com. 86400 IN SRV 10 10 1719 px02.vc.example.com.",
			replacement: "_h323ls._udp.vc.example.com. 86400 IN A 192.0.2.1",
			wanted:      []string{"fail srv_exists _h323ls._udp.vc.example.com: _h323ls._udp.vc.example.com exists and has no SRV record (NODATA)"}},
		"resolver fails": {codes: map[string]int{"_sip._tcp.example.com.": dns.RcodeServerFailure},
			wanted: []string{"unknown srv_exists _sip._tcp.example.com: _sip._tcp.example.com is unknown: the resolver failed (SERVFAIL)…"}},
		"resolver refuses": {codes: map[string]int{"_sip._tcp.example.com.": dns.RcodeRefused},
			wanted: []string{"unknown srv_exists _sip._tcp.example.com: _sip._tcp.example.com is unknown: the resolver refused the query (REFUSED)…"}},
		"wrong port": {old: sips, replacement: strings.Replace(sips, "5061", "5060", 1),
			wanted: []string{"fail srv_port _sips._tcp.vc.example.com: px02.vc.example.com has port 5060, not 5061"}},
		"a node is missing": {old: sips, replacement: "",
			wanted: []string{"fail srv_targets _sips._tcp.vc.example.com: px02.vc.example.com is not among the targets"}},
		"a stranger is among the targets": {old: sips, replacement: sips + "\n_sips._tcp.vc.example.com. 60 IN SRV 10 10 5061 sip.example.com.",
			wanted: []string{"fail srv_targets _sips._tcp.vc.example.com: sip.example.com is a target, but not one of px01.vc.example.com, px02.vc.example.com"}},
		"service not offered": {old: "_pexapp._tcp.example.com. 86400 IN SRV 10 100 443 px01.vc.example.com.\n_pexapp._tcp.example.com. 86400 IN SRV 20 100 443 px02.vc.example.com.",
			replacement: "_pexapp._tcp.example.com. 60 IN SRV 0 0 0 .",
			wanted:      []string{`fail srv_exists _pexapp._tcp.example.com: _pexapp._tcp.example.com says that the service is not offered (its target is ".")`}},
		"a target has no address": {old: "sip.example.com.                    86400 IN A", replacement: "other.example.com. 60 IN A",
			wanted: []string{"fail srv_target_resolves _sipfederationtls._tcp.example.com: sip.example.com does not exist (NXDOMAIN)"}},
		"a target has another kind": {old: "sip.example.com.                    86400 IN A 198.51.100.50", replacement: `sip.example.com. 60 IN TXT "x"`,
			wanted: []string{"fail srv_target_resolves _sipfederationtls._tcp.example.com: sip.example.com exists and has no A or AAAA record (NODATA)"}},
		"a target can't be looked up": {codes: map[string]int{"sip.example.com.": dns.RcodeServerFailure},
			wanted: []string{
				"unknown srv_target_resolves _sipfederationtls._tcp.example.com: sip.example.com is unknown: the resolver failed (SERVFAIL)…",
				"unknown srv_target_alias _sipfederationtls._tcp.example.com: sip.example.com is unknown: the resolver failed (SERVFAIL)…",
			}},
		"a target is an alias": {old: "sip.example.com.                    86400 IN A 198.51.100.50", replacement: "sip.example.com. 60 IN CNAME real.example.com.\nreal.example.com. 60 IN A 192.0.2.1",
			wanted: []string{"fail srv_target_alias _sipfederationtls._tcp.example.com: sip.example.com is an alias (CNAME) of real.example.com"}},
		"an alias that no usable address": {old: "sip.example.com.                    86400 IN A 198.51.100.50", replacement: "sip.example.com. 60 IN CNAME gone.example.com.",
			wanted: []string{
				"fail srv_target_resolves _sipfederationtls._tcp.example.com: sip.example.com is an alias of gone.example.com, which does not exist (NXDOMAIN)",
				"fail srv_target_alias _sipfederationtls._tcp.example.com: sip.example.com is an alias (CNAME) of gone.example.com",
			}},
		"federation in another subdomain": {old: "5061 sip.example.com.", replacement: "5061 px.video.example.com.\npx.video.example.com. 60 IN A 192.0.2.1",
			wanted: []string{"fail federation_domain _sipfederationtls._tcp.example.com: px.video.example.com lies in video.example.com, not in example.com"}},
		"federation in another domain": {old: "5061 sip.example.com.", replacement: "5061 px01.otherdomain.com.\npx01.otherdomain.com. 60 IN A 192.0.2.1",
			wanted: []string{"fail federation_domain _sipfederationtls._tcp.example.com: px01.otherdomain.com lies in otherdomain.com, not in example.com"}},
		"federation to a node instead of the pool": {old: "5061 px.vc.example.com.", replacement: "5061 px01.vc.example.com.",
			wanted: []string{"fail srv_targets _sipfederationtls._tcp.vc.example.com: px.vc.example.com is not among the targets; px01.vc.example.com is a target, but not one of px.vc.example.com"}},
		"no federation of the pool's domain": {old: "_sipfederationtls._tcp.vc.example.com. ", replacement: "_other._tcp.elsewhere.example. ",
			wanted: []string{"fail srv_exists _sipfederationtls._tcp.vc.example.com: _sipfederationtls._tcp.vc.example.com does not exist (NXDOMAIN)"}},
		"federation of a domain without pool": {old: "_sipfederationtls._tcp.example.com. ", replacement: "_other._tcp.elsewhere.example. ", wanted: []string{}},
		"a node has another address": {old: "px01.vc.example.com.         86400 IN A 198.51.100.40", replacement: "px01.vc.example.com. 60 IN A 198.51.100.49",
			wanted: []string{
				"fail node_address px01.vc.example.com: px01.vc.example.com has 198.51.100.49, not 198.51.100.40",
				"fail pool_address px.vc.example.com: px.vc.example.com has 198.51.100.40, 198.51.100.41, its nodes have 198.51.100.41, 198.51.100.49",
			}},
		"the pool lacks a node": {old: "px.vc.example.com.                     86400 IN A 198.51.100.41", replacement: "",
			wanted: []string{"fail pool_address px.vc.example.com: px.vc.example.com has 198.51.100.40, its nodes have 198.51.100.40, 198.51.100.41"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := seed
			if test.old != "" {
				text = change(t, text, test.old, test.replacement)
			}
			z := parseZone(t, text)
			for name, code := range test.codes {
				z.codes[name] = code
			}
			report := check(t, z, "pexip", edge())
			got := bad(report)
			require.Len(t, got, len(test.wanted), "%q", got)
			for i, wanted := range test.wanted {
				if begin, cut := strings.CutSuffix(wanted, "…"); cut {
					assert.Contains(t, got[i], begin)
				} else {
					assert.Equal(t, wanted, got[i])
				}
			}
			assert.Equal(t, len(test.wanted) == 0, report.Result == dnscheck.Pass)
		})
	}
}

// TestASilentResolverIsNoPass and says so in every check.
func TestASilentResolverIsNoPass(t *testing.T) {
	t.Parallel()
	z := parseZone(t, seed)
	z.silent["_sip._tcp.example.com."] = true
	got := bad(check(t, z, "pexip", dnscheck.Wanted{Domains: []string{"example.com"}}))
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "unknown srv_exists _sip._tcp.example.com: _sip._tcp.example.com is unknown: the resolver did not answer in time")
}

// TestAddressesOfHalfAName are not compared: what is not known may be another address.
func TestAddressesOfHalfAName(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string][]string{
		"px01.vc.example.com": {"unknown node_address px01", "unknown pool_address px.vc"},
		"px.vc.example.com":   {"unknown pool_address px.vc"},
	} {
		z := parseZone(t, seed)
		z.noAAAA[name+"."] = true
		got := bad(check(t, z, "pexip", edge()))
		require.Len(t, got, len(wanted), "%q", got)
		for i := range got {
			assert.Contains(t, got[i], wanted[i])
			assert.Contains(t, got[i], "its AAAA record is unknown")
		}
	}
}

func TestAPoolOfADomainThatIsNotChecked(t *testing.T) {
	t.Parallel()
	wanted := edge()
	wanted.Domains = wanted.Domains[:1]
	got := bad(check(t, parseZone(t, seed), "pexip", wanted))
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "unknown federation_domain px.vc.example.com: the federation record for px.vc.example.com belongs to vc.example.com")
}

func TestTeams(t *testing.T) {
	t.Parallel()
	sbc := []dnscheck.Host{host("sbc1.example.com")}
	for name, test := range map[string]struct {
		zone   string
		hosts  []dnscheck.Host
		wanted []string
	}{
		"SBC alone":             {"sbc1.example.com. 60 IN A 192.0.2.1\n", sbc, []string{}},
		"SBC over IPv6":         {"sbc1.example.com. 60 IN AAAA 2001:db8::1\n", sbc, []string{}},
		"Microsoft's own":       {"_sipfederationtls._tcp.example.com. 60 IN SRV 100 1 5061 sipfed.online.lync.com.\nsipfed.online.lync.com. 60 IN A 192.0.2.1", nil, []string{}},
		"another's":             {"_sipfederationtls._tcp.example.com. 60 IN SRV 100 1 5061 sip.evil.example.\nsip.evil.example. 60 IN A 192.0.2.1", nil, []string{"fail federation_domain"}},
		"nothing":               {"", nil, []string{"fail srv_exists"}},
		"no SBC":                {"", sbc, []string{"fail sbc_address"}},
		"SBC of another domain": {"sbc1.example.org. 60 IN A 192.0.2.1\n", []dnscheck.Host{host("sbc1.example.org")}, []string{"fail sbc_domain sbc1.example.org: sbc1.example.org lies in example.org, which is not among the domains example.com"}},
		"SBC two labels below":  {"sbc1.emea.example.com. 60 IN A 192.0.2.1\n", []dnscheck.Host{host("sbc1.emea.example.com")}, []string{"fail sbc_domain sbc1.emea.example.com: sbc1.emea.example.com lies in emea.example.com"}},
		"SBC is the domain":     {"example.com. 60 IN A 192.0.2.1\n", []dnscheck.Host{host("example.com")}, []string{"fail sbc_domain example.com: example.com is the domain itself"}},
		"SBC only looks alike":  {"sbc1.notexample.com. 60 IN A 192.0.2.1\n", []dnscheck.Host{host("sbc1.notexample.com")}, []string{"fail sbc_domain"}},
		"on Microsoft":          {"sbc1.contoso.onmicrosoft.com. 60 IN A 192.0.2.1", []dnscheck.Host{host("sbc1.contoso.onmicrosoft.com")}, []string{"fail sbc_domain"}},
		"other address":         {"sbc1.example.com. 60 IN A 192.0.2.1", []dnscheck.Host{host("sbc1.example.com", "192.0.2.2")}, []string{"fail sbc_address"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := check(t, parseZone(t, test.zone), "teams", dnscheck.Wanted{Domains: []string{"example.com"}, Hosts: test.hosts})
			got := bad(report)
			require.Len(t, got, len(test.wanted), "%q", got)
			for i := range got {
				assert.Contains(t, got[i], test.wanted[i])
			}
		})
	}
}

func TestARecordWithTooManyTargetsIsNotFollowed(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 65 {
		fmt.Fprintf(&text, "_sip._tcp.example.com. 60 IN SRV 1 1 5060 n%d.example.com.\n", i)
	}
	report := check(t, parseZone(t, text.String()), "pexip", dnscheck.Wanted{Domains: []string{"example.com"}})
	assert.Contains(t, bad(report), "fail srv_exists _sip._tcp.example.com: _sip._tcp.example.com has 65 targets; the limit is 64, and none was looked up")
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	_, ok := dnscheck.FindProfile("exchange")
	assert.False(t, ok)
}
