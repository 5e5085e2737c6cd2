package file_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

func derOf(t testing.TB, text []byte) []byte {
	t.Helper()
	found, _ := pem.Decode(text)
	require.NotNil(t, found)
	return found.Bytes
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return der
}

// certified is a key with a certificate that is signed by it.
type certified struct {
	key         any
	certificate *x509.Certificate
}

func kindsOfKeys(t testing.TB) (rsaOwn, ecOwn, edOwn certified) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	ca := newKey(t)
	by := issue(t, "CA", true, nil, ca.Public(), ca)
	return certified{rsaKey, issue(t, "rsa", false, by, rsaKey.Public(), ca)},
		certified{ecKey, issue(t, "ec", false, by, ecKey.Public(), ca)},
		certified{edKey, issue(t, "ed", false, by, edPublic, ca)}
}

func TestKeysOfEveryKind(t *testing.T) {
	t.Parallel()
	rsaOwn, ecOwn, edOwn := kindsOfKeys(t)
	m := newMaterial(t)
	pkcs1 := x509.MarshalPKCS1PrivateKey(rsaOwn.key.(*rsa.PrivateKey))
	sec1, err := x509.MarshalECPrivateKey(ecOwn.key.(*ecdsa.PrivateKey))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		data []byte
		own  *x509.Certificate
	}{
		"RSA, PKCS #1":           {block("RSA PRIVATE KEY", pkcs1), rsaOwn.certificate},
		"RSA, PKCS #8":           {block("PRIVATE KEY", pkcs8(t, rsaOwn.key)), rsaOwn.certificate},
		"RSA, the other's label": {block("RSA PRIVATE KEY", pkcs8(t, rsaOwn.key)), rsaOwn.certificate},
		"RSA, DER":               {pkcs1, rsaOwn.certificate},
		"EC, SEC 1":              {block("EC PRIVATE KEY", sec1), ecOwn.certificate},
		"EC with parameters":     {slices.Concat(block("EC PARAMETERS", []byte("x")), block("EC PRIVATE KEY", sec1)), ecOwn.certificate},
		"EC, PKCS #8":            {block("PRIVATE KEY", pkcs8(t, ecOwn.key)), ecOwn.certificate},
		"EC, DER":                {sec1, ecOwn.certificate},
		"Ed25519":                {block("PRIVATE KEY", pkcs8(t, edOwn.key)), edOwn.certificate},
		"Base64":                 {wrapped(pkcs8(t, ecOwn.key), 76, "\r\n"), ecOwn.certificate},
		"behind a mark":          {slices.Concat([]byte("\ufeff"), block("EC PRIVATE KEY", sec1)), ecOwn.certificate},
		"UTF-16":                 {utf16Of(block("EC PRIVATE KEY", sec1), true, false), ecOwn.certificate},
		"CR alone":               {replaced(block("PRIVATE KEY", pkcs8(t, edOwn.key)), "\n", "\r"), edOwn.certificate},
		"behind its certificate": {slices.Concat(block("CERTIFICATE", edOwn.certificate.Raw), block("PRIVATE KEY", pkcs8(t, edOwn.key))), edOwn.certificate},
		"a PFX":                  {m.pfx(t, pkcs12.Modern, "secret"), m.leaf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := file.ParseKeys(test.data, "secret")
			require.NoError(t, err)
			require.Len(t, keys, 1)
			assert.Empty(t, keys[0].Problem)
			assert.NotNil(t, keys[0].Private())
			for _, certificate := range []*x509.Certificate{rsaOwn.certificate, ecOwn.certificate, edOwn.certificate, m.leaf} {
				assert.Equal(t, certificate == test.own, keys[0].Belongs(certificate))
			}
		})
	}
}

// TestAKeyThatCannotBeReadIsOneAllTheSame: it has a reason, and belongs to nothing.
func TestAKeyThatCannotBeReadIsOneAllTheSame(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	//lint:ignore SA1019 it is what old programs write
	old, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", derOf(t, m.keyPEM(t)), []byte("secret"), x509.PEMCipherAES256)
	require.NoError(t, err)
	oldText := pem.EncodeToMemory(old)
	// EncryptedPrivateKeyInfo: PBES2 without its parameters, and octets.
	sealed := []byte{0x30, 0x11, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d, 0x04, 0x02, 1, 2}
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"encrypted, PKCS #8":        {block("ENCRYPTED PRIVATE KEY", sealed), "protected by a passphrase"},
		"encrypted, another label":  {block("PRIVATE KEY", sealed), "protected by a passphrase"},
		"encrypted, DER":            {sealed, "protected by a passphrase"},
		"encrypted, Base64":         {wrapped(sealed, 64, "\n"), "protected by a passphrase"},
		"encrypted, of old":         {oldText, "protected by a passphrase"},
		"encrypted, of old, CRLF":   {replaced(oldText, "\n", "\r\n"), "protected by a passphrase"},
		"encrypted, its blank lost": {replaced(oldText, "\n\n", "\n"), "protected by a passphrase"},
		"OpenSSH":                   {block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), "OpenSSH"},
		"cut":                       {m.keyPEM(t)[:90], "not a complete PEM block"},
		"of another kind":           {block("PRIVATE KEY", pkcs8(t, exchange)), "neither RSA, nor EC on a NIST curve, nor Ed25519"},
		"damaged":                   {block("EC PRIVATE KEY", []byte("\x30\x03\x02\x01\x01")), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := file.ParseKeys(test.data, "")
			require.NoError(t, err)
			require.Len(t, keys, 1)
			assert.Contains(t, keys[0].Problem, test.says)
			assert.Nil(t, keys[0].Private())
			assert.False(t, keys[0].Belongs(m.leaf))
		})
	}
}

func TestAFileWithoutAKey(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	for says, data := range map[string][]byte{
		"there is no private key in the file, only certificates":                m.pem(),
		"there is no private key in the file, only a public key":                block("PUBLIC KEY", m.publicKey(t)),
		"there is no private key in the file, only a certificate request (CSR)": m.request(t),
		"the file is an SSH key":   []byte("ssh-rsa AAAA x@y\n"),
		"the file is an HTML page": []byte("<html>"),
	} {
		_, err := file.ParseKeys(data, "")
		require.EqualError(t, err, says)
		var misfit *file.Misfit
		require.ErrorAs(t, err, &misfit)
		assert.NotEmpty(t, misfit.Advice)
	}
}

// TestAKeyIsNeverPrinted, by whatever verb and from within whatever.
func TestAKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	m := newMaterial(t)
	read, err := file.Parse(slices.Concat(m.pem(), m.keyPEM(t)), "")
	require.NoError(t, err)
	raw, err := m.key.Bytes()
	require.NoError(t, err)
	secret := new(big.Int).SetBytes(raw).String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		assert.NotContains(t, fmt.Sprintf(verb, read.Keys), secret)
		assert.Contains(t, fmt.Sprintf(verb, read.Keys), "private key")
	}
	text := base64Line(m.keyPEM(t))
	for _, broken := range [][]byte{
		append([]byte("-----BEGIN "), text...), []byte("-----BEGIN PRIVATE KEY" + text + "-----"),
		[]byte("-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n"), []byte(text[:40] + "!" + text[40:]),
	} {
		_, err := file.Parse(broken, "")
		require.Error(t, err)
		_, keyErr := file.ParseKeys(broken, "")
		assert.NotContains(t, fmt.Sprint(err, keyErr), text[20:40])
	}
}

func base64Line(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[1:len(lines)-1], "")
}
