package check_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
)

import ()

// TestNameConstraintsBindACommonNameThatCounts, and none that does not.
func TestNameConstraintsBindACommonNameThatCounts(t *testing.T) {
	t.Parallel()
	only := func(domain string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.PermittedDNSDomains = []string{domain} }
	}
	for name, test := range map[string]struct {
		profile     string
		constraint  string
		common      string
		alternative []string
		want        results
	}{
		"the CN alone":               {check.Teams, "example.org", "px.example.com", nil, results{"trusted_root": fail}},
		"the CN alone, permitted":    {check.Teams, "example.com", "px.example.com", nil, results{}},
		"the CN in capitals":         {check.Teams, "example.org", "PX.EXAMPLE.com", nil, results{"trusted_root": fail}},
		"a wildcard as CN":           {check.Teams, "example.org", "*.example.com", nil, results{"trusted_root": fail}},
		"the CN beside other SANs":   {check.Teams, "example.org", "px.example.com", []string{"px.example.org"}, results{"trusted_root": fail}},
		"a CN that names no host":    {check.Teams, "example.com", "Our SBC", []string{"px.example.com"}, results{}},
		"a CN that does not count":   {check.Teams, "example.com", "px.example.org", []string{"px.example.com"}, results{}},
		"a connector without SANs":   {check.PexipConnector, "example.org", "px.example.com", nil, results{"trusted_root": fail}},
		"a connector's wildcard":     {check.PexipConnector, "example.org", "*.example.com", nil, results{"trusted_root": fail}},
		"a CN in Unicode":            {check.Teams, "example.org", "px.müller.example", nil, results{"trusted_root": fail}},
		"a CN in Unicode, permitted": {check.Teams, "xn--mller-kva.example", "px.müller.example", nil, results{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t, test.profile)
			changedIntermediate(only(test.constraint))(t, s)
			names(test.common, test.alternative...)(t, s)
			if strings.Contains(test.common, "ü") {
				s.options.Name = test.common
			}
			report := examine(t, test.profile, s)
			assert.Equal(t, test.want, odd(report), messages(report))
		})
	}
}

// TestATrustedRootIsNamedWithItsStore: a reader must be able to doubt what passes.
func TestATrustedRootIsNamedWithItsStore(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	report := examine(t, check.Teams, s)
	i := slices.IndexFunc(report.Checks, func(c check.Check) bool { return c.ID == "trusted_root" })
	assert.Regexp(t, `^the chain ends in "Public Root" \(SHA-256 [0-9a-f]{64}\), which is among the roots of the test$`, report.Checks[i].Message)
}

// TestAnEncodingThatDiffersIsSaid, though the chain is whole: software that compares bytes exists.
func TestAnEncodingThatDiffersIsSaid(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	parent := *s.intermediate.certificate
	parent.RawSubject = asUTF8(t, parent.RawSubject)
	s.signer = authority{&parent, s.intermediate.key}
	report := examine(t, check.Teams, s)
	i := slices.IndexFunc(report.Checks, func(c check.Check) bool { return c.ID == "chain_complete" })
	assert.Equal(t, check.Pass, report.Checks[i].Result)
	assert.Contains(t, report.Checks[i].Message, `"px.example.com" writes the name of its issuer in another encoding`)
}
