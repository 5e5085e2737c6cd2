package dns_test

import (
	"slices"
	"testing"

	dnscheck "github.com/acfix/acfix/internal/checks/dns"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
)

// ofID is the check with that ID about a name.
func ofID(report dnscheck.DomainReport, id, name string) dnscheck.RecordCheck {
	i := slices.IndexFunc(report.Checks, func(c dnscheck.RecordCheck) bool { return c.ID == id && c.Name == name })
	if i < 0 {
		return dnscheck.RecordCheck{}
	}
	return report.Checks[i]
}

// TestAddressesThatNobodyOutsideReaches are a warning to Teams, a failure to Exchange, and to Pexip
// by whether a node inside may have them.
func TestAddressesThatNobodyOutsideReaches(t *testing.T) {
	t.Parallel()
	type severities struct{ teams, pexip dnscheck.RuleSeverity }
	fine := severities{}
	never := severities{dnscheck.Warning, dnscheck.Warning}
	inside := severities{dnscheck.Warning, dnscheck.Information}
	for address, want := range map[string]severities{
		"93.184.216.34": fine, "172.32.0.1": fine, "100.128.0.1": fine, "2606:2800:220:1::1": fine, "11.0.0.1": fine, "192.169.0.1": fine,
		"10.0.0.1": inside, "172.16.0.1": inside, "172.31.255.255": inside, "192.168.1.1": inside, "100.64.0.1": inside, "fd00::1": inside, "fec0::1": inside,
		"127.0.0.1": never, "127.8.0.1": never, "0.0.0.0": never, "169.254.1.1": never, "192.0.2.1": never, "198.51.100.7": never, "203.0.113.9": never,
		"198.18.0.1": never, "224.0.0.1": never, "255.255.255.255": never, "::1": never, "::": never, "fe80::1": never, "2001:db8::1": never, "3fff::1": never, "ff02::1": never,
	} {
		kind := "A"
		if slices.Contains([]byte(address), ':') {
			kind = "AAAA"
		}
		zone := "h1.example.com. 60 IN " + kind + " " + address + "\n"
		wanted := dnscheck.Wanted{Domains: []string{"example.com"}, Hosts: []dnscheck.Host{host("h1.example.com")}}
		for profile, severity := range map[string]dnscheck.RuleSeverity{"teams": want.teams, "pexip": want.pexip, "exchange-um": want.teams} {
			got := ofID(check(t, parseZone(t, zone), profile, wanted), "public_address", "h1.example.com")
			switch {
			case severity == "":
				assert.Equal(t, dnscheck.Pass, got.Result, "%s %s", profile, address)
			case profile == "exchange-um":
				assert.Equal(t, dnscheck.Fail, got.Result, "%s %s", profile, address)
			default:
				assert.Equal(t, dnscheck.Info, got.Result, "%s %s", profile, address)
				assert.Equal(t, severity, got.Severity, "%s %s", profile, address)
				assert.Contains(t, got.Message, address)
			}
		}
	}
}

// TestFederationComesFromOutside, so neither the pool nor another target may be inside.
func TestFederationComesFromOutside(t *testing.T) {
	t.Parallel()
	text := change(t, seed, "px.vc.example.com.                     86400 IN A 198.51.100.40", "px.vc.example.com. 60 IN A 10.0.0.40")
	text = change(t, text, "sip.example.com.                    86400 IN A 198.51.100.50", "sip.example.com. 60 IN A 10.0.0.50")
	report := check(t, parseZone(t, text), "pexip", edge())
	for name, says := range map[string]string{"px.vc.example.com": "10.0.0.40 is a private address", "sip.example.com": "10.0.0.50 is a private address"} {
		got := ofID(report, "public_address", name)
		assert.Equal(t, dnscheck.Warning, got.Severity, name)
		assert.Contains(t, got.Message, says)
	}
}

// TestAAAAAlone is told, and fails nothing.
func TestAAAAAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		zone   string
		spoil  func(*zone)
		result dnscheck.CheckResult
		says   string
	}{
		"both":       {"h1.example.com. 60 IN A 93.184.216.34\nh1.example.com. 60 IN AAAA 2606:2800::1\n", nil, dnscheck.Pass, "93.184.216.34"},
		"A alone":    {"h1.example.com. 60 IN A 93.184.216.34\n", nil, dnscheck.Pass, "93.184.216.34"},
		"AAAA alone": {"h1.example.com. 60 IN AAAA 2606:2800::1\n", nil, dnscheck.Info, "h1.example.com has only AAAA records"},
		"by alias":   {"h1.example.com. 60 IN CNAME h2.example.com.\nh2.example.com. 60 IN AAAA 2606:2800::1\n", nil, dnscheck.Info, "only AAAA records"},
		"A unknown":  {"h1.example.com. 60 IN AAAA 2606:2800::1\n", func(z *zone) { z.noA = true }, dnscheck.Info, "its A record is unknown"},
		"nothing":    {"", nil, "", ""},
	} {
		for _, profile := range []string{"teams", "pexip", "exchange-um"} {
			z := parseZone(t, test.zone)
			if test.spoil != nil {
				test.spoil(z)
			}
			report := check(t, z, profile, dnscheck.Wanted{Domains: []string{"example.com"}, Hosts: []dnscheck.Host{host("h1.example.com")}})
			got := ofID(report, "a_record", "h1.example.com")
			assert.Equal(t, test.result, got.Result, "%s %s", name, profile)
			assert.Contains(t, got.Message, test.says)
		}
	}
}

// TestExchangeUM asks about the gateway's name and about no record of a domain.
func TestExchangeUM(t *testing.T) {
	t.Parallel()
	const zone = "um.example.com. 60 IN A 93.184.216.34\n"
	for name, test := range map[string]struct {
		zone    string
		host    dnscheck.Host
		outside bool
		codes   map[string]int
		bad     []string
		view    dnscheck.CheckResult
	}{
		"right":             {zone, host("um.example.com", "93.184.216.34"), true, nil, []string{}, dnscheck.Pass},
		"seen from inside":  {zone, host("um.example.com", "93.184.216.34"), false, nil, []string{}, dnscheck.Info},
		"nothing to expect": {zone, host("um.example.com"), true, nil, []string{}, dnscheck.Info},
		"another address":   {zone, host("um.example.com", "93.184.216.35"), true, nil, []string{"fail gateway_address"}, dnscheck.Pass},
		"no such name":      {"", host("um.example.com"), true, nil, []string{"fail gateway_address"}, dnscheck.Info},
		"not found out":     {zone, host("um.example.com"), true, map[string]int{"um.example.com.": dns.RcodeServerFailure}, []string{"unknown gateway_address"}, dnscheck.Info},
		"private":           {"um.example.com. 60 IN A 10.0.0.1\n", host("um.example.com"), true, nil, []string{"fail public_address"}, dnscheck.Info},
	} {
		z := parseZone(t, test.zone)
		z.codes = test.codes
		report := check(t, z, "exchange-um", dnscheck.Wanted{Hosts: []dnscheck.Host{test.host}, Outside: test.outside})
		got := bad(report)
		if assert.Len(t, got, len(test.bad), "%s: %q", name, got) {
			for i := range got {
				assert.Contains(t, got[i], test.bad[i], name)
			}
		}
		assert.Equal(t, len(test.bad) == 0, report.Result == dnscheck.Pass, name)
		assert.Equal(t, test.view, ofID(report, "outside_view", "um.example.com").Result, name)
		assert.NotNil(t, report.Domains)
	}
}

func TestSeeOutside(t *testing.T) {
	t.Parallel()
	for want, servers := range map[bool][][]string{
		true:  {{"9.9.9.9:53"}, {"[2620:fe::fe]:53", "9.9.9.9:53"}, {"dns.example.net:53"}},
		false: {nil, {"127.0.0.53:53"}, {"[::1]:53"}, {"10.0.0.53:53"}, {"9.9.9.9:53", "192.168.0.1:53"}, {"[fd00::1]:53"}},
	} {
		for _, list := range servers {
			assert.Equal(t, want, dnscheck.SeeOutside(list), "%q", list)
		}
	}
}
