package report_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func judged() check.Report {
	row := func(id string, result check.Result, message string) check.Check {
		return check.Check{ID: id, Result: result, Message: message, Rule: "The rule of " + id + ".", Source: "RFC 5280"}
	}
	return check.Report{
		Profile: check.Teams, Subject: "CN=sbc.example.com", Issuer: "CN=Some CA", Names: []string{"sbc.example.com", "sbc2.example.com"},
		SHA256: strings.Repeat("ab", 32), NotBefore: "2026-01-01T00:00:00Z", NotAfter: "2027-01-01T00:00:00Z",
		Checks: []check.Check{
			row("fqdn", check.Pass, "the certificate is for \"sbc.example.com\""), row("server_auth", check.Fail, "the certificate does not allow server authentication"),
			row("expires_soon", check.Info, "the certificate expires on 2027-01-01, in 3 days"), row("trusted_root", check.Unknown, "the chain is not complete"),
		},
		Result: check.Fail,
	}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	require.NoError(t, report.Certificate(&text, "sbc.pem", "SBC for Microsoft Teams Direct Routing", judged(), report.Style{}))
	assertTidy(t, []byte(text.String()))
	assertGolden(t, "certificate", []byte(text.String()))
}

// TestAPassWithUnknownsSaysSo: what was not looked at is not passed.
func TestAPassWithUnknownsSaysSo(t *testing.T) {
	t.Parallel()
	found := judged()
	found.Result = check.Pass
	for checks, want := range map[int]string{1: "  Passes: 1 passed, 0 failed", 2: "  Passes as far as could be checked: 1 passed"} {
		found.Checks = []check.Check{found.Checks[0], {ID: "san_nodes", Result: check.Unknown, Message: "no node was named"}}[:checks]
		var text strings.Builder
		require.NoError(t, report.Certificate(&text, "sbc.pem", "Pexip Conferencing Node", found, report.Style{}))
		assert.Contains(t, text.String(), want)
	}
}

func TestForeignNamesOfACertificateAreHarmless(t *testing.T) {
	t.Parallel()
	found := judged()
	found.Subject, found.Issuer, found.Names = "CN=\x1b[31m", "CN=\u202e", []string{"\u009b"}
	found.Checks[0].Message = "\x1b]0;x\x07"
	var text strings.Builder
	require.NoError(t, report.Certificate(&text, "a\rb", "x", found, report.Style{}))
	assert.Equal(t, foreign.Clean(strings.ReplaceAll(text.String(), "\n", "")), strings.ReplaceAll(text.String(), "\n", ""))
}
