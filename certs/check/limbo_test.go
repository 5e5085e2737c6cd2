package check_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"slices"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is what a report or a validator makes of a chain.
type verdict string

const (
	accepts verdict = "accepts"
	refuses verdict = "refuses"
	doubts  verdict = "doubts" // what decides can't be told
)

// shape is a chain after one of the public test suite C2SP/x509-limbo (github.com/C2SP/x509-limbo,
// its names), with what a strict path validator makes of it, what profile teams does, and why the
// two differ where they do.
type shape struct {
	change  func(*testing.T, *scene)
	strict  verdict
	ours    verdict
	because string
}

// Why acfix differs from a strict path validator.
const (
	asOpenSSL     = "OpenSSL, on which devices are built, takes it; it is told where it is not as the standard has it"
	notOurs       = "a rule for CAs that keeps no handshake from completing"
	notJudged     = "crypto/x509 has no judgement on it, so there is none, and no pass either"
	cnCounts      = "Teams takes the FQDN in the CN, too"
	ownLimit      = "bounded against hostile files"
	usageDemanded = "Microsoft demands the extended key usage for servers in the certificate"
)

var shapes = map[string]shape{
	"rfc5280/validity/expired-leaf":         {func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.AddDate(0, 0, -1) }, refuses, refuses, ""},
	"rfc5280/validity/expired-intermediate": {changedIntermediate(func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) }), refuses, refuses, ""},
	"rfc5280/validity/expired-root": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
	},
		refuses, refuses, ""},
	"rfc5280/chain-untrusted-root": {func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.trust(newRoot(t, "Another Root"))
	}, refuses, refuses, ""},
	"rfc5280/intermediate-missing":          {func(_ *testing.T, s *scene) { s.others = nil }, refuses, refuses, ""},
	"rfc5280/root-and-intermediate-swapped": {inFile("leaf", "root", "intermediate"), accepts, accepts, ""},
	"chains/leaf-last":                      {inFile("intermediate", "root", "leaf"), accepts, accepts, ""},

	"rfc5280/ca-as-leaf": {func(_ *testing.T, s *scene) {
		s.leaf.IsCA, s.leaf.BasicConstraintsValid = true, true
	}, accepts, accepts, ""},
	"rfc5280/intermediate-ca-without-ca-bit":            {changedIntermediate(func(c *x509.Certificate) { c.IsCA = false }), refuses, refuses, ""},
	"rfc5280/intermediate-ca-missing-basic-constraints": {changedIntermediate(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }), refuses, refuses, ""},
	"rfc5280/root-missing-basic-constraints": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false })
	}, refuses, refuses, ""},
	"rfc5280/intermediate-without-keycertsign":          {changedIntermediate(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), refuses, refuses, ""},
	"rfc5280/intermediate-without-key-usage":            {changedIntermediate(func(c *x509.Certificate) { c.KeyUsage = 0 }), refuses, accepts, asOpenSSL},
	"rfc5280/pathlen/ee-with-intermediate-pathlen-0":    {changedIntermediate(func(c *x509.Certificate) { c.MaxPathLenZero = true }), accepts, accepts, ""},
	"rfc5280/pathlen/intermediate-violates-pathlen-0":   {deeper(0, "Below"), refuses, refuses, ""},
	"rfc5280/pathlen/intermediate-pathlen-may-increase": {deeper(1, "Below"), accepts, accepts, ""},
	"rfc5280/pathlen/intermediate-pathlen-too-long":     {deeper(1, "Below", "Below That"), refuses, refuses, ""},
	"rfc5280/pathlen/self-issued-certs-pathlen":         {deeper(0, "Public Intermediate"), accepts, refuses, "crypto/x509 counts a CA's certificates for its own next key, too; RFC 5280 does not"},
	"rfc5280/pathlen/validation-ignores-pathlen-in-leaf": {func(_ *testing.T, s *scene) {
		s.leaf.BasicConstraintsValid, s.leaf.IsCA, s.leaf.MaxPathLenZero = true, true, true
	}, accepts, accepts, ""},

	"rfc5280/nc/permitted-dns-match":       {permits("example.com"), accepts, accepts, ""},
	"rfc5280/nc/permitted-dns-mismatch":    {permits("example.org"), refuses, refuses, ""},
	"rfc5280/nc/permitted-dns-match-more":  {permits("example.org", "example.com"), accepts, accepts, ""},
	"rfc5280/nc/excluded-dns-match":        {changedIntermediate(func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"example.com"} }), refuses, refuses, ""},
	"rfc5280/nc/excluded-dns-match-second": {changedIntermediate(func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"example.org", "px02.example.com"} }), refuses, refuses, ""},
	"rfc5280/nc/excluded-match-in-permitted": {changedIntermediate(func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.ExcludedDNSDomains = []string{"example.com"}, []string{"px.example.com"}
	}), refuses, refuses, ""},
	"rfc5280/nc/excluded-wildcard": {func(t *testing.T, s *scene) {
		wildcardLeaf(s)
		changedIntermediate(func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"bad.example.com"} })(t, s)
	}, refuses, refuses, ""},
	"rfc5280/nc/permitted-different-type": {changedIntermediate(func(c *x509.Certificate) {
		c.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(192, 0, 2, 0).To4(), Mask: net.CIDRMask(24, 32)}}
	}), accepts, accepts, ""},
	"rfc5280/nc/permitted-ip-mismatch": {func(t *testing.T, s *scene) {
		s.leaf.IPAddresses = []net.IP{net.IPv4(198, 51, 100, 1)}
		changedIntermediate(func(c *x509.Certificate) {
			c.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(192, 0, 2, 0).To4(), Mask: net.CIDRMask(24, 32)}}
		})(t, s)
	}, refuses, refuses, ""},
	"rfc5280/nc/permitted-dn-match":    {constrained(true), accepts, doubts, notJudged},
	"rfc5280/nc/permitted-dn-mismatch": {constrained(true), refuses, doubts, notJudged},
	"rfc5280/nc/not-critical": {changedIntermediate(func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = false, []string{"example.com"}
	}), refuses, accepts, asOpenSSL},
	"rfc5280/nc/root-constrains": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.org"} })
	}, refuses, refuses, ""},
	"rfc5280/nc/constraint-two-levels-up":          {func(t *testing.T, s *scene) { permits("example.org")(t, s); below(t, s, "Below") }, refuses, refuses, ""},
	"webpki/nc/intermediate-permitted-excluded-cn": {func(t *testing.T, s *scene) { names("px.example.com")(t, s); permits("example.org")(t, s) }, refuses, refuses, ""},

	"rfc5280/unknown-critical-extension-ee":           {func(_ *testing.T, s *scene) { s.leaf.ExtraExtensions = unknownCritical }, refuses, doubts, notJudged},
	"rfc5280/unknown-critical-extension-intermediate": {changedIntermediate(func(c *x509.Certificate) { c.ExtraExtensions = unknownCritical }), refuses, doubts, notJudged},
	"rfc5280/unknown-critical-extension-root": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.ExtraExtensions = unknownCritical })
	}, refuses, doubts, notJudged},
	"rfc5280/serial/zero":                     {reissued(func(f [][]byte) { f[fieldSerial] = []byte{2, 1, 0} }), refuses, accepts, asOpenSSL},
	"rfc5280/serial/too-long":                 {reissued(func(f [][]byte) { f[fieldSerial] = tlv(2, slices.Repeat([]byte{1}, 21)) }), refuses, accepts, asOpenSSL},
	"rfc5280/serial/negative":                 {reissued(func(f [][]byte) { f[fieldSerial] = []byte{2, 1, 0x80} }), refuses, accepts, asOpenSSL},
	"rfc5280/mismatching-signature-algorithm": {mismatching, refuses, refuses, ""},
	"rfc5280/leaf-ku-keycertsign":             {func(_ *testing.T, s *scene) { s.leaf.KeyUsage |= x509.KeyUsageCertSign }, refuses, accepts, notOurs},
	"rfc5280/ca-empty-subject":                {emptySubject, refuses, accepts, notOurs},
	"rfc5280/aki/leaf-missing-aki":            {withoutKeyIdentifier, refuses, accepts, notOurs},

	"rfc5280/eku/ee-eku-empty":        {usages(), accepts, refuses, usageDemanded},
	"rfc5280/eku/ee-anyeku":           {usages(x509.ExtKeyUsageAny), refuses, refuses, ""},
	"rfc5280/eku/ee-wrong-eku":        {usages(x509.ExtKeyUsageClientAuth), refuses, refuses, ""},
	"rfc5280/eku/intermediate-limits": {changedIntermediate(func(c *x509.Certificate) { c.ExtKeyUsage = s2(x509.ExtKeyUsageClientAuth) }), refuses, refuses, ""},
	"rfc5280/eku/root-has-eku": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.ExtKeyUsage = s2(x509.ExtKeyUsageClientAuth) })
	}, refuses, refuses, ""},
	"rfc5280/key-usage/no-digitalsignature": {func(_ *testing.T, s *scene) { s.leaf.KeyUsage = x509.KeyUsageKeyEncipherment }, accepts, accepts, ""},

	"webpki/cn/not-in-san":           {names("px.example.com", "other.example.com"), refuses, accepts, cnCounts},
	"webpki/cn/alone":                {names("px.example.com"), refuses, accepts, cnCounts},
	"webpki/san/mismatch-apex":       {names("", "example.com"), refuses, refuses, ""},
	"webpki/san/wildcard-match":      {names("", "*.example.com"), accepts, accepts, ""},
	"webpki/san/wildcard-embedded":   {names("", "p*.example.com"), refuses, refuses, ""},
	"webpki/san/wildcard-not-left":   {names("", "px.*.com"), refuses, refuses, ""},
	"webpki/forbidden-p224-leaf":     {curve(elliptic.P224()), refuses, refuses, ""},
	"webpki/forbidden-weak-rsa-leaf": {key(1024), refuses, refuses, ""},
	"webpki/explicit-curve":          {explicitCurve, refuses, doubts, notJudged},
	"webpki/v1-root":                 {v1Root, accepts, accepts, ""},
	"webpki/sha1-leaf":               {withSHA1, refuses, refuses, ""},

	"pathological/multiple-chains-expired-intermediate": {expiredTwin, accepts, accepts, ""},
	"pathological/multiple-chains-expired-root":         {expiredCross, accepts, accepts, ""},
	"pathological/cross-signed-root":                    {crossSigned, accepts, accepts, ""},
	"pathological/intermediate-cycle-distinct-cas":      {mesh, refuses, refuses, ""},
	"pathological/deep-chain":                           {causes["a chain of twenty"].change, accepts, doubts, ownLimit},
	"pathological/many-namesakes":                       {func(t *testing.T, s *scene) { namesakes(t, s, 2000) }, accepts, doubts, ownLimit},
	"pathological/nc-dos": {changedIntermediate(func(c *x509.Certificate) {
		for i := range 2048 {
			c.PermittedDNSDomains = append(c.PermittedDNSDomains, fmt.Sprintf("x%d.example.com", i), "example.com")
		}
	}), accepts, accepts, ""},
	"pathological/self-signed-leaf": {func(_ *testing.T, s *scene) { s.signer = authority{} }, accepts, refuses, "Teams takes no certificate that is signed by itself, trusted or not"},
}

var unknownCritical = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 55738, 666, 1}, Critical: true, Value: []byte{5, 0}}}

func permits(domains ...string) func(*testing.T, *scene) {
	return changedIntermediate(func(c *x509.Certificate) { c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, domains })
}

// below puts CAs of these names, one below the other, between the intermediate and the leaf.
func below(t *testing.T, s *scene, names ...string) {
	for i, name := range names {
		template := caTemplate(name)
		template.SerialNumber = big.NewInt(int64(100 + i))
		s.signer = s.signer.sub(t, template)
		s.others = append([]*x509.Certificate{s.signer.certificate}, s.others...)
	}
}

func deeper(length int, names ...string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		changedIntermediate(func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = length, length == 0 })(t, s)
		below(t, s, names...)
	}
}

func wildcardLeaf(s *scene) { s.leaf.DNSNames = append(s.leaf.DNSNames, "*.example.com") }

// mismatching says one algorithm inside the signed part and another outside.
func mismatching(t *testing.T, s *scene) {
	kind, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}) // ECDSA with SHA-384
	require.NoError(t, err)
	s.finish = func(t testing.TB, leaf *x509.Certificate) *x509.Certificate {
		outer := fields(t, leaf.Raw)
		read, err := certs.Parse(tlv(0x30, outer[0], tlv(0x30, kind), outer[2]))
		if err != nil {
			broken := *leaf // no software reads it; a signature that does not fit stands for it
			broken.Signature = []byte{0x30, 0}
			return &broken
		}
		return read
	}
}

func emptySubject(t *testing.T, s *scene) {
	template := caTemplate("")
	template.SubjectKeyId = []byte{1, 2, 3}
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate}
}

func withoutKeyIdentifier(_ *testing.T, s *scene) {
	parent := *s.intermediate.certificate
	parent.SubjectKeyId = nil
	s.signer = authority{&parent, s.intermediate.key}
}

func explicitCurve(t *testing.T, s *scene) {
	kind, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
	require.NoError(t, err)
	own := tlv(0x30, tlv(0x30, kind, tlv(0x30, []byte{2, 1, 1})), tlv(3, []byte{0, 4}, make([]byte, 64)))
	reissued(func(f [][]byte) { f[fieldKey] = own })(t, s)
}

func v1Root(t *testing.T, s *scene) {
	v1 := s.root.rewrite(t, s.root.certificate, func(fields [][]byte) { fields[0], fields[len(fields)-1] = nil, nil })
	s.trust(authority{certificate: v1})
}

func expiredTwin(t *testing.T, s *scene) {
	template := caTemplate("Public Intermediate")
	template.NotAfter = today.AddDate(0, 0, -1)
	s.others = append([]*x509.Certificate{s.root.sign(t, template, s.intermediate.certificate.PublicKey)}, s.others...)
}

// expiredCross has the root's twin by an older root that has expired, as AddTrust's did in 2020.
func expiredCross(t *testing.T, s *scene) {
	key := ecKey(t, elliptic.P256())
	template := caTemplate("Older Root")
	template.NotAfter = today.AddDate(0, 0, -1)
	older := authority{create(t, template, template, key.Public(), key), key}
	s.others = append(s.others, older.sign(t, caTemplate("Public Root"), s.root.certificate.PublicKey), older.certificate)
	s.trust(older, s.root)
}

func verdictOf(report check.Report) verdict {
	if report.Result == fail {
		return refuses
	}
	for _, row := range report.Checks {
		if row.Result == unknown && slices.Contains([]string{"chain_complete", "trusted_root", "key_size"}, row.ID) {
			return doubts
		}
	}
	return accepts
}

func TestShapesOfAPublicTestSuite(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t, check.Teams)
			shape.change(t, s)
			report := examine(t, check.Teams, s)
			assert.Equal(t, shape.ours, verdictOf(report), messages(report))
			assert.Equal(t, shape.strict != shape.ours, shape.because != "", "a reason where it differs, and there alone")
		})
	}
}
