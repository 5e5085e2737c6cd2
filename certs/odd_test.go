package certs_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// children takes a constructed element apart.
func children(t testing.TB, der []byte) [][]byte {
	t.Helper()
	var outer asn1.RawValue
	_, err := asn1.Unmarshal(der, &outer)
	require.NoError(t, err)
	var all [][]byte
	for rest := outer.Bytes; len(rest) > 0; {
		var value asn1.RawValue
		rest, err = asn1.Unmarshal(rest, &value)
		require.NoError(t, err)
		all = append(all, value.FullBytes)
	}
	return all
}

// Places of the fields of a version 3 certificate's first part (RFC 5280, 4.1).
const (
	fieldSerial     = 1
	fieldKey        = 6
	fieldExtensions = 7
)

// withField is a self-signed certificate with one field written anew; its signature is made anew too.
func withField(t testing.TB, field int, content []byte) []byte {
	t.Helper()
	a := newAuthority(t)
	outer := children(t, a.certificate.Raw)
	fields := children(t, outer[0])
	fields[field] = content
	body := tlv(0x30, fields...)
	signature, err := a.key.Sign(rand.Reader, digest(body), crypto.SHA256)
	require.NoError(t, err)
	return tlv(0x30, body, outer[1], tlv(3, []byte{0}, signature))
}

// keyOn is the public key of a curve that is named alone.
func keyOn(t testing.TB, curve asn1.ObjectIdentifier) []byte {
	t.Helper()
	id, err := asn1.Marshal(curve)
	require.NoError(t, err)
	kind, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
	require.NoError(t, err)
	return tlv(0x30, tlv(0x30, kind, id), tlv(3, []byte{0, 4}, make([]byte, 64)))
}

var brainpool = asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7}

// TestCertificatesThatTheLibraryRefusesStayWhole: what a store holds must come back byte for byte.
func TestCertificatesThatTheLibraryRefusesStayWhole(t *testing.T) {
	t.Parallel()
	twice := children(t, children(t, children(t, newAuthority(t).certificate.Raw)[0])[fieldExtensions])[0]
	list := children(t, twice)
	for name, test := range map[string]struct {
		der     []byte
		key     string
		strange string
	}{
		"a negative serial number": {withField(t, fieldSerial, []byte{2, 1, 0x80}), "EC on P-256", "its serial number is negative"},
		"serial number zero":       {withField(t, fieldSerial, []byte{2, 1, 0}), "EC on P-256", "its serial number is zero"},
		"a long serial number":     {withField(t, fieldSerial, tlv(2, slices.Repeat([]byte{1}, 21))), "EC on P-256", "longer than 20 octets"},
		"a padded serial number":   {withField(t, fieldSerial, []byte{2, 2, 0, 1}), "EC on P-256", "can't be read in full"},
		"a curve of brainpool":     {withField(t, fieldKey, keyOn(t, brainpool)), "EC on brainpoolP256r1", "unsupported elliptic curve"},
		"a point off its curve":    {withField(t, fieldKey, keyOn(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})), "EC on P-256", "can't be read in full"},
		"an extension twice":       {withField(t, fieldExtensions, tlv(0xa3, tlv(0x30, list[0], list[0]))), "EC on P-256", "can't be read in full"},
	} {
		certificate, err := certs.Parse(test.der)
		require.NoError(t, err, name)
		assert.Equal(t, test.der, certificate.Raw, name)
		assert.Equal(t, "Test CA", certificate.Subject.CommonName, name)
		assert.Equal(t, test.key, certs.KeyOf(certificate).String(), name)
		assert.Contains(t, strings.Join(certs.Oddities(certificate), ", "), test.strange, name)
		assert.NotEqual(t, certs.NotSigned, certs.NewMemo().Signing(certificate, certificate), name)

		store := certs.ParseStore(pemOf(test.der))
		assert.Empty(t, store.Problems, name)
		assert.Equal(t, []string{certs.Fingerprint(test.der)}, store.Fingerprints(), name)
	}
}

func TestWhatIsNoCertificateIsRefused(t *testing.T) {
	t.Parallel()
	whole := newAuthority(t).certificate.Raw
	for name, der := range map[string][]byte{
		"nothing":          nil,
		"cut off":          whole[:len(whole)-1],
		"something behind": append(slices.Clone(whole), 0),
		"no validity":      withField(t, 4, []byte{0x30, 0}),
		"no subject":       withField(t, 5, []byte{5, 0}),
		"text":             []byte("no certificate"),
		"an empty list":    {0x30, 0},
	} {
		_, err := certs.Parse(der)
		assert.Error(t, err, name)
	}
}

func TestALeafWithoutReadableExtensionsSaysSo(t *testing.T) {
	t.Parallel()
	certificate, err := certs.Parse(withField(t, fieldExtensions, tlv(0xa3, tlv(0x30, []byte{5, 0}))))
	require.NoError(t, err)
	assert.True(t, certs.LacksExtensions(certificate))
	assert.False(t, certs.LacksExtensions(newAuthority(t).certificate))
}

func TestKeysAreNamed(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for name, want := range map[string]string{"RSA": "RSA with 3072 bits", "P-224": "EC on P-224", "P-521": "EC on P-521"} {
		var public any = &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 3071, 1), E: 65537}
		if name != "RSA" {
			curve := map[string]elliptic.Curve{"P-224": elliptic.P224(), "P-521": elliptic.P521()}[name]
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			require.NoError(t, err)
			public = key.Public()
		}
		certificate, err := x509.ParseCertificate(a.issue(t, template("x", today.AddDate(1, 0, 0)), public))
		require.NoError(t, err)
		assert.Equal(t, want, certs.KeyOf(certificate).String())
	}
	bits, err := asn1.Marshal(struct{ N, E *big.Int }{new(big.Int).SetBit(big.NewInt(1), 2047, 1), big.NewInt(65537)})
	require.NoError(t, err)
	for want, id := range map[string]asn1.ObjectIdentifier{
		"RSASSA-PSS with 2048 bits": {1, 2, 840, 113549, 1, 1, 10},
		"Ed448":                     {1, 3, 101, 113},
		"algorithm 1.2.3.4":         {1, 2, 3, 4},
	} {
		kind, err := asn1.Marshal(id)
		require.NoError(t, err)
		certificate, err := certs.Parse(withField(t, fieldKey, tlv(0x30, tlv(0x30, kind), tlv(3, []byte{0}, bits))))
		require.NoError(t, err)
		assert.Equal(t, want, certs.KeyOf(certificate).String())
	}
}

// TestSignaturesAreNamed, also those that the library has no name for.
func TestSignaturesAreNamed(t *testing.T) {
	t.Parallel()
	outer := children(t, newAuthority(t).certificate.Raw)
	for want, id := range map[string]asn1.ObjectIdentifier{
		"RSA with SHA-224":      {1, 2, 840, 113549, 1, 1, 14},
		"ECDSA with SHA-224":    {1, 2, 840, 10045, 4, 3, 1},
		"MD5-RSA":               {1, 2, 840, 113549, 1, 1, 4},
		"RSASSA-PSS with SHA-1": {1, 2, 840, 113549, 1, 1, 10},
		"algorithm 1.2.3.4":     {1, 2, 3, 4},
	} {
		kind, err := asn1.Marshal(id)
		require.NoError(t, err)
		algorithm := tlv(0x30, kind, tlv(0x30))
		fields := children(t, outer[0])
		fields[2] = algorithm
		certificate, err := certs.Parse(tlv(0x30, tlv(0x30, fields...), algorithm, outer[2]))
		require.NoError(t, err)
		assert.Equal(t, want, certs.SignatureName(certificate))
		assert.Equal(t, certs.Unjudged, certs.NewMemo().Signing(certificate, certificate), want)
	}
}

func digest(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}
