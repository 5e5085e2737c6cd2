package certcheck_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"net"
	"regexp"
	"slices"
	"testing"

	"github.com/acfix/acfix/certcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type results = map[string]certcheck.Result

const (
	fail    = certcheck.Fail
	info    = certcheck.Info
	unknown = certcheck.Unknown
)

var all = []string{certcheck.Teams, certcheck.PexipNode, certcheck.PexipConnector, certcheck.ExchangeUM}

func TestAGoodCertificatePassesEveryRule(t *testing.T) {
	t.Parallel()
	for _, profile := range all {
		s := good(t, profile)
		if profile == certcheck.PexipNode || profile == certcheck.PexipConnector {
			s.options.Addresses = []certcheck.Address{{URL: "http://crt.example.com/ca.crt"}}
		}
		report := examine(t, profile, s)
		assert.Empty(t, odd(report), profile)
		assert.Equal(t, certcheck.Pass, report.Result)
		assert.Equal(t, "CN=px.example.com", report.Subject)
		assert.Equal(t, "CN=Public Intermediate", report.Issuer)
	}
}

// broken is one way to break one rule. Where others can't be told any more because of it,
// they are named too; nothing else may differ from pass.
type broken struct {
	profiles []string
	change   func(*testing.T, *scene)
	want     results
}

func names(common string, alternative ...string) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName, s.leaf.DNSNames = common, alternative }
}

func usages(list ...x509.ExtKeyUsage) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.leaf.ExtKeyUsage = list }
}

func key(bits int) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.public = rsaPublic(bits) }
}

func curve(c elliptic.Curve) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) { s.public = ecKey(t, c).Public() }
}

var (
	teams     = []string{certcheck.Teams}
	node      = []string{certcheck.PexipNode}
	connector = []string{certcheck.PexipConnector}
	exchange  = []string{certcheck.ExchangeUM}
	pexip     = []string{certcheck.PexipNode, certcheck.PexipConnector}
)

var rows = map[string]broken{
	// Names, each as its source says.
	"another host":                         {teams, names("other.example.com", "third.example.com"), results{"fqdn": fail}},
	"no names at all":                      {teams, names(""), results{"fqdn": fail}},
	"a wildcard for another domain":        {teams, names("", "*.example.org"), results{"fqdn": fail}},
	"a wildcard does not cover its domain": {teams, func(t *testing.T, s *scene) { names("", "*.px.example.com")(t, s) }, results{"fqdn": fail}},
	"a wildcard covers one label only": {teams, func(t *testing.T, s *scene) {
		names("*.example.com", "*.example.com")(t, s)
		s.options.Name = "a.b.example.com"
	}, results{"fqdn": fail}},
	"a part of a label is no wildcard":   {teams, names("", "p*.example.com"), results{"fqdn": fail}},
	"an asterisk further right":          {teams, names("", "px.*.com"), results{"fqdn": fail}},
	"a wildcard over a top-level domain": {teams, func(t *testing.T, s *scene) { names("", "*.com")(t, s); s.options.Name = "example.com" }, results{"fqdn": fail}},
	"a look-alike in Cyrillic":           {teams, names("рх.example.com"), results{"fqdn": fail}},
	"the name of a subdomain":            {teams, names("px.example.com.evil.example"), results{"fqdn": fail}},
	"onmicrosoft.com":                    {teams, onMicrosoft("sbc.contoso.onmicrosoft.com"), results{"not_onmicrosoft": fail}},
	"onmicrosoft.com in capitals":        {teams, onMicrosoft("SBC.Contoso.OnMicrosoft.COM."), results{"not_onmicrosoft": fail}},
	"no FQDN was given":                  {teams, func(_ *testing.T, s *scene) { s.options.Name = "" }, results{"fqdn": unknown, "not_onmicrosoft": unknown}},
	"a node's subject is not the pool":   {node, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px01.example.com" }, results{"subject_name": fail}},
	"a node's subject is a wildcard":     {node, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "*.example.com" }, results{"subject_name": fail}},
	"the pool is not among the SANs":     {node, names("px.example.com", "px01.example.com", "px02.example.com", "example.com"), results{"san_subject": fail}},
	"a node is not among the SANs":       {node, names("px.example.com", "px.example.com", "px01.example.com", "example.com"), results{"san_nodes": fail}},
	"a node a label deeper": {node, func(t *testing.T, s *scene) {
		names("px.example.com", "*.example.com", "example.com")(t, s)
		s.options.Nodes = []string{"px01.vc.example.com"}
	}, results{"san_nodes": fail}},
	"no nodes were given":           {node, func(_ *testing.T, s *scene) { s.options.Nodes = nil }, results{"san_nodes": unknown}},
	"a federated domain is missing": {node, names("px.example.com", "px.example.com", "px01.example.com", "px02.example.com"), results{"san_federation": fail}},
	"a wildcard is no federated domain": {node, func(t *testing.T, s *scene) {
		names("px.example.com", "*.example.com")(t, s)
		s.options.Federation = []string{"vc.example.com"}
	}, results{"san_federation": fail}},
	"no federated domain was given":       {node, func(_ *testing.T, s *scene) { s.options.Federation = nil }, results{"san_federation": info}},
	"a connector of another name":         {connector, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "other.example.com" }, results{"subject_name": fail}},
	"a connector's wildcard too high":     {connector, func(t *testing.T, s *scene) { names("*.example.com")(t, s); s.options.Name = "px.vc.example.com" }, results{"subject_name": fail}},
	"a connector's wildcard and itself":   {connector, func(t *testing.T, s *scene) { names("*.example.com")(t, s); s.options.Name = "example.com" }, results{"subject_name": fail}},
	"a connector's SANs have other names": {connector, names("px.example.com", "px01.example.com"), results{"san_name": fail}},
	"the CN differs in case":              {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "PX.example.com" }, results{"cn_address": fail}},
	"the SAN differs in case":             {exchange, func(_ *testing.T, s *scene) { s.leaf.DNSNames = []string{"Px.example.com"} }, results{"san_address": fail}},
	"the CN is another":                   {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px01.example.com" }, results{"cn_address": fail}},
	"a wildcard is not the string":        {exchange, func(_ *testing.T, s *scene) { s.leaf.DNSNames = []string{"*.example.com"} }, results{"san_address": fail}},
	"a root dot is another string":        {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px.example.com." }, results{"cn_address": fail}},
	"an A-label is another string": {exchange, func(t *testing.T, s *scene) {
		names("sbc.xn--mller-kva.example", "sbc.xn--mller-kva.example")(t, s)
		s.options.Name = "sbc.müller.example"
	}, results{"cn_address": fail, "san_address": fail}},
	"a look-alike CN":      {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "рx.example.com" }, results{"cn_address": fail}},
	"no address was given": {exchange, func(_ *testing.T, s *scene) { s.options.Name = "" }, results{"cn_address": unknown, "san_address": unknown}},

	// Extended key usage.
	"client authentication alone":       {teams, usages(x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"server authentication alone":       {teams, usages(x509.ExtKeyUsageServerAuth), results{"client_auth": info}},
	"no extended key usage":             {teams, usages(), results{"server_auth": fail, "client_auth": info}},
	"any usage names none":              {teams, usages(x509.ExtKeyUsageAny), results{"server_auth": fail, "client_auth": info}},
	"e-mail protection":                 {teams, usages(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"Pexip without client":              {pexip, usages(x509.ExtKeyUsageServerAuth), results{"client_auth": fail}},
	"Pexip without server":              {pexip, usages(x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"a CA that may not sign for server": {teams, forClientsOnly, results{"trusted_root": fail}},

	// Keys and signatures.
	"RSA 1024 for Teams":         {teams, key(1024), results{"key_size": fail}},
	"RSA 2047 for Teams":         {teams, key(2047), results{"key_size": fail}},
	"EC P-224 for Teams":         {teams, curve(elliptic.P224()), results{"key_size": fail, "key_type": info}},
	"EC P-256 for Teams":         {teams, curve(elliptic.P256()), results{"key_type": info}},
	"EC P-384 for a connector":   {connector, curve(elliptic.P384()), results{"rsa_key": fail}},
	"RSA 1023 for Exchange":      {exchange, key(1023), results{"key_size": fail, "key_recommended": info}},
	"RSA 1024 for Exchange":      {exchange, key(1024), results{"key_recommended": info}},
	"EC for Exchange":            {exchange, curve(elliptic.P256()), results{"key_size": unknown, "key_recommended": unknown}},
	"signed with SHA-1":          {teams, withSHA1, results{"signature_algorithm": fail, "trusted_root": unknown}},
	"an intermediate with SHA-1": {teams, intermediateWithSHA1, results{"signature_algorithm": fail, "trusted_root": unknown}},

	// Time.
	"expired":                      {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.AddDate(0, 0, -1) }, results{"validity": fail, "expires_soon": info}},
	"expired a second ago":         {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today; s.options.Now = today.Add(1e9) }, results{"validity": fail, "expires_soon": info}},
	"not yet valid":                {all, func(_ *testing.T, s *scene) { s.leaf.NotBefore = today.AddDate(0, 0, 1) }, results{"validity": fail}},
	"expires in ten days":          {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.AddDate(0, 0, 10) }, results{"expires_soon": info}},
	"expires in less than 30 days": {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.Add(30*days - 1e9) }, results{"expires_soon": info}},

	// Chains.
	"the intermediate is missing":    {[]string{certcheck.Teams, certcheck.PexipNode, certcheck.ExchangeUM}, func(_ *testing.T, s *scene) { s.others = nil }, results{"chain_complete": fail, "trusted_root": unknown}},
	"a PFX without its intermediate": {connector, func(_ *testing.T, s *scene) { s.others = nil }, results{"intermediates": fail, "trusted_root": unknown}},
	"a private root": {all, func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.options.Trust = s.trust(newRoot(t, "Another Root"))
	}, results{"trusted_root": fail}},
	"a namesake of the root": {all, func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.options.Trust = s.trust(newRoot(t, "Public Root"))
	}, results{"trusted_root": fail}},
	"an expired intermediate":                     {all, expiredIntermediate, results{"trusted_root": fail}},
	"no trusted roots are known":                  {all, func(_ *testing.T, s *scene) { s.others = append(s.others, s.root.certificate); s.options.Trust = nil }, results{"trusted_root": unknown}},
	"a cross-signed root, its signer not trusted": {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.options.Trust = s.trust(newRoot(t, "Third Root")) }, results{"trusted_root": fail}},

	"signed by itself, and trusted":               {[]string{certcheck.Teams, certcheck.ExchangeUM}, func(_ *testing.T, s *scene) { s.signer = authority{} }, results{"not_self_signed": fail}},
	"the intermediate of a SHA-1 leaf is missing": {teams, func(t *testing.T, s *scene) { withSHA1(t, s); s.others = nil }, results{"signature_algorithm": fail, "chain_complete": unknown, "trusted_root": unknown}},

	// The file and its addresses.
	"a node with a PFX":    {node, func(_ *testing.T, s *scene) { s.format = "PFX" }, results{"format": fail}},
	"a node with DER":      {node, func(_ *testing.T, s *scene) { s.format = "DER" }, results{"format": fail}},
	"a connector with PEM": {connector, func(_ *testing.T, s *scene) { s.format = "PEM" }, results{"format": fail}},
	"not from a file":      {pexip, func(_ *testing.T, s *scene) { s.format = "" }, results{"format": unknown}},
	"a redirect to HTTPS": {node, func(_ *testing.T, s *scene) {
		s.options.Addresses = []certcheck.Address{{URL: "http://a"}, {URL: "http://b", HTTPS: "https://b"}}
	}, results{"aia_redirect": fail}},
	"a connector's redirect": {connector, func(_ *testing.T, s *scene) {
		s.options.Addresses = []certcheck.Address{{URL: "http://b", HTTPS: "https://b"}}
	}, results{"aia_redirect": info}},
	"an address without answer": {node, func(_ *testing.T, s *scene) {
		s.options.Addresses = []certcheck.Address{{URL: "http://a", Err: errors.New("no route")}}
	}, results{"aia_redirect": unknown}},
	"nobody looked": {pexip, func(_ *testing.T, s *scene) { s.options.Addresses = nil }, results{"aia_redirect": unknown}},
}

func onMicrosoft(name string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		names("", "sbc.contoso.onmicrosoft.com")(t, s)
		s.options.Name = name
	}
}

func forClientsOnly(t *testing.T, s *scene) {
	template := caTemplate("Client Intermediate")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate}
}

// rsaIntermediate signs with RSA, which SHA-1 takes.
func rsaIntermediate(t *testing.T, s *scene) {
	signer, err := rsaSigner()
	require.NoError(t, err)
	s.signer = authority{s.root.sign(t, caTemplate("RSA Intermediate"), signer.Public()), signer}
	s.others = []*x509.Certificate{s.signer.certificate}
}

func withSHA1(t *testing.T, s *scene) {
	rsaIntermediate(t, s)
	s.leaf.SignatureAlgorithm = x509.SHA1WithRSA
}

func intermediateWithSHA1(t *testing.T, s *scene) {
	rsaIntermediate(t, s)
	template := caTemplate("Old Intermediate")
	template.SignatureAlgorithm = x509.SHA1WithRSA
	above := s.signer.certificate
	s.signer = s.signer.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate, above}
}

func expiredIntermediate(t *testing.T, s *scene) {
	template := caTemplate("Expired Intermediate")
	template.NotAfter = today.AddDate(0, 0, -1)
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate, s.root.certificate}
}

// crossSigned puts the root's twin, signed by an older root, into the chain, and trusts the
// older root alone.
func crossSigned(t *testing.T, s *scene) {
	older := newRoot(t, "Older Root")
	twin := older.sign(t, caTemplate("Public Root"), s.root.certificate.PublicKey)
	s.others = append(s.others, twin, older.certificate)
	s.options.Trust = s.trust(older)
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
				failed := slices.ContainsFunc(report.Checks, func(c certcheck.Check) bool { return c.Result == fail })
				assert.Equal(t, failed, report.Result == fail)
			})
		}
	}
}

// TestEveryRuleIsBrokenSomewhere: a rule that no row breaks is not tested.
func TestEveryRuleIsBrokenSomewhere(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range rows {
		for _, profile := range row.profiles {
			for id, result := range row.want {
				seen[profile+"/"+id+"/"+string(result)] = true
			}
		}
	}
	for _, profile := range certcheck.Profiles() {
		for _, check := range examine(t, profile.ID, good(t, profile.ID)).Checks {
			result := fail
			if check.Severity != certcheck.Failure {
				result = info
			}
			assert.True(t, seen[profile.ID+"/"+check.ID+"/"+string(result)], "%s %s", profile.ID, check.ID)
			assert.Regexp(t, regexp.MustCompile(`^(Microsoft|Pexip|RFC).*\d{4}`), check.Source, "%s %s", profile.ID, check.ID)
			assert.Regexp(t, `^[A-Z].*\.$`, check.Rule)
			assert.NotEmpty(t, check.Message)
		}
	}
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
		"nodes by a wildcard":           {node, names("px.example.com", "*.example.com", "example.com"), nil},
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
		"a cross-signed root, both trusted":   {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.options.Trust.AddCert(s.root.certificate) }, nil},
		"a cross-signed root, itself trusted": {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.options.Trust = s.trust(s.root) }, nil},
		"an RSA CA":                           {teams, rsaIntermediate, nil},
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
	s := good(t, certcheck.Teams)
	s.signer = authority{}
	subject := s.subject(t)
	s.options.Trust = s.trust(s.root)
	profile, _ := certcheck.Find(certcheck.Teams)
	assert.Equal(t, results{"not_self_signed": fail, "trusted_root": fail}, odd(certcheck.Examine(profile, subject, s.options)))
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ teams, exchange bool }{
		"sbc.example.com": {true, true}, "sbc.example.com.": {true, true}, "sbc.müller.example": {true, true},
		"": {}, " sbc.example.com": {}, "sbc.example.com\n": {}, "sbc": {false, true}, "192.0.2.1": {false, true}, "2001:db8::1": {false, true},
		"*.example.com": {false, true}, "https://sbc.example.com": {false, true}, "sbc.example.com:5061": {false, true}, "a..example.com": {false, true},
	} {
		for id, ok := range map[string]bool{certcheck.Teams: want.teams, certcheck.ExchangeUM: want.exchange} {
			profile, _ := certcheck.Find(id)
			err := profile.CheckName(name)
			if ok {
				assert.NoError(t, err, "%s %q", id, name)
				continue
			}
			assert.ErrorIs(t, err, certcheck.ErrName, "%s %q", id, name)
		}
	}
}

func TestThereAreNoOtherProfiles(t *testing.T) {
	t.Parallel()
	_, ok := certcheck.Find("zoom")
	assert.False(t, ok)
	assert.Len(t, certcheck.Profiles(), 4)
}

func TestIntermediatesAreThoseOfThePathWithoutItsRoot(t *testing.T) {
	t.Parallel()
	s := good(t, certcheck.Teams)
	s.others = append(s.others, newRoot(t, "Stranger").certificate, s.root.certificate)
	subject := s.subject(t)
	assert.Equal(t, []*x509.Certificate{s.intermediate.certificate}, subject.Intermediates())
	assert.True(t, certcheck.IssuerKnown(subject))
	subject.Others = subject.Others[1:]
	assert.Empty(t, subject.Intermediates())
	assert.False(t, certcheck.IssuerKnown(subject))
}
