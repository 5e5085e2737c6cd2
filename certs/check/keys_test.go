package check_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

import ()

// TestKeysThatCanNotBeJudgedAreNamed, and nothing is taken for good.
func TestKeysThatCanNotBeJudgedAreNamed(t *testing.T) {
	t.Parallel()
	bits := func(n int) []byte {
		der, err := asn1.Marshal(struct{ N, E *big.Int }{new(big.Int).SetBit(big.NewInt(1), n-1, 1), big.NewInt(65537)})
		require.NoError(t, err)
		return der
	}
	curve := func(id asn1.ObjectIdentifier) []byte {
		kind, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
		require.NoError(t, err)
		own, err := asn1.Marshal(id)
		require.NoError(t, err)
		return tlv(0x30, tlv(0x30, kind, own), tlv(3, []byte{0, 4}, make([]byte, 64)))
	}
	for name, test := range map[string]struct {
		key  []byte
		want results
		says string
	}{
		"RSASSA-PSS":       {otherKey(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, bits(2048)), results{"key_size": unknown, "key_type": unknown}, "RSASSA-PSS with 2048 bits"},
		"short RSASSA-PSS": {otherKey(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, bits(1024)), results{"key_size": fail, "key_type": unknown}, "RSASSA-PSS with 1024 bits"},
		"brainpool":        {curve(asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7}), results{"key_size": fail, "key_type": info}, "EC on brainpoolP256r1"},
		"secp256k1":        {curve(asn1.ObjectIdentifier{1, 3, 132, 0, 10}), results{"key_size": fail, "key_type": info}, "EC on secp256k1"},
		"an unknown curve": {curve(asn1.ObjectIdentifier{1, 2, 3}), results{"key_size": unknown, "key_type": info}, "EC on algorithm 1.2.3"},
		"Ed448":            {otherKey(t, asn1.ObjectIdentifier{1, 3, 101, 113}, make([]byte, 57)), results{"key_size": fail, "key_type": info}, "Ed448"},
		"something else":   {otherKey(t, asn1.ObjectIdentifier{1, 2, 3}, []byte{1}), results{"key_size": unknown, "key_type": info}, "algorithm 1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t, check.Teams)
			reissued(func(fields [][]byte) { fields[fieldKey] = test.key })(t, s)
			report := examine(t, check.Teams, s)
			assert.Equal(t, test.want, odd(report), messages(report))
			assert.Contains(t, messages(report), test.says)
		})
	}
}

// TestACertificateWithoutReadableExtensions: what stands in them can't be told.
func TestACertificateWithoutReadableExtensions(t *testing.T) {
	t.Parallel()
	for _, profile := range all {
		s := good(t, profile)
		reissued(func(fields [][]byte) { fields[len(fields)-1] = tlv(0xa3, tlv(0x30, []byte{5, 0})) })(t, s)
		report := examine(t, profile, s)
		assert.Equal(t, check.Fail, report.Result)
		assert.Contains(t, messages(report), `fail readable: the extensions of "px.example.com" can't be read`)
		for id, result := range odd(report) {
			assert.True(t, id == "readable" || result == unknown, "%s %s: %s", profile, id, result)
		}
	}
}

// TestSignaturesAreCalledByTheirNames, also those that crypto/x509 has no number for.
func TestSignaturesAreCalledByTheirNames(t *testing.T) {
	t.Parallel()
	for want, id := range map[string]asn1.ObjectIdentifier{
		"RSA with SHA-224": {1, 2, 840, 113549, 1, 1, 14}, "ECDSA with SHA-224": {1, 2, 840, 10045, 4, 3, 1}, "MD5-RSA": {1, 2, 840, 113549, 1, 1, 4},
		"SM2 with SM3": {1, 2, 156, 10197, 1, 501}, "algorithm 1.2.3.4": {1, 2, 3, 4},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			own, err := asn1.Marshal(id)
			require.NoError(t, err)
			s := good(t, check.Teams)
			reissued(func(fields [][]byte) { fields[fieldAlgorithm] = tlv(0x30, own) })(t, s)
			report := examine(t, check.Teams, s)
			assert.Equal(t, results{"signature_algorithm": fail, "trusted_root": unknown}, odd(report), messages(report))
			assert.Contains(t, messages(report), `"px.example.com" is signed with `+want)
		})
	}
}

// TestASignatureByAWeakRSAKeyCountsForNothing: anyone can make it.
func TestASignatureByAWeakRSAKeyCountsForNothing(t *testing.T) {
	t.Parallel()
	for _, profile := range all {
		s := good(t, profile)
		rsaIntermediate(t, s)
		weak := *s.others[0]
		weak.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 511, 1), E: 65537}
		s.others = []*x509.Certificate{&weak}
		report := examine(t, profile, s)
		want := results{"trusted_root": fail}
		if profile == check.Teams {
			want = results{"signature_algorithm": fail, "trusted_root": unknown}
			assert.Contains(t, messages(report), `"px.example.com" is signed with an RSA key of less than 1024 bits`)
		}
		assert.Equal(t, want, odd(report), "%s: %s", profile, messages(report))
	}
}
