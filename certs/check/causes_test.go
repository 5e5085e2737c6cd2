package check_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cause is one thing that is wrong with a chain, in all profiles. want has the checks that don't
// pass: fail where the rule is broken, which a profile may call info. Not one more may fail.
type cause struct {
	change func(*testing.T, *scene)
	want   results
	says   string // stands in the message of a check that does not pass
}

// wantFrom puts the wanted results in the words of a profile.
func (c cause) wantFrom(report check.Report) results {
	want := results{}
	for id, result := range c.want {
		if id == "chain_complete" && report.Profile == check.PexipConnector {
			id = "intermediates"
		}
		i := slices.IndexFunc(report.Checks, func(row check.Check) bool { return row.ID == id })
		switch {
		case id == "serial_number" || id == "readable": // told where they are broken alone
			want[id] = result
		case i < 0:
		case result == fail && report.Checks[i].Severity != check.Failure:
			want[id] = info
		default:
			want[id] = result
		}
	}
	return want
}

var causes = map[string]cause{
	// The root.
	"an expired root, trusted": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
	},
		results{"trusted_root": fail}, `the root "Public Root" expired on 2026-11-21`},
	"an expired root, trusted and in the file": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
		s.others = append(s.others, s.root.certificate)
	}, results{"trusted_root": fail}, `the root "Public Root" expired on`},
	"a root of tomorrow": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.NotBefore = today.AddDate(0, 0, 1) })
	},
		results{"trusted_root": fail}, `the root "Public Root" is not valid before 2026-11-23`},
	"the root ends in ten days": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, 10) })
	},
		results{"expires_soon": fail}, `the root "Public Root" expires on 2026-12-02, in 10 days`},
	"another root is trusted": {func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.trust(newRoot(t, "Another Root"))
	}, results{"trusted_root": fail}, "which is not among the roots of the test"},
	"another root of the same name is trusted, and none came along": {func(t *testing.T, s *scene) { s.trust(newRoot(t, "Public Root")) },
		results{"chain_complete": fail, "trusted_root": unknown}, `the name of its issuer, "Public Root", is among the roots of the test, but its key did not sign`},

	// The CAs between.
	"the intermediate is missing": {func(_ *testing.T, s *scene) { s.others = nil },
		results{"chain_complete": fail, "trusted_root": unknown}, `its issuer "Public Intermediate" is neither supplied nor a trusted root`},
	"an intermediate with another key": {func(t *testing.T, s *scene) {
		s.others = []*x509.Certificate{s.root.sub(t, caTemplate("Public Intermediate")).certificate}
	}, results{"chain_complete": fail, "trusted_root": unknown}, `the name of its issuer, "Public Intermediate", was supplied, but its key did not sign`},
	"an expired intermediate": {changedIntermediate(func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) }),
		results{"trusted_root": fail}, `the intermediate "Public Intermediate" expired on 2026-11-21`},
	"an intermediate of tomorrow": {changedIntermediate(func(c *x509.Certificate) { c.NotBefore = today.AddDate(0, 0, 1) }),
		results{"trusted_root": fail}, `the intermediate "Public Intermediate" is not valid before`},
	"an intermediate that ends in ten days": {changedIntermediate(func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, 10) }),
		results{"expires_soon": fail}, `the intermediate "Public Intermediate" expires on 2026-12-02, in 10 days`},
	"issued by what is no CA": {issuedByALeaf, results{"trusted_root": fail}, `"sbc.contoso.example" signed another certificate, which its key usage or its basic constraints don't allow`},
	"a CA that may not sign certificates": {changedIntermediate(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }),
		results{"trusted_root": fail}, `"Public Intermediate" signed another certificate`},
	"a path too long": {func(t *testing.T, s *scene) {
		changedIntermediate(func(c *x509.Certificate) { c.MaxPathLenZero = true })(t, s)
		above := s.signer
		s.signer = above.sub(t, caTemplate("One More"))
		s.others = []*x509.Certificate{s.signer.certificate, above.certificate}
	}, results{"trusted_root": fail}, `"Public Intermediate" allows fewer CAs between itself and the certificate than there are`},
	"a policy that is demanded and not there": {func(t *testing.T, s *scene) {
		changedIntermediate(func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: []byte{0x30, 3, 0x80, 1, 0}})
		})(t, s)
	}, results{"trusted_root": fail}, "lacks the certificate policies that its CAs demand"},

	// Names that a CA may not issue for.
	"another domain is permitted": {changedIntermediate(func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.org"}
	}),
		results{"trusted_root": fail}, `may not issue for one of the names (name constraints): DNS name "px.example.com" is not permitted`},
	"the domain is excluded": {changedIntermediate(func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"example.com"} }),
		results{"trusted_root": fail}, "is excluded by constraint"},
	"a directory name is constrained":  {constrained(true), results{"trusted_root": unknown}, `directoryName constraints can't be judged, and "Public Intermediate" has some`},
	"a directory name, not critically": {constrained(false), results{"trusted_root": unknown}, "directoryName constraints can't be judged"},
	"an unknown critical extension of a CA": {changedIntermediate(func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	}), results{"trusted_root": unknown}, `the critical extension 1.2.3.4 of "Public Intermediate" can't be judged`},
	"an unknown critical extension": {func(_ *testing.T, s *scene) {
		s.leaf.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	}, results{"trusted_root": unknown}, `the critical extension 1.2.3.4 of "px.example.com" can't be judged`},

	// What the certificate is for.
	"a CA for servers alone": {changedIntermediate(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		results{"client_auth": fail}, `client authentication is not among the extended key usages that the CA "Public Intermediate" limits its certificates to`},
	"a CA two levels up for servers alone": {func(t *testing.T, s *scene) {
		changedIntermediate(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })(t, s)
		above := s.signer
		s.signer = above.sub(t, caTemplate("One More"))
		s.others = []*x509.Certificate{s.signer.certificate, above.certificate}
	}, results{"client_auth": fail}, `the CA "Public Intermediate" limits`},
	"a root for servers alone": {func(t *testing.T, s *scene) {
		withRoot(t, s, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	}, results{"client_auth": fail}, `the CA "Public Root" limits`},
	"a key usage without signing": {func(_ *testing.T, s *scene) { s.leaf.KeyUsage = x509.KeyUsageKeyEncipherment },
		results{"key_usage": fail}, "lacks digitalSignature"},

	// The file.
	"the intermediate before the certificate": {inFile("intermediate", "leaf"), results{"chain_order": fail}, `"Public Intermediate" stands first, where "px.example.com" belongs`},
	"the root before the intermediate": {inFile("leaf", "root", "intermediate"), results{"chain_order": fail},
		`"Public Root" (certificate 2 of 3) is out of place: it precedes the certificates that it signed`},
	"all turned around":      {inFile("root", "intermediate", "leaf"), results{"chain_order": fail}, `"Public Root" stands first`},
	"a stranger in the file": {inFile("leaf", "intermediate", "stranger"), results{"chain_order": fail}, `"Stranger" (certificate 3 of 3) is out of place: it signed none`},

	// Form, keys, signatures.
	"a negative serial number": {reissued(func(fields [][]byte) { fields[fieldSerial] = []byte{2, 1, 0x80} }),
		results{"serial_number": info}, `"px.example.com" has a serial number that is negative`},
	"a negative serial number of the CA": {func(t *testing.T, s *scene) {
		own := s.root.rewrite(t, s.intermediate.certificate, func(fields [][]byte) { fields[fieldSerial] = []byte{2, 1, 0x80} })
		s.others = []*x509.Certificate{own}
	}, results{"serial_number": info}, `"Public Intermediate" has a serial number that is negative`},
	"a CA with a key for RSASSA-PSS alone": {func(t *testing.T, s *scene) {
		bits, err := asn1.Marshal(struct{ N, E *big.Int }{new(big.Int).SetBit(big.NewInt(1), 2047, 1), big.NewInt(65537)})
		require.NoError(t, err)
		own := s.root.rewrite(t, s.intermediate.certificate, func(fields [][]byte) {
			fields[fieldKey] = otherKey(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, bits)
		})
		s.others = []*x509.Certificate{own}
	}, results{"trusted_root": unknown}, `whether the key of "Public Intermediate" (RSASSA-PSS with 2048 bits) signed "px.example.com" (ECDSA-SHA256) can't be verified`},
	"a chain of twenty": {func(t *testing.T, s *scene) {
		for range 20 {
			above := s.signer
			s.signer = above.sub(t, caTemplate("Deep "+strings.Repeat("x", len(s.others))))
			s.others = append(s.others, s.signer.certificate)
		}
	}, results{"chain_complete": unknown, "trusted_root": unknown}, "longer than 16 certificates"},
}

// withRoot makes root and intermediate anew, the root with one thing changed.
func withRoot(t *testing.T, s *scene, change func(*x509.Certificate)) {
	key := ecKey(t, elliptic.P256())
	template := caTemplate("Public Root")
	change(template)
	s.root = authority{create(t, template, template, key.Public(), key), key}
	changedIntermediate(func(*x509.Certificate) {})(t, s)
	s.trust(s.root)
}

// changedIntermediate makes the intermediate anew, with one thing changed.
func changedIntermediate(change func(*x509.Certificate)) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		template := caTemplate("Public Intermediate")
		change(template)
		s.intermediate = s.root.sub(t, template)
		s.signer = s.intermediate
		s.others = []*x509.Certificate{s.intermediate.certificate}
	}
}

// constrained permits the directory name "O=Bench" alone, besides the DNS names that are used.
func constrained(critical bool) func(*testing.T, *scene) {
	name := tlv(0x30, tlv(0x31, tlv(0x30, []byte{6, 3, 0x55, 4, 10}, tlv(asn1.TagUTF8String, []byte("Bench")))))
	value := tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0x82, []byte("example.com"))), tlv(0x30, tlv(0xa4, name))))
	return changedIntermediate(func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 30}, Critical: critical, Value: value}}
	})
}

// reissued writes the certificate itself anew.
func reissued(change func(fields [][]byte)) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) {
		s.finish = func(t testing.TB, leaf *x509.Certificate) *x509.Certificate { return s.signer.rewrite(t, leaf, change) }
	}
}

// inFile says in which order the certificates stand in the file.
func inFile(places ...string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		all := map[string]*x509.Certificate{"leaf": nil, "intermediate": s.intermediate.certificate, "root": s.root.certificate, "stranger": newRoot(t, "Stranger").certificate}
		s.others = nil
		for _, place := range places {
			s.order = append(s.order, all[place])
			if place != "leaf" {
				s.others = append(s.others, all[place])
			}
		}
	}
}

func TestOneCauseFailsOneCheck(t *testing.T) {
	t.Parallel()
	for name, cause := range causes {
		for _, profile := range append(slices.Clip(all), check.PexipInternalNode) {
			t.Run(name+"/"+profile, func(t *testing.T) {
				t.Parallel()
				s := good(t, profile)
				cause.change(t, s)
				report := examine(t, profile, s)
				want, seen := cause.wantFrom(report), odd(report)
				if profile == check.PexipInternalNode && slices.Contains(ownCA, name) {
					want["trusted_root"] = info
				}
				delete(seen, "aia_redirect") // without an intermediate there is nothing to ask
				assert.Equal(t, want, seen, "%+v", report.Checks)
				if len(want) > 0 {
					assert.Contains(t, messages(report), cause.says)
				}
				assert.LessOrEqual(t, strings.Count(messages(report), "\nfail "), 1, "one cause, one failing check")
			})
		}
	}
}

// messages are results and messages of all checks that did not pass.
func messages(report check.Report) string {
	var text strings.Builder
	for _, row := range report.Checks {
		if row.Result != check.Pass {
			text.WriteString("\n" + string(row.Result) + " " + row.ID + ": " + row.Message)
		}
	}
	return text.String()
}

// TestWhatIsNoCause: chains that hold, however they look.
func TestWhatIsNoCause(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *scene){
		"in order":      inFile("leaf", "intermediate"),
		"with its root": inFile("leaf", "intermediate", "root"),
		"alone in its file": func(t *testing.T, s *scene) {
			inFile("leaf")(t, s)
			s.others = []*x509.Certificate{s.intermediate.certificate}
		},
		"a twin of the intermediate beside it": func(t *testing.T, s *scene) {
			inFile("leaf", "intermediate")(t, s)
			twin := newRoot(t, "Elsewhere").sign(t, caTemplate("Public Intermediate"), s.intermediate.certificate.PublicKey)
			s.order, s.others = append(s.order, twin), append(s.others, twin)
		},
		"the issuer in another encoding and case": func(t *testing.T, s *scene) {
			parent := *s.intermediate.certificate
			parent.RawSubject = asUTF8(t, parent.RawSubject)
			s.signer = authority{&parent, s.intermediate.key}
		},
		"the root in another encoding and case": func(t *testing.T, s *scene) {
			parent := *s.root.certificate
			parent.RawSubject = asUTF8(t, parent.RawSubject)
			s.signer = authority{&parent, s.root.key}.sub(t, caTemplate("Public Intermediate"))
			s.others = []*x509.Certificate{s.signer.certificate}
		},
		"no key usage":                     func(_ *testing.T, s *scene) { s.leaf.KeyUsage = 0 },
		"a CA for servers and clients":     changedIntermediate(func(c *x509.Certificate) { c.ExtKeyUsage = s2(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth) }),
		"a CA for any usage":               changedIntermediate(func(c *x509.Certificate) { c.ExtKeyUsage = s2(x509.ExtKeyUsageAny, x509.ExtKeyUsageCodeSigning) }),
		"the domain is permitted":          changedIntermediate(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.com"} }),
		"a path just short enough":         changedIntermediate(func(c *x509.Certificate) { c.MaxPathLenZero = true }),
		"a limited twin beside a good one": limitedTwin,
		"an expired root's twin that is trusted, too": func(t *testing.T, s *scene) {
			template := caTemplate("Public Root")
			template.NotAfter = today.AddDate(0, 0, -1)
			old := create(t, template, template, s.root.certificate.PublicKey, s.root.key)
			s.trust(authority{certificate: old}, s.root)
		},
		"a version 1 root": func(t *testing.T, s *scene) {
			v1 := s.root.rewrite(t, s.root.certificate, func(fields [][]byte) { fields[0], fields[len(fields)-1] = nil, nil })
			require.Equal(t, 1, v1.Version)
			s.trust(authority{certificate: v1})
		},
		"the last day of a CA":    changedIntermediate(func(c *x509.Certificate) { c.NotAfter = today.Add(30 * days) }),
		"the device's own format": func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.Add(31 * 24 * time.Hour) },
	} {
		for _, profile := range all {
			t.Run(name+"/"+profile, func(t *testing.T) {
				t.Parallel()
				s := good(t, profile)
				change(t, s)
				report := examine(t, profile, s)
				assert.Empty(t, odd(report), messages(report))
			})
		}
	}
}

func s2(usages ...x509.ExtKeyUsage) []x509.ExtKeyUsage { return usages }

// limitedTwin: of two certificates of one CA one is for servers alone. A validator finds the other.
func limitedTwin(t *testing.T, s *scene) {
	template := caTemplate("Public Intermediate")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	s.others = append([]*x509.Certificate{s.root.sign(t, template, s.intermediate.certificate.PublicKey)}, s.others...)
}
