package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProbeAndDNSFitTheirSchemas where no server is there. Far ends that answer, refuse and stay
// silent are in the stories.
func TestProbeAndDNSFitTheirSchemas(t *testing.T) {
	t.Parallel()
	for schema, arguments := range map[string][]string{
		"acfix.probe/v1": {"probe", "127.0.0.1:1", "--fqdn", "sbc1.example.com", "-o", "json"},
		"acfix.dns/v1":   {"dns", "check", "--profile", "pexip", "--domain", "example.com", "--resolver", "127.0.0.1:1", "--timeout", "200ms", "-o", "json"},
	} {
		d := newTestApp(t, "7.4.500", "")
		assert.Equal(t, exitFailed, d.app.run(arguments), "%s", d.stderr.String())
		requireFits(t, schema, d.stdout.String())
	}
}

// TestReachSchemasListEveryWord: a new code or check is published before it is printed.
func TestReachSchemasListEveryWord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema, definition, property string
		words                        []string
	}{
		{"probe", "failure", "code", probe.Codes()},
		{"probe", "finding", "code", probe.FindingCodes()},
		{"probe", "finding", "level", []string{string(remediate.Info), string(remediate.Warning), string(remediate.Problem)}},
		{"dns", "check", "id", dns.IDs()},
		{"dns", "check", "severity", []string{string(dns.Failure), string(dns.Warning), string(dns.Information)}},
		{"dns", "check", "result", []string{string(dns.Pass), string(dns.Fail), string(dns.Info), string(dns.Unknown)}},
	} {
		text, err := os.ReadFile(filepath.Join(schemaFolder, test.schema+".v1.schema.json"))
		require.NoError(t, err)
		var document struct {
			Defs map[string]struct {
				Properties map[string]struct{ Enum []string }
			} `json:"$defs"`
		}
		require.NoError(t, json.Unmarshal(text, &document))
		listed := document.Defs[test.definition].Properties[test.property].Enum
		slices.Sort(listed)
		slices.Sort(test.words)
		assert.Equal(t, test.words, listed, "%s %s %s", test.schema, test.definition, test.property)
	}
}

// TestReachSchemasRefuseWhatIsWrong: a document that says more than was seen is none.
func TestReachSchemasRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := probe.ProbeReport{Schema: probe.Schema, Probed: "2026-11-22T12:00:00Z", Endpoints: []probe.EndpointResult{answered()}}
	require.NoError(t, fits(t, asJSON(t, good)))
	for name, spoil := range map[string]func(*probe.EndpointResult){
		"ok without root":      func(r *probe.EndpointResult) { r.TLS.Root = "" },
		"ok with 403":          func(r *probe.EndpointResult) { *r.SIP.Status = 403 },
		"ok with loss":         func(r *probe.EndpointResult) { r.SIP.Loss = 50 },
		"answered with error":  func(r *probe.EndpointResult) { r.Error = &probe.ProbeFailure{Code: probe.CodeClosed} },
		"failed without error": func(r *probe.EndpointResult) { r.Answered = false },
		"unknown code":         func(r *probe.EndpointResult) { r.Answered, r.Error = false, &probe.ProbeFailure{Code: "other"} },
		"null addresses":       func(r *probe.EndpointResult) { r.Addresses = nil },
	} {
		endpoint := answered()
		spoil(&endpoint)
		bad := good
		bad.Endpoints = []probe.EndpointResult{endpoint}
		assert.Error(t, fits(t, asJSON(t, bad)), name)
	}
	records := dns.DomainReport{
		Schema: dns.Schema, Checked: "2026-11-22T12:00:00Z", Profile: "pexip", Domains: []string{"example.com"}, Resolvers: []string{},
		Checks: []dns.RecordCheck{{ID: "srv_exists", Result: dns.Unknown, Severity: dns.Failure}}, Result: dns.Fail,
	}
	require.NoError(t, fits(t, asJSON(t, records)))
	records.Result = dns.Pass
	assert.Error(t, fits(t, asJSON(t, records)), "what is unknown is no pass")
}

func answered() probe.EndpointResult {
	status, took, asked := 200, 12.3, false
	tls := probe.TLS{OK: true, Version: "TLS 1.2", Versions: []string{"TLS 1.2"}, Root: "R", RootSHA256: "018e13f0772532cf809bd1b17281867283fc48c6e13be9c69812854a490c1b05", Mutual: &asked, Chain: []probe.ChainCertificate{}}
	sip := probe.SIP{OK: true, Status: &status, RTT: &took, RTTMin: &took, RTTMax: &took, Sent: 1, Answered: 1, ReasonHeaders: []string{}, WarningHeaders: []string{}}
	return probe.EndpointResult{Host: "a", Port: 5061, Answered: true, TLS: tls, SIP: sip, Addresses: []probe.AddressResult{{Address: "192.0.2.1", TLS: tls, SIP: sip}}, Findings: []probe.Remark{}}
}

func asJSON(t *testing.T, document any) string {
	t.Helper()
	text, err := json.Marshal(document)
	require.NoError(t, err)
	return string(text)
}
