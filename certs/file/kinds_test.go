package file_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

// wrapped is Base64 in lines of that length.
func wrapped(der []byte, length int, end string) []byte {
	var text strings.Builder
	for chunk := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(der)), length) {
		text.Write(chunk)
		text.WriteString(end)
	}
	return []byte(text.String())
}

func utf16Of(text []byte, mark, big bool) []byte {
	units := utf16.Encode([]rune(string(text)))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var data []byte
	for _, unit := range units {
		low, high := byte(unit), byte(unit>>8)
		if big {
			low, high = high, low
		}
		data = append(data, low, high)
	}
	return data
}

func (m material) request(t testing.TB) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "sbc.example.com"}}, m.key)
	require.NoError(t, err)
	return der
}

func (m material) publicKey(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(m.key.Public())
	require.NoError(t, err)
	return der
}

func replaced(text []byte, old, replacement string) []byte {
	return bytes.ReplaceAll(text, []byte(old), []byte(replacement))
}

func stored(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// TestEveryShapeOfACertificate: what other programs write is read, and named by its format.
func TestEveryShapeOfACertificate(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	leafFirst, caFirst := []*x509.Certificate{m.leaf, m.ca}, []*x509.Certificate{m.ca, m.leaf}
	labelled := func(label string, der []byte) []byte { return block(label, der) }
	aux := []byte{0x30, 0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1}
	trust, err := pkcs12.Modern.EncodeTrustStore(caFirst, "secret")
	require.NoError(t, err)
	bom := []byte("\ufeff")
	for name, test := range map[string]struct {
		data   []byte
		format string
		want   []*x509.Certificate
		over   []string
	}{
		"CR alone":                       {replaced(m.pem(), "\n", "\r"), "PEM", leafFirst, nil},
		"indented":                       {replaced(m.pem(), "\n", "\n    "), "PEM", leafFirst, nil},
		"blanks at the ends of lines":    {replaced(m.pem(), "\n", " \t\r\n"), "PEM", leafFirst, nil},
		"line ends lost":                 {replaced(m.pem(), "\n", " "), "PEM", leafFirst, nil},
		"line ends as in JSON":           {replaced(m.pem(), "\n", `\n`), "PEM", leafFirst, nil},
		"a mark before each":             {slices.Concat(bom, block("CERTIFICATE", m.leaf.Raw), bom, m.caPEM()), "PEM", leafFirst, nil},
		"UTF-16":                         {utf16Of(m.pem(), true, false), "PEM", leafFirst, nil},
		"UTF-16 of the other order":      {utf16Of(replaced(m.pem(), "\n", "\r\n"), true, true), "PEM", leafFirst, nil},
		"UTF-16 without a mark":          {utf16Of(m.pem(), false, false), "PEM", leafFirst, nil},
		"UTF-16, Base64 alone":           {utf16Of(wrapped(m.leaf.Raw, 64, "\r\n"), true, false), "DER in Base64", leafFirst[:1], nil},
		"X509 CERTIFICATE":               {labelled("X509 CERTIFICATE", m.leaf.Raw), "PEM", leafFirst[:1], nil},
		"TRUSTED CERTIFICATE":            {labelled("TRUSTED CERTIFICATE", slices.Concat(m.leaf.Raw, aux)), "PEM", leafFirst[:1], nil},
		"TRUSTED CERTIFICATE, bare":      {labelled("TRUSTED CERTIFICATE", m.leaf.Raw), "PEM", leafFirst[:1], nil},
		"a label in lower case":          {labelled("certificate", m.leaf.Raw), "PEM", leafFirst[:1], nil},
		"P7B labelled CERTIFICATE":       {labelled("CERTIFICATE", m.p7b(t)), "P7B", caFirst, nil},
		"P7B labelled CMS":               {labelled("CMS", m.p7b(t)), "P7B", caFirst, nil},
		"P7B, label of OpenSSL":          {labelled("PKCS #7 SIGNED DATA", m.p7b(t)), "P7B", caFirst, nil},
		"a certificate labelled PKCS7":   {labelled("PKCS7", m.leaf.Raw), "PEM", leafFirst[:1], nil},
		"Base64 in lines of 76":          {wrapped(m.leaf.Raw, 76, "\r\n"), "DER in Base64", leafFirst[:1], nil},
		"Base64 in lines of 64":          {wrapped(m.leaf.Raw, 64, "\n"), "DER in Base64", leafFirst[:1], nil},
		"Base64 in lines of 7":           {wrapped(m.leaf.Raw, 7, "\r"), "DER in Base64", leafFirst[:1], nil},
		"Base64 in one line":             {wrapped(m.leaf.Raw, 1<<20, ""), "DER in Base64", leafFirst[:1], nil},
		"Base64 behind a mark":           {append(bom, wrapped(m.leaf.Raw, 64, "\n")...), "DER in Base64", leafFirst[:1], nil},
		"Base64 with DOS's end":          {append(wrapped(m.leaf.Raw, 64, "\r\n"), 0x1a), "DER in Base64", leafFirst[:1], nil},
		"Base64 of two":                  {wrapped(slices.Concat(m.leaf.Raw, m.ca.Raw), 64, "\n"), "DER in Base64", leafFirst, nil},
		"Base64 of a P7B":                {wrapped(m.p7b(t), 64, "\r\n"), "P7B in Base64", caFirst, nil},
		"Base64 of a PFX":                {wrapped(m.pfx(t, pkcs12.Modern, "secret"), 76, "\r\n"), "PFX in Base64", leafFirst, nil},
		"Base64 of PEM":                  {wrapped(m.pem(), 76, "\n"), "PEM", leafFirst, nil},
		"a PFX in armour":                {labelled("PKCS12", m.pfx(t, pkcs12.Modern, "secret")), "PFX in Base64", leafFirst, nil},
		"a PFX of Java without a key":    {trust, "PFX", caFirst, nil},
		"beside a request":               {slices.Concat(block("CERTIFICATE REQUEST", m.request(t)), m.pem()), "PEM", leafFirst, []string{"a certificate request (CSR)"}},
		"beside a request of old labels": {slices.Concat(block("NEW CERTIFICATE REQUEST", m.request(t)), m.pem()), "PEM", leafFirst, []string{"a certificate request (CSR)"}},
		"beside its public key":          {slices.Concat(m.pem(), block("PUBLIC KEY", m.publicKey(t))), "PEM", leafFirst, []string{"a public key"}},
		"beside a CRL":                   {slices.Concat(m.pem(), block("X509 CRL", []byte("x"))), "PEM", leafFirst, []string{"a list of revoked certificates (CRL)"}},
		"beside a broken request":        {slices.Concat(block("CERTIFICATE REQUEST", m.request(t))[:80], []byte("\n"), m.pem()), "PEM", leafFirst, []string{"a certificate request (CSR)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := file.Parse(test.data, "secret")
			require.NoError(t, err)
			assert.Equal(t, test.format, read.FormatName())
			assert.Empty(t, read.Problems)
			assert.Equal(t, test.over, read.PassedOver)
			require.Len(t, read.Certificates, len(test.want))
			for i, want := range test.want {
				assert.Equal(t, want.Raw, read.Certificates[i].X509.Raw)
			}
		})
	}
}

// TestFilesOfOtherPrograms are those of testdata.
func TestFilesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format       string
		certificates int
		keys         int
	}{
		"base64-without-armour.cer":    {"DER in Base64", 1, 0},
		"p7b-labelled-certificate.p7b": {"P7B", 3, 0},
		"certificate-and-request.pem":  {"PEM", 2, 1},
	} {
		read, err := file.Parse(stored(t, name), "")
		require.NoError(t, err, name)
		assert.Equal(t, test.format, read.FormatName(), name)
		assert.Len(t, read.Certificates, test.certificates, name)
		assert.Len(t, read.Keys, test.keys, name)
		assert.Empty(t, read.Problems, name)
	}
	_, err := file.Parse(stored(t, "no-keys.pfx"), "secret")
	require.EqualError(t, err, "the file is a PFX file that holds certificates and no private key")
	_, err = file.Parse(stored(t, "no-keys.pfx"), "")
	require.ErrorIs(t, err, file.ErrPassword)
	assert.NotErrorIs(t, err, file.ErrSealedKey, "no key is seen in it")
}

// TestAKeyInASealedPFXIsSeen without its password, and no other.
func TestAKeyInASealedPFXIsSeen(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	for name, encoder := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern, "legacy": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2} {
		_, err := file.Parse(m.pfx(t, encoder, "secret"), "")
		assert.ErrorIs(t, err, file.ErrSealedKey, name)
	}
}

// TestWhatIsNoCertificateIsNamed, with what to do.
func TestWhatIsNoCertificateIsNamed(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	key := m.keyPEM(t)
	sealed := block("ENCRYPTED PRIVATE KEY", []byte{0x30, 0})
	for name, test := range map[string]struct {
		data []byte
		says string
		does string
	}{
		"a request":            {block("CERTIFICATE REQUEST", m.request(t)), "there is no certificate in the file, only a certificate request (CSR)", "send the request to the CA"},
		"a request with key":   {slices.Concat(key, block("NEW CERTIFICATE REQUEST", m.request(t))), "only a certificate request (CSR)", "send the request to the CA"},
		"a request in DER":     {m.request(t), "only a certificate request (CSR)", "send the request to the CA"},
		"a request in Base64":  {wrapped(m.request(t), 64, "\n"), "only a certificate request (CSR)", "send the request to the CA"},
		"a public key":         {block("PUBLIC KEY", m.publicKey(t)), "only a public key", "give the certificate"},
		"a public key in DER":  {m.publicKey(t), "only a public key", "give the certificate"},
		"a private key":        {key, "only a private key", "give the file of the certificate"},
		"a private key in DER": {derOf(t, key), "only a private key", "give the file of the certificate"},
		"a key in Base64":      {wrapped(derOf(t, key), 64, "\n"), "only a private key", "give the file of the certificate"},
		"an encrypted key":     {sealed, "only a private key", "give the file of the certificate"},
		"an OpenSSH key":       {block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), "only a private key", "give the file of the certificate"},
		"an SSH public key":    {[]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB x@y\n"), "the file is an SSH key", "X.509"},
		"PuTTY's key":          {[]byte("PuTTY-User-Key-File-3: ssh-rsa\n"), "the file is an SSH key", "X.509"},
		"an SSH2 public key":   {[]byte("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n"), "the file is an SSH key", "X.509"},
		"a Java keystore":      {[]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), "the file is a Java keystore (JKS)", "keytool -importkeystore"},
		"a JCEKS keystore":     {[]byte("\xce\xce\xce\xce\x00\x00\x00\x02"), "the file is a Java keystore (JKS)", "keytool -importkeystore"},
		"HTML":                 {[]byte("<!DOCTYPE html>\n<html><body>Login</body></html>"), "the file is an HTML page", "download the certificate"},
		"HTML behind a mark":   {[]byte("\ufeff\r\n<HTML>"), "the file is an HTML page", "download the certificate"},
		"XML":                  {[]byte("<?xml version=\"1.0\"?><EntityDescriptor/>"), "the file is XML or HTML text", "give the certificate"},
		"JSON":                 {[]byte("{\"error\": 401}"), "the file is JSON text", "give the certificate"},
		"a ZIP archive":        {[]byte("PK\x03\x04\x14\x00"), "the file is a compressed archive", "unpack it"},
		"a PDF":                {[]byte("%PDF-1.7\n"), "the file is a PDF document", "give the certificate"},
		"four hyphens":         {replaced(m.caPEM(), "-----", "----"), "the file is text with damaged armour", "five ASCII hyphens"},
		"dashes of a letter":   {replaced(m.caPEM(), "-----", "—–"), "the file is text whose hyphens a word processor replaced", "five ASCII hyphens"},
		"a PFX without keys":   {stored(t, "no-keys.pfx"), "the file is a PFX file that holds certificates and no private key", "openssl pkcs12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := file.Parse(test.data, "secret")
			var misfit *file.Misfit
			require.ErrorAs(t, err, &misfit)
			assert.Contains(t, err.Error(), test.says)
			assert.Contains(t, misfit.Advice, test.does)
		})
	}
}

// TestAWrongLabelIsNamed: what is labelled CERTIFICATE and holds something else is a problem, for
// its meaning is ambiguous.
func TestAWrongLabelIsNamed(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	for says, wrong := range map[string][]byte{
		`block 1: is labelled "CERTIFICATE" and is a certificate request (CSR)`: block("CERTIFICATE", m.request(t)),
		`block 1: is a "RECIPE", not a certificate`:                             block("RECIPE", []byte("x")),
		`block 1: holds no readable certificate`:                                block("CERTIFICATE", slices.Concat(m.leaf.Raw, []byte{0})),
	} {
		read, err := file.Parse(slices.Concat(wrong, m.pem()), "")
		require.NoError(t, err)
		require.Len(t, read.Problems, 1)
		assert.Contains(t, read.Problems[0].String(), says)
		_, err = file.Parse(wrong, "")
		require.ErrorIs(t, err, file.ErrDamaged)
	}
}

// TestARefusedCertificateIsToldInEveryShape: it is whole, so the file is read, and says so.
func TestARefusedCertificateIsToldInEveryShape(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	refused := bytes.Replace(m.leaf.Raw, []byte{0xa0, 3, 2, 1, 2}, []byte{0xa0, 3, 2, 1, 9}, 1)
	for name, data := range map[string][]byte{
		"PEM": block("CERTIFICATE", refused), "DER": refused, "Base64": []byte(base64.StdEncoding.EncodeToString(refused)),
		"UTF-16": utf16Of(block("CERTIFICATE", refused), true, false), "X509 CERTIFICATE": block("X509 CERTIFICATE", refused),
		"a request beside it": slices.Concat(block("CERTIFICATE REQUEST", m.request(t)), block("CERTIFICATE", refused)),
	} {
		read, err := file.Parse(data, "")
		require.NoError(t, err, name)
		assert.Empty(t, read.Certificates, name)
		require.Len(t, read.Problems, 1, name)
		assert.Equal(t, certs.Fingerprint(refused), read.Problems[0].Refused, name)
	}
	read, err := file.Parse(slices.Concat(block("CERTIFICATE", refused), block("CERTIFICATE", m.request(t))), "")
	require.ErrorIs(t, err, file.ErrDamaged, "a request is no certificate that can't be read")
	assert.Empty(t, read)
}
