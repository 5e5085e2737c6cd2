package check_test

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keyCheck is what key_matches says of a leaf with a public key, against some private keys.
func keyCheck(t *testing.T, profile string, public any, keys []check.Key) (check.Check, bool) {
	t.Helper()
	s := good(t, profile)
	s.public, s.options.Keys = public, keys
	for _, row := range examine(t, profile, s).Checks {
		if row.ID == "key_matches" {
			return row, true
		}
	}
	return check.Check{}, false
}

func TestTheKeyIsComparedInEveryProfile(t *testing.T) {
	t.Parallel()
	signer, err := rsaSigner()
	require.NoError(t, err)
	edPublic, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	ec, other := ecKey(t, elliptic.P256()).Public(), ecKey(t, elliptic.P256()).Public()
	sealed := check.Key{Problem: "it is protected by a passphrase"}
	keys := func(all ...any) (list []check.Key) {
		for _, public := range all {
			list = append(list, check.Key{Public: public})
		}
		return list
	}
	for name, test := range map[string]struct {
		public any
		keys   []check.Key
		want   check.Result
		says   string
	}{
		"RSA":                      {signer.Public(), keys(signer.Public()), check.Pass, "belongs to the certificate"},
		"EC":                       {ec, keys(ec), check.Pass, "belongs to the certificate"},
		"Ed25519":                  {edPublic, keys(edPublic), check.Pass, "belongs to the certificate"},
		"another of the kind":      {ec, keys(other), fail, "whose key is EC on P-256"},
		"of another kind":          {signer.Public(), keys(ec), fail, "whose key is RSA with 2048 bits"},
		"one of several":           {ec, keys(other, ec), check.Pass, "belongs to the certificate"},
		"encrypted":                {ec, []check.Key{sealed}, unknown, "it is protected by a passphrase"},
		"encrypted beside another": {ec, append(keys(other), sealed), unknown, "it is protected by a passphrase"},
		"encrypted beside the own": {ec, append(keys(ec), sealed), check.Pass, "belongs to the certificate"},
		"a PFX file without a key": {ec, []check.Key{}, fail, "holds no private key"},
		"none was looked for":      {ec, nil, "", ""},
	} {
		for _, profile := range check.Profiles() {
			row, there := keyCheck(t, profile.ID, test.public, test.keys)
			assert.Equal(t, test.keys != nil, there, "%s %s", name, profile.ID)
			assert.Equal(t, test.want, row.Result, "%s %s", name, profile.ID)
			assert.Contains(t, row.Message, test.says, name)
			assert.Equal(t, there, row.Source != "")
		}
	}
}

// TestTheKeyOfAnotherInTheFileIsNamed: files with the issuer's key are mixed up.
func TestTheKeyOfAnotherInTheFileIsNamed(t *testing.T) {
	t.Parallel()
	s := good(t, check.Teams)
	s.options.Keys = []check.Key{{Public: s.intermediate.certificate.PublicKey}}
	report := examine(t, check.Teams, s)
	assert.Equal(t, results{"key_matches": fail}, odd(report))
	last := report.Checks[len(report.Checks)-1]
	assert.Equal(t, `the private key belongs to "CN=Public Intermediate", not to this certificate`, last.Message)
	assert.Equal(t, fail, report.Result)
}

func TestIsForGoesByCNAndSAN(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"px.example.com": true, "PX01.example.com": true, "cn.example.com": true, "other.example.com": false, "": false} {
		s := good(t, check.Teams)
		s.leaf.Subject.CommonName = "cn.example.com"
		assert.Equal(t, want, check.IsFor(s.subject(t).Leaf, host), host)
	}
	assert.False(t, check.IsFor(&x509.Certificate{}, "px.example.com"))
}
