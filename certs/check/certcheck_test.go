package check_test

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"maps"
	"math/big"
	"net"
	"regexp"
	"slices"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type results = map[string]check.Result

const (
	fail    = check.Fail
	info    = check.Info
	unknown = check.Unknown
)

var all = []string{check.Teams, check.PexipNode, check.PexipConnector, check.ExchangeUM}

func TestAGoodCertificatePassesEveryRule(t *testing.T) {
	t.Parallel()
	for _, profile := range all {
		s := good(t, profile)
		if profile == check.PexipNode || profile == check.PexipConnector {
			s.options.Addresses = []check.Address{{URL: "http://crt.example.com/ca.crt"}}
		}
		report := examine(t, profile, s)
		assert.Empty(t, odd(report), profile)
		assert.Equal(t, check.Pass, report.Result)
		assert.Equal(t, "CN=px.example.com", report.Subject)
		assert.Equal(t, "CN=Public Intermediate", report.Issuer)
	}
}

func TestEachRuleFailsAloneAndNamesItsSource(t *testing.T) {
	t.Parallel()
	for name, row := range rows {
		for _, profile := range row.profiles {
			t.Run(name+"/"+profile, func(t *testing.T) {
				t.Parallel()
				s := good(t, profile)
				row.change(t, s)
				report := examine(t, profile, s)
				seen := odd(report)
				if _, mine := row.want["aia_redirect"]; !mine { // without the intermediate there is nothing to ask
					delete(seen, "aia_redirect")
				}
				want := results{}
				for id, result := range row.want {
					want[id] = result
				}
				assert.Equal(t, want, seen, "%+v", report.Checks)
				failed := slices.ContainsFunc(report.Checks, func(c check.Check) bool { return c.Result == fail })
				assert.Equal(t, failed, report.Result == fail)
			})
		}
	}
}

// TestEveryRuleIsBrokenSomewhere: a rule that no row breaks is not tested.
func TestEveryRuleIsBrokenSomewhere(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range slices.Concat(slices.Collect(maps.Values(rows)), slices.Collect(maps.Values(internalRows()))) {
		for _, profile := range row.profiles {
			for id, result := range row.want {
				seen[profile+"/"+id+"/"+string(result)] = true
			}
		}
	}
	for _, cause := range causes {
		for _, profile := range append(slices.Clip(all), check.PexipInternalNode) {
			for id, result := range cause.wantFrom(examine(t, profile, good(t, profile))) {
				seen[profile+"/"+id+"/"+string(result)] = true
			}
		}
	}
	for _, profile := range check.Profiles() {
		unreadable := good(t, profile.ID)
		unreadable.unread, unreadable.serial = []string{"block 2"}, new(big.Int)
		checks := append(examine(t, profile.ID, unreadable).Checks[:2:2], examine(t, profile.ID, good(t, profile.ID)).Checks...)
		for _, row := range checks {
			result := fail
			if row.Severity != check.Failure {
				result = info
			}
			assert.True(t, seen[profile.ID+"/"+row.ID+"/"+string(result)], "%s %s", profile.ID, row.ID)
			assert.Regexp(t, regexp.MustCompile(`^(Microsoft|Pexip|RFC).*\d{4}`), row.Source, "%s %s", profile.ID, row.ID)
			assert.Regexp(t, `^[A-Z].*\.$`, row.Rule)
			assert.NotEmpty(t, row.Message)
		}
	}
}

// TestWithoutALeafNothingCanBeTold but that.
func TestWithoutALeafNothingCanBeTold(t *testing.T) {
	t.Parallel()
	for _, profile := range check.Profiles() {
		report := check.Examine(profile, check.Subject{Unread: []string{"block 1: x509: invalid version"}}, good(t, profile.ID).options)
		assert.Equal(t, check.Fail, report.Result)
		assert.Equal(t, "block 1: x509: invalid version", report.Checks[0].Message)
		for _, row := range report.Checks[1:] {
			assert.Equal(t, unknown, row.Result, row.ID)
		}
	}
	assert.Empty(t, check.Subject{}.Intermediates())
}

// TestAShortKeyAboveIsNoTrust: go.mod lets Go compute with such keys.
func TestAShortKeyAboveIsNoTrust(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 768)
	require.NoError(t, err)
	s := good(t, check.Teams)
	root := create(t, caTemplate("Short Root"), caTemplate("Short Root"), weak.Public(), weak)
	s.trust(authority{certificate: root})
	leaf := create(t, s.leaf, root, rsaPublic(2048), weak)
	profile, _ := check.Find(check.Teams)
	report := check.Examine(profile, check.Subject{Leaf: leaf, Format: "PEM"}, s.options)
	assert.Equal(t, results{"signature_algorithm": fail, "trusted_root": unknown}, odd(report), messages(report))
}

// TestWhatIsAllowed: what could be mistaken for a broken rule.
func TestWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]broken{
		"the FQDN in the CN alone":      {teams, names("px.example.com"), nil},
		"the FQDN among the SANs alone": {teams, names("other.example.org", "px.example.com"), nil},
		"no CN":                         {teams, names("", "px.example.com"), nil},
		"in another case":               {teams, names("PX.Example.COM"), nil},
		"asked for in another case":     {teams, func(_ *testing.T, s *scene) { s.options.Name = "Px.EXAMPLE.com." }, nil},
		"a wildcard in the CN":          {teams, names("*.example.com"), nil},
		"a wildcard among the SANs":     {teams, names("", "*.example.com"), nil},
		"Unicode asked for": {teams, func(t *testing.T, s *scene) {
			names("", "sbc.xn--mller-kva.example")(t, s)
			s.options.Name = "SBC.Müller.example"
		}, nil},
		"Unicode in the CN": {teams, func(t *testing.T, s *scene) {
			names("sbc.müller.example")(t, s)
			s.options.Name = "sbc.xn--mller-kva.example"
		}, nil},
		"Unicode below a wildcard": {teams, func(t *testing.T, s *scene) {
			names("", "*.xn--mller-kva.example")(t, s)
			s.options.Name = "sbc.müller.example"
		}, nil},
		"a domain that only looks alike": {teams, func(t *testing.T, s *scene) {
			names("", "sbc.notonmicrosoft.com")(t, s)
			s.options.Name = "sbc.notonmicrosoft.com"
		}, nil},
		"nodes by name, and a wildcard": {node, names("px.example.com", "px.example.com", "px01.example.com", "px02.example.com", "*.example.com", "example.com"), nil},
		"a node's pool in another case": {node, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "PX.example.com" }, nil},
		"a node with EC":                {node, curve(elliptic.P256()), nil},
		"a connector by a wildcard":     {connector, names("*.example.com", "*.example.com"), nil},
		"a connector without SANs":      {connector, names("px.example.com"), nil},
		"an address for Exchange": {exchange, func(t *testing.T, s *scene) {
			names("192.0.2.9")(t, s)
			s.leaf.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 9)}
			s.options.Name = "192.0.2.9"
		}, nil},
		"Exchange with capitals on both sides": {exchange, func(t *testing.T, s *scene) {
			names("SBC.example.com", "SBC.example.com")(t, s)
			s.options.Name = "SBC.example.com"
		}, nil},
		"30 days to the second":               {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.Add(30 * days) }, nil},
		"the last second":                     {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today; s.options.WarnWithin = 0 }, nil},
		"the first second":                    {all, func(_ *testing.T, s *scene) { s.leaf.NotBefore = today }, nil},
		"a chain with its root":               {all, func(_ *testing.T, s *scene) { s.others = append(s.others, s.root.certificate) }, nil},
		"a chain in any order":                {all, func(_ *testing.T, s *scene) { s.others = append([]*x509.Certificate{s.root.certificate}, s.others...) }, nil},
		"a stranger in the file":              {all, func(t *testing.T, s *scene) { s.others = append(s.others, newRoot(t, "Stranger").certificate) }, nil},
		"a cross-signed root":                 {all, crossSigned, nil},
		"a cross-signed root, both trusted":   {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.trust(s.root, authority{certificate: s.trusted[0]}) }, nil},
		"a cross-signed root, itself trusted": {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.trust(s.root) }, nil},
		"an intermediate's twin of a root that is elsewhere": {all, func(t *testing.T, s *scene) {
			twin := newRoot(t, "Elsewhere").sign(t, caTemplate("Public Intermediate"), s.intermediate.certificate.PublicKey)
			s.others = []*x509.Certificate{twin, s.intermediate.certificate, s.root.certificate}
		}, nil},
		"an expired twin of the intermediate beside it": {all, func(t *testing.T, s *scene) {
			template := caTemplate("Public Intermediate")
			template.NotAfter = today.AddDate(0, 0, -1)
			s.others = append([]*x509.Certificate{s.root.sign(t, template, s.intermediate.certificate.PublicKey)}, s.others...)
		}, nil},
		"an RSA CA": {teams, rsaIntermediate, nil},
	} {
		for _, profile := range row.profiles {
			t.Run(name+"/"+profile, func(t *testing.T) {
				t.Parallel()
				s := good(t, profile)
				row.change(t, s)
				assert.Empty(t, odd(examine(t, profile, s)))
			})
		}
	}
}

func TestASelfSignedCertificateIsNoTrustedRoot(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	s.signer = authority{}
	subject := s.subject(t)
	s.trust(s.root)
	profile, _ := check.Find(check.Teams)
	assert.Equal(t, results{"not_self_signed": fail, "trusted_root": unknown}, odd(check.Examine(profile, subject, s.options)))
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ teams, exchange bool }{
		"sbc.example.com": {true, true}, "sbc.example.com.": {true, true}, "sbc.müller.example": {true, true},
		"": {}, " sbc.example.com": {}, "sbc.example.com\n": {}, "sbc": {false, true}, "192.0.2.1": {false, true}, "2001:db8::1": {false, true},
		"*.example.com": {false, true}, "https://sbc.example.com": {false, true}, "sbc.example.com:5061": {false, true}, "a..example.com": {false, true},
	} {
		for id, ok := range map[string]bool{check.Teams: want.teams, check.ExchangeUM: want.exchange} {
			profile, _ := check.Find(id)
			err := profile.CheckName(name)
			if ok {
				assert.NoError(t, err, "%s %q", id, name)
				continue
			}
			assert.ErrorIs(t, err, check.ErrName, "%s %q", id, name)
		}
	}
}

func TestThereAreNoOtherProfiles(t *testing.T) {
	t.Parallel()
	_, ok := check.Find("zoom")
	assert.False(t, ok)
	assert.Len(t, check.Profiles(), 5)
}

// TestATwinFromElsewhereIsNoDeadEnd: an untrusted root that came along is found, whichever
// twin of the intermediate stands first.
func TestATwinFromElsewhereIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	twin := newRoot(t, "Elsewhere").sign(t, caTemplate("Public Intermediate"), s.intermediate.certificate.PublicKey)
	s.others = []*x509.Certificate{twin, s.intermediate.certificate, s.root.certificate}
	s.trust(newRoot(t, "Another Root"))
	assert.Equal(t, results{"trusted_root": fail}, odd(examine(t, check.Teams, s)))
}

func TestIntermediatesAreThoseOfThePathWithoutItsRoot(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	s.others = append(s.others, newRoot(t, "Stranger").certificate, s.root.certificate)
	subject := s.subject(t)
	assert.Equal(t, []*x509.Certificate{s.intermediate.certificate}, subject.Intermediates())
	assert.True(t, check.IssuerKnown(subject))
	subject.Others = subject.Others[1:]
	assert.Empty(t, subject.Intermediates())
	assert.False(t, check.IssuerKnown(subject))
}

func FuzzExamine(f *testing.F) {
	s := good(f, check.Teams)
	f.Add(s.subject(f).Leaf.Raw, "px.example.com")
	f.Add(s.root.certificate.Raw, "*.example.com")
	f.Add(s.intermediate.certificate.Raw, "\u0430.b")
	f.Fuzz(func(t *testing.T, der []byte, name string) {
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		s.options.Name, s.options.Nodes = name, []string{name}
		for _, profile := range check.Profiles() {
			report := check.Examine(profile, check.Subject{Leaf: leaf, Others: s.others}, s.options)
			for _, row := range report.Checks {
				require.NotEmpty(t, row.Message)
				require.Contains(t, []check.Result{check.Pass, fail, info, unknown}, row.Result)
			}
		}
	})
}

// TestAKeyOfAMegabyteIsNotComputedWith: it would take minutes.
func TestAKeyOfAMegabyteIsNotComputedWith(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	rsaIntermediate(t, s)
	huge := *s.others[0]
	huge.PublicKey = rsaPublic(1 << 23)
	subject := s.subject(t)
	subject.Leaf.Signature = make([]byte, 1<<20)
	subject.Others = []*x509.Certificate{&huge}
	profile, _ := check.Find(check.Teams)
	assert.Equal(t, results{"trusted_root": unknown}, odd(check.Examine(profile, subject, s.options)))
}
