package file_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/file"
	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

// material is a leaf with its key and its CA.
type material struct {
	key      *ecdsa.PrivateKey
	leaf, ca *x509.Certificate
}

func newMaterial(t testing.TB) material {
	t.Helper()
	caKey, key := newKey(t), newKey(t)
	ca := issue(t, "Test CA", true, nil, caKey.Public(), caKey)
	return material{key: key, ca: ca, leaf: issue(t, "sbc.example.com", false, ca, key.Public(), caKey)}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func issue(t testing.TB, name string, isCA bool, parent *x509.Certificate, public any, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: name}, IsCA: isCA, BasicConstraintsValid: true,
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(2_000_000_000, 0),
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

func (m material) pem() []byte { return slices.Concat(block("CERTIFICATE", m.leaf.Raw), m.caPEM()) }

func (m material) caPEM() []byte { return block("CERTIFICATE", m.ca.Raw) }

func (m material) keyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(m.key)
	require.NoError(t, err)
	return block("PRIVATE KEY", der)
}

func (m material) p7b(t testing.TB) []byte {
	t.Helper()
	der, err := pkcs7.DegenerateCertificate(slices.Concat(m.ca.Raw, m.leaf.Raw))
	require.NoError(t, err)
	return der
}

func (m material) pfx(t testing.TB, encoder *pkcs12.Encoder, password string) []byte {
	t.Helper()
	data, err := encoder.Encode(m.key, m.leaf, []*x509.Certificate{m.ca}, password)
	require.NoError(t, err)
	return data
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestParse(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	leafFirst, caFirst := []*x509.Certificate{m.leaf, m.ca}, []*x509.Certificate{m.ca, m.leaf}
	for name, test := range map[string]struct {
		data     []byte
		password string
		format   file.Format
		want     []*x509.Certificate
		keys     int
		problems int
	}{
		"PEM chain":                  {data: m.pem(), format: file.PEM, want: leafFirst},
		"PEM with CRLF":              {data: bytes.ReplaceAll(m.pem(), []byte("\n"), []byte("\r\n")), format: file.PEM, want: leafFirst},
		"PEM with a byte order mark": {data: append([]byte("\ufeff"), m.pem()...), format: file.PEM, want: leafFirst},
		"PEM in UTF-16":              {data: utf16Of(m.pem(), true, false), format: file.PEM, want: leafFirst},
		"PEM in UTF-16 with CRLF":    {data: utf16Of(bytes.ReplaceAll(m.pem(), []byte("\n"), []byte("\r\n")), true, false), format: file.PEM, want: leafFirst},
		"PEM with text":              {data: slices.Concat([]byte("subject=CN = x\n"), m.pem(), []byte("end\n")), format: file.PEM, want: leafFirst},
		"PEM with its key":           {data: append(m.keyPEM(t), m.pem()...), format: file.PEM, want: leafFirst, keys: 1},
		"PEM with a broken key":      {data: append([]byte("-----BEGIN RSA PRIVATE KEY-----\nxx\n"), m.pem()...), format: file.PEM, want: leafFirst, keys: 1},
		"PEM with a broken block":    {data: slices.Concat(m.caPEM()[:100], []byte("\n"), m.pem()), format: file.PEM, want: leafFirst, problems: 1},
		"PEM with parameters":        {data: append(block("EC PARAMETERS", []byte("x")), m.pem()...), format: file.PEM, want: leafFirst},
		"PEM with another block":     {data: append(block("RECIPE", []byte("x")), m.pem()...), format: file.PEM, want: leafFirst, problems: 1},
		"P7B in PEM":                 {data: block("PKCS7", m.p7b(t)), format: file.P7B, want: caFirst},
		"a broken P7B in PEM":        {data: append(block("PKCS7", m.p7b(t)[:40]), m.pem()...), format: file.PEM, want: leafFirst, problems: 1},
		"a cut P7B in PEM":           {data: append(block("PKCS7", m.p7b(t))[:60], m.pem()...), format: file.PEM, want: leafFirst, problems: 1},
		"DER":                        {data: m.leaf.Raw, format: file.DER, want: leafFirst[:1]},
		"two in DER":                 {data: slices.Concat(m.leaf.Raw, m.ca.Raw), format: file.DER, want: leafFirst},
		"P7B":                        {data: m.p7b(t), format: file.P7B, want: caFirst},
		"PFX, modern":                {data: m.pfx(t, pkcs12.Modern, "secret"), password: "secret", format: file.PFX, want: leafFirst, keys: 1},
		"PFX, legacy":                {data: m.pfx(t, pkcs12.LegacyDES, "secret"), password: "secret", format: file.PFX, want: leafFirst, keys: 1},
		"PFX, RC2":                   {data: m.pfx(t, pkcs12.LegacyRC2, "secret"), password: "secret", format: file.PFX, want: leafFirst, keys: 1},
		"PFX without a password":     {data: m.pfx(t, pkcs12.Passwordless, ""), format: file.PFX, want: leafFirst, keys: 1},
		"PFX with the CA first":      {data: m.caFirst(t), password: "secret", format: file.PFX, want: leafFirst, keys: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := file.Parse(test.data, test.password)
			require.NoError(t, err)
			assert.Equal(t, test.format, read.Format)
			assert.Len(t, read.Keys, test.keys)
			assert.Len(t, read.Problems, test.problems)
			require.Len(t, read.Certificates, len(test.want))
			for i, want := range test.want {
				assert.Equal(t, want.Raw, read.Certificates[i].X509.Raw)
				assert.Equal(t, certs.Fingerprint(want.Raw), read.Certificates[i].SHA256)
			}
			assert.Equal(t, m.leaf.Raw, read.Leaf().X509.Raw, "the leaf is found in any order")
			assert.Len(t, read.Others(read.Leaf()), len(test.want)-1)
		})
	}
}

// TestTheLeafOfAPFXIsTheKeysOwn, also where that is marked as a CA's, as OpenSSL does by default
// for what is signed by itself.
func TestTheLeafOfAPFXIsTheKeysOwn(t *testing.T) {
	t.Parallel()
	m, key := newMaterial(t), newKey(t)
	own := issue(t, "sbc.example.com", true, nil, key.Public(), key)
	data, err := pkcs12.Modern.Encode(key, own, []*x509.Certificate{m.leaf}, "secret")
	require.NoError(t, err)
	read, err := file.Parse(data, "secret")
	require.NoError(t, err)
	assert.Equal(t, own.Raw, read.Leaf().X509.Raw)
}

// caFirst is a PFX in which the key's certificate is not the first.
func (m material) caFirst(t testing.TB) []byte {
	t.Helper()
	data, err := pkcs12.Modern.Encode(m.key, m.ca, []*x509.Certificate{m.leaf}, "secret")
	require.NoError(t, err)
	return data
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	for name, test := range map[string]struct {
		data     []byte
		password string
		want     error
	}{
		"nothing":                     {nil, "", file.ErrEmpty},
		"blank lines":                 {[]byte("\r\n \n"), "", file.ErrEmpty},
		"UTF-16 without certificate":  {[]byte("\xff\xfe-\x00-\x00-\x00-\x00"), "", file.ErrUnknown},
		"half a letter of UTF-16":     {append(utf16Of(m.pem(), true, false), 'x'), "", file.ErrUnknown},
		"text":                        {[]byte("<html>login</html>"), "", file.ErrUnknown},
		"a sequence of nothing":       {[]byte{0x30, 0}, "", file.ErrUnknown},
		"a sequence of something":     {[]byte{0x30, 3, 0x0c, 1, 'a'}, "", file.ErrUnknown},
		"too large":                   {make([]byte, file.MaxBytes+1), "", file.ErrTooLarge},
		"a key alone":                 {m.keyPEM(t), "", file.ErrEmpty},
		"a broken block alone":        {m.pem()[:100], "", file.ErrDamaged},
		"half a DER":                  {m.leaf.Raw[:200], "", file.ErrUnknown},
		"DER with something behind":   {append(bytes.Clone(m.leaf.Raw), 0), "", file.ErrDamaged},
		"a P7B without certificates":  {emptyP7B(t), "", file.ErrEmpty},
		"a wrong password":            {m.pfx(t, pkcs12.Modern, "secret"), "other", file.ErrPassword},
		"no password":                 {m.pfx(t, pkcs12.LegacyDES, "secret"), "", file.ErrPassword},
		"nested without end":          {nested(100_000), "", file.ErrExcessive},
		"nested by the open form":     {bytes.Repeat([]byte{0x30, 0x80}, 1_000_000), "", file.ErrExcessive},
		"nested behind an end mark":   {within(append([]byte{0x06, 1, 1, 0, 0}, nested(1000)...)), "", file.ErrExcessive},
		"nested behind a long tag":    {within(append([]byte{0x06, 1, 1, 0x3f, 0x81, 0x01, 0}, nested(1000)...)), "", file.ErrDamaged},
		"more than any store":         {bytes.Repeat(certs.Required()[0].PEM(), 1001), "", file.ErrExcessive},
		"more rounds than it's worth": {rounds(t, m), "secret", file.ErrExcessive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := file.Parse(test.data, test.password)
			require.ErrorIs(t, err, test.want)
			assert.NotContains(t, err.Error(), "secret")
			assert.Less(t, len(err.Error()), 300)
		})
	}
}

func emptyP7B(t testing.TB) []byte {
	t.Helper()
	der, err := pkcs7.DegenerateCertificate(nil)
	require.NoError(t, err)
	return der
}

// within wraps content in one sequence.
func within(content []byte) []byte {
	n := len(content)
	return append([]byte{0x30, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}

func nested(depth int) []byte {
	var data []byte
	for range min(depth, 3000) {
		data = within(data)
	}
	return data
}

// rounds is a PFX that asks for eight million rounds of key derivation.
func rounds(t testing.TB, m material) []byte {
	t.Helper()
	data := m.pfx(t, pkcs12.Modern.WithIterations(0x010203), "secret")
	few, many := []byte{0x02, 3, 0x01, 0x02, 0x03}, []byte{0x02, 3, 0x7f, 0x02, 0x03}
	require.True(t, bytes.Contains(data, few))
	return bytes.ReplaceAll(data, few, many)
}

func TestErrorsSayWhatToDoAbout(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	_, err := file.Parse(m.pem()[:100], "")
	assert.EqualError(t, err, "the file can't be read: block 1: is not a complete PEM block")
	_, err = file.Parse([]byte(strings.Repeat("x", 10)), "")
	assert.EqualError(t, err, "the file is neither PEM, DER, P7B nor PFX")
}

func FuzzParse(f *testing.F) {
	m := newMaterial(f)
	f.Add(m.pem(), "")
	f.Add(append(m.keyPEM(f), m.caPEM()...), "")
	f.Add(m.leaf.Raw, "")
	f.Add(m.p7b(f), "")
	f.Add(block("PKCS7", m.p7b(f)), "")
	f.Add(m.pfx(f, pkcs12.Modern.WithIterations(1), "x"), "x")
	f.Add(m.pfx(f, pkcs12.LegacyDES.WithIterations(1), ""), "")
	f.Add(m.pfx(f, pkcs12.Passwordless, ""), "")
	f.Add(nested(70), "")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		read, err := file.Parse(data, password)
		if err != nil {
			require.Empty(t, read.Certificates)
			return
		}
		if len(read.Certificates) == 0 { // whole certificates alone, none of which can be read
			require.NotEmpty(t, read.Problems)
			require.True(t, certs.AllRefused(read.Problems))
			return
		}
		require.NotNil(t, read.Leaf().X509)
		for _, certificate := range read.Certificates {
			require.Equal(t, certificate.SHA256, certs.Fingerprint(certificate.X509.Raw))
		}
	})
}
