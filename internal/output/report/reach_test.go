package report_test

import (
	"bytes"
	"testing"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ptr[T any](value T) *T { return &value }

// probed is one endpoint of each kind: fine, refusing, not trusted, not there.
func probed() probe.ProbeReport {
	g2 := probe.TLS{
		OK: true, Version: "TLS 1.2", Cipher: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Versions: []string{"TLS 1.2", "TLS 1.3"},
		Root: "DigiCert Global Root G2", RootSHA256: "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f", RootRequired: true,
		Mutual: ptr(true), Offered: "CN=sbc1.example.com",
	}
	fine := probe.SIP{OK: true, Status: ptr(200), Reason: "OK", RTT: ptr(23.12), RTTMin: ptr(20.0), RTTMax: ptr(31.55), Sent: 3, Answered: 3, Server: "Microsoft.PSTNHub.SIPProxy"}
	refused := probe.SIP{Status: ptr(403), Reason: "Forbid\x1b[31mden", RTT: ptr(18.0), RTTMin: ptr(18.0), RTTMax: ptr(18.0), Sent: 1, Answered: 1,
		ReasonHeaders: []string{"Q.850;cause=63;text=\"not\x07 allowed\""}, WarningHeaders: []string{"399 sip.example.com \"no trunk\""}}
	stranger := probe.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Versions: []string{"TLS 1.3"}, Mutual: ptr(false)}
	untrusted := &probe.ProbeFailure{Code: probe.CodeUntrusted, Message: `the chain ends in "Proxy CA"`, Hint: "Compare the chain."}
	gone := &probe.ProbeFailure{Code: probe.CodeUnresolved, Message: "sip3.pstnhub.microsoft.com can't be resolved", Hint: "Check the spelling."}
	silent := &probe.ProbeFailure{Code: probe.CodeUnreachable, Message: "no connection to [2001:db8::1]:5061: connection refused"}
	return probe.ProbeReport{Endpoints: []probe.EndpointResult{
		{Host: "sip.pstnhub.microsoft.com", Port: 5061, Answered: true, TLS: g2, SIP: fine, Addresses: []probe.AddressResult{{Address: "2001:db8::1", Error: silent}, {Address: "52.112.0.1", TLS: g2, SIP: fine}},
			Findings: []probe.Remark{{Code: probe.NotPublished, Level: remediate.Info, Message: "an info", Hint: "a hint"}, {Code: probe.FamilyUnreachable, Level: remediate.Warning, Message: "a warning", Hint: "a hint"}}},
		{Host: "sip2.pstnhub.microsoft.com", Port: 5061, Answered: true, TLS: g2, SIP: refused, Addresses: []probe.AddressResult{{Address: "52.112.0.2", TLS: g2, SIP: refused}},
			Findings: []probe.Remark{{Code: probe.Refused, Level: remediate.Problem, Message: "52.112.0.2 answered OPTIONS with 403", Hint: "a hint"}}},
		{Host: "10.0.0.1", Port: 5071, TLS: stranger, Addresses: []probe.AddressResult{{Address: "10.0.0.1", TLS: stranger, Error: untrusted}}, Error: untrusted},
		{Host: "sip3.pstnhub.microsoft.com", Port: 5061, Error: gone},
	}}
}

func TestProbeText(t *testing.T) {
	t.Parallel()
	for name, style := range map[string]report.Style{"probe": {}, "probe-color": {Color: true}} {
		var text bytes.Buffer
		require.NoError(t, report.Probe(&text, probed(), style))
		assertTidy(t, text.Bytes())
		assertGolden(t, name, text.Bytes())
	}
}

func TestNodesText(t *testing.T) {
	t.Parallel()
	own := func(sha string) *probe.ChainCertificate {
		return &probe.ChainCertificate{Subject: "CN=px.vc.example.com", Issuer: "CN=CA", SHA256: sha, NotAfter: "2027-01-01T00:00:00Z"}
	}
	away := probe.NodeCertificate{Node: "px03.vc.example.com", Port: 5061, Address: "192.0.2.3", Error: &probe.ProbeFailure{Code: probe.CodeUnreachable, Message: "no connection\x1b[2J"}}
	at := func(node, sha string) probe.NodeCertificate {
		return probe.NodeCertificate{Node: node, Port: 5061, Address: "192.0.2.1", Certificate: own(sha)}
	}
	for name, nodes := range map[string]probe.Nodes{
		"nodes-same":   {Same: ptr(true), Presented: []probe.NodeCertificate{at("px01.vc.example.com", "aa"), at("px02.vc.example.com", "aa")}},
		"nodes-differ": {Same: ptr(false), Presented: []probe.NodeCertificate{at("px01.vc.example.com", "aa"), at("px02.vc.example.com", "bb"), away}},
		"nodes-away":   {Presented: []probe.NodeCertificate{at("px01.vc.example.com", "aa"), away}},
	} {
		var text bytes.Buffer
		require.NoError(t, report.Probe(&text, probe.ProbeReport{Nodes: &nodes}, report.Style{}))
		assertTidy(t, text.Bytes())
		assertGolden(t, name, text.Bytes())
		assert.NotContains(t, text.String(), "\x1b")
	}
}

func TestDNSText(t *testing.T) {
	t.Parallel()
	check := func(id, name string, result dns.CheckResult, message string) dns.RecordCheck {
		return dns.RecordCheck{ID: id, Name: name, Rule: "the rule", Result: result, Message: message, Source: "the source"}
	}
	found := dns.DomainReport{
		Profile: "pexip", Domains: []string{"example.com", "vc.example.com"}, Resolvers: []string{"192.0.2.53:53"}, Result: dns.Fail,
		Checks: []dns.RecordCheck{
			check("srv_exists", "_sip._tcp.example.com", dns.Pass, "10 10 5060 px01.vc.example.com"),
			check("srv_port", "_sips._tcp.example.com", dns.Fail, "px01.vc.example.com has port 5060, not 5061"),
			check("srv_exists", "_pexapp._tcp.example.com", dns.Unknown, "can't be told\x1b[2J"),
			check("srv_targets", "_sip._tcp.example.com", dns.Info, "the targets are …"),
			{ID: "public_address", Name: "sbc1.example.com", Rule: "the rule", Result: dns.Info, Message: "10.0.0.1 is a private address", Source: "the source", Severity: dns.Warning},
		},
	}
	var text bytes.Buffer
	require.NoError(t, report.DNS(&text, found, report.Style{}))
	assertTidy(t, text.Bytes())
	assertGolden(t, "dns", text.Bytes())
	assert.NotContains(t, text.String(), "\x1b")

	text.Reset()
	require.NoError(t, report.DNS(&text, dns.DomainReport{Domains: []string{"example.com"}, Profile: "teams", Resolvers: []string{"192.0.2.53:53"}, Result: dns.Pass}, report.Style{}))
	assert.Contains(t, text.String(), "Pass: ")

	text.Reset()
	bare := dns.DomainReport{Profile: "exchange-um", Result: dns.Pass, Checks: []dns.RecordCheck{check("gateway_address", "um.example.com", dns.Pass, "192.0.2.1"), check("a_record", "um.example.com", dns.Pass, "192.0.2.1")}}
	require.NoError(t, report.DNS(&text, bare, report.Style{}))
	assert.Contains(t, text.String(), "um.example.com  profile exchange-um", "its host, where no domain was named")
}
