package check_test

import (
	"crypto/x509"
	"maps"
	"slices"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ownCA are the rows and causes in which a public node's CA is not trusted and an internal node's may be the
// company's own.
var ownCA = []string{
	"a private root", "a namesake of the root", "a cross-signed root, its signer not trusted", "another root is trusted",
}

// internalRows are the rows of the public nodes, as the internal ones are judged.
func internalRows() map[string]broken {
	internal := map[string]broken{}
	for name, row := range rows {
		if !slices.Contains(row.profiles, check.PexipNode) {
			continue
		}
		want := maps.Clone(row.want)
		if slices.Contains(ownCA, name) {
			want["trusted_root"] = info
		}
		internal[name] = broken{[]string{check.PexipInternalNode}, row.change, want}
	}
	return internal
}

// TestInternalNodesAreJudgedAsNodes, but for whose CA signed.
func TestInternalNodesAreJudgedAsNodes(t *testing.T) {
	t.Parallel()
	for name, row := range internalRows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t, check.PexipInternalNode)
			row.change(t, s)
			seen := odd(examine(t, check.PexipInternalNode, s))
			if _, mine := row.want["aia_redirect"]; !mine {
				delete(seen, "aia_redirect")
			}
			assert.Equal(t, row.want, seen)
		})
	}
	s := good(t, check.PexipInternalNode)
	s.options.Addresses = []check.Address{{URL: "http://crt.example.com/ca.crt"}}
	assert.Empty(t, odd(examine(t, check.PexipInternalNode, s)))
}

// TestTheCompanysCA is trusted if it is named, noted if it is in the file, and unknown to a
// public node.
func TestTheCompanysCA(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile string
		named   bool
		along   bool
		want    results
	}{
		"internal, named":        {check.PexipInternalNode, true, false, results{}},
		"internal, came along":   {check.PexipInternalNode, false, true, results{"trusted_root": info}},
		"internal, nowhere":      {check.PexipInternalNode, false, false, results{"chain_complete": fail, "trusted_root": unknown}},
		"public, it came along":  {check.PexipNode, false, true, results{"trusted_root": fail}},
		"public, it is nowhere":  {check.PexipNode, false, false, results{"chain_complete": fail, "trusted_root": unknown}},
		"internal, named, along": {check.PexipInternalNode, true, true, results{}},
	} {
		s := good(t, test.profile)
		if test.along {
			s.others = append(s.others, s.root.certificate)
		}
		if !test.named {
			s.trust(newRoot(t, "Public Root Elsewhere"))
		}
		seen := odd(examine(t, test.profile, s))
		delete(seen, "aia_redirect")
		assert.Equal(t, test.want, seen, name)
	}
	profile, known := check.Find(check.PexipInternalNode)
	require.True(t, known)
	assert.Error(t, profile.CheckName("192.0.2.1"))
}

// TestTheCompanysCAHoldsUpToo: what is wrong with its chain is said, not that the root is unknown.
func TestTheCompanysCAHoldsUpToo(t *testing.T) {
	t.Parallel()
	s := good(t, check.PexipInternalNode)
	withRoot(t, s, func(c *x509.Certificate) { c.NotAfter = today.AddDate(0, 0, -1) })
	s.others = append(s.others, s.root.certificate)
	s.trust(newRoot(t, "Public Root Elsewhere"))
	report := examine(t, check.PexipInternalNode, s)
	assert.Equal(t, results{"trusted_root": fail}, odd(report))
	assert.Contains(t, messages(report), `the root "Public Root" expired on`)
}
