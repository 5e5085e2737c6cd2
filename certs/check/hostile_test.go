package check_test

import (
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
)

// soon is how long any file may take: far more than it takes, also with the race detector.
const soon = time.Minute

// TestHostileFilesCostLittle: a file can be made to be slow, and must then end in what can't be
// told, never in a pass.
func TestHostileFilesCostLittle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*testing.T, *scene)
		want   results
		says   string
	}{
		"namesakes with the wanted key identifier": {func(t *testing.T, s *scene) { namesakes(t, s, 5000) },
			results{"chain_complete": unknown, "trusted_root": unknown}, "more certificates have the names of the chain than were tried"},
		"namesakes among the trusted roots": {func(t *testing.T, s *scene) {
			for range 1000 {
				s.trusted = append(s.trusted, newRoot(t, "Public Root").certificate)
			}
			s.options.Trust, _ = certs.NewAnchors("the roots of the test", s.trusted, nil)
		}, results{}, ""},
		"namesakes with huge keys":  {hugeNamesakes, results{"chain_complete": unknown, "trusted_root": unknown}, "more certificates have the names"},
		"CAs that sign one another": {mesh, results{"trusted_root": fail}, "which is not among the roots of the test"},
		"thousands of constraints": {changedIntermediate(func(c *x509.Certificate) {
			for i := range 5000 {
				c.PermittedDNSDomains = append(c.PermittedDNSDomains, fmt.Sprintf("d%d.example.org", i))
				c.ExcludedDNSDomains = append(c.ExcludedDNSDomains, fmt.Sprintf("x%d.example.org", i))
			}
		}), results{"trusted_root": fail}, "is not permitted by any constraint"},
		"thousands of names": {func(_ *testing.T, s *scene) {
			for i := range 5000 {
				s.leaf.DNSNames = append(s.leaf.DNSNames, fmt.Sprintf("h%d.example.com", i))
			}
		}, results{}, ""},
		"a name of a hundred kilobytes": {func(_ *testing.T, s *scene) {
			for i := range 2000 {
				s.leaf.Subject.ExtraNames = append(s.leaf.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: []int{2, 5, 4, 11}, Value: fmt.Sprintf("a unit with a long name %d", i)})
			}
		}, results{}, ""},
		"a thousand twins in the file": {func(t *testing.T, s *scene) {
			inFile("leaf", "intermediate")(t, s)
			for range 1000 {
				s.order = append(s.order, s.root.sign(t, caTemplate("Public Root"), s.root.certificate.PublicKey))
			}
			s.others = s.order[1:]
		}, results{"chain_order": unknown}, "more certificates have the same name than were tried"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t, check.Teams)
			test.change(t, s)
			subject := s.subject(t)
			profile, _ := check.Find(check.Teams)
			began := time.Now()
			report := check.Examine(profile, subject, s.options)
			assert.Less(t, time.Since(began), soon)
			assert.Contains(t, messages(report), test.says)
			seen := odd(report)
			for id, result := range test.want {
				assert.True(t, seen[id] == result || result == fail && seen[id] == info, "%s: %s", id, messages(report))
			}
		})
	}
}

// namesakes puts certificates of the issuer's name and key identifier before the issuer.
func namesakes(t *testing.T, s *scene, count int) {
	wrong := newRoot(t, "Elsewhere").sub(t, caTemplate("Public Intermediate")).certificate
	for i := range count {
		copied := *wrong
		copied.SubjectKeyId = s.intermediate.certificate.SubjectKeyId
		copied.Raw = append(slices.Clone(wrong.Raw), byte(i), byte(i>>8))
		s.others = append(s.others, &copied)
	}
	s.others = append(s.others[1:], s.others[0])
}

// hugeNamesakes have keys of the longest that are computed with, and a large exponent.
func hugeNamesakes(t *testing.T, s *scene) {
	rsaIntermediate(t, s)
	right := s.others[0]
	modulus := new(big.Int).Lsh(big.NewInt(1), 16383)
	s.others = nil
	for i := range 1000 {
		copied := *right
		copied.PublicKey = &rsa.PublicKey{N: new(big.Int).Add(modulus, big.NewInt(int64(2*i+1))), E: 1<<31 - 1}
		copied.Raw = append(slices.Clone(right.Raw), byte(i), byte(i>>8))
		s.others = append(s.others, &copied)
	}
	s.others = append(s.others, right)
	s.finish = func(_ testing.TB, leaf *x509.Certificate) *x509.Certificate {
		signed := *leaf
		signed.Signature = make([]byte, 2048)
		signed.Signature[1000] = 1
		return &signed
	}
}

// mesh is a dozen CAs each of which has signed all others: there are millions of paths.
func mesh(t *testing.T, s *scene) {
	var cas []authority
	for i := range 12 {
		key := ecKey(t, elliptic.P256())
		template := caTemplate(fmt.Sprintf("CA %d", i))
		cas = append(cas, authority{create(t, template, template, key.Public(), key), key})
	}
	s.others = nil
	for _, by := range cas {
		for _, of := range cas {
			s.others = append(s.others, by.sign(t, caTemplate(of.certificate.Subject.CommonName), of.certificate.PublicKey))
		}
	}
	s.signer = cas[0]
}

// TestTheRightIssuerIsFoundByItsKeyIdentifier, wherever it stands among those of the same name.
func TestTheRightIssuerIsFoundByItsKeyIdentifier(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	wrong := newRoot(t, "Public Intermediate").certificate
	for i := range 5000 {
		copied := *wrong
		copied.Raw = append(slices.Clone(wrong.Raw), byte(i), byte(i>>8))
		s.others = append(s.others, &copied)
	}
	s.others = slices.Concat(s.others[1:], s.others[:1])
	assert.Empty(t, odd(examine(t, check.Teams, s)))
}
