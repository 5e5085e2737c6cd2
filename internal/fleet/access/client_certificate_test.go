package access_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pairFiles writes certificates and keys of two clients, right and wrong in many ways.
func pairFiles(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	first, second := newPair(t), newPair(t)
	plain, err := x509.MarshalPKCS8PrivateKey(first.key)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	old := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("secret"),
	})
	for name, content := range map[string][]byte{
		"a.pem": block("CERTIFICATE", first.certificate), "a.key": block("PRIVATE KEY", plain),
		"a-in-one.pem": append(block("PRIVATE KEY", plain), block("CERTIFICATE", first.certificate)...),
		"b.pem":        block("CERTIFICATE", second.certificate),
		"b-then-a.pem": append(block("CERTIFICATE", second.certificate), block("CERTIFICATE", first.certificate)...),
		"rsa.key":      block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)),
		"pkcs8.key":    block("ENCRYPTED PRIVATE KEY", []byte("secret")), "old.key": old,
		"broken.key": block("PRIVATE KEY", []byte("secret")), "broken.pem": block("CERTIFICATE", []byte("secret")),
		"a.der": first.certificate, "empty": nil,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	return folder
}

type keyPair struct {
	key         crypto.Signer
	certificate []byte
}

func newPair(t *testing.T) keyPair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return keyPair{key, der}
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// withPair are flags with a client certificate; names gets what the key was asked for by.
func withPair(certificate, key string, names *[]string, given ...string) access.Flags {
	return typed(func(f *access.Flags) {
		f.ClientCert, f.ClientKey = certificate, key
		f.ReadKey = func(path, name string) ([]byte, error) {
			*names = append(*names, name)
			return os.ReadFile(path)
		}
	}, given...)
}

func TestAClientCertificateThatCanNotBeUsedEndsTheRun(t *testing.T) {
	t.Parallel()
	folder := pairFiles(t)
	for _, row := range []struct{ certificate, key, problem, hint string }{
		{"a.pem", "", "--client-cert is given without --client-key", "--client-key FILE"},
		{"", "a.key", "--client-key is given without --client-cert", "--client-cert FILE"},
		{"nowhere.pem", "a.key", "nowhere.pem can't be read: no such file", "--client-cert"},
		{"empty", "a.key", "there is no certificate in", "PEM"},
		{"a.der", "a.key", "there is no certificate in", "PEM"},
		{"a.key", "a.pem", "there is no certificate in", "PEM"},
		{"a.pem", "empty", "there is no private key in", "PEM"},
		{"a.pem", "b.pem", "there is no private key in", "PEM"},
		{"a.pem", "pkcs8.key", "is encrypted", "openssl pkey"},
		{"a.pem", "old.key", "is encrypted", "openssl pkey"},
		{"b.pem", "a.key", "does not belong to the certificate", "the key that the certificate was made for"},
		{"b-then-a.pem", "a.key", "does not belong to the certificate", "the client's own comes first"},
		{"a.pem", "rsa.key", "does not belong to the certificate", ""},
		{"a.pem", "broken.key", "can't be used with the key", "PEM"},
		{"broken.pem", "a.key", "can't be used with the key", "PEM"},
	} {
		inFolder := func(name string) string {
			if name == "" {
				return ""
			}
			return filepath.Join(folder, name)
		}
		var names []string
		_, err := resolve(t, withPair(inFolder(row.certificate), inFolder(row.key), &names, "client-cert", "client-key"), nil, unlisted)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, "%+v", row)
		assert.ErrorContains(t, err, row.problem)
		assert.Contains(t, wrong.Hint, row.hint)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestAClientCertificateIsOneDecision(t *testing.T) {
	t.Parallel()
	folder := pairFiles(t)
	text := "defaults: {username: acfix, client_cert: a.pem, client_key: a.key, legacy_ciphers: true}\ndevices:\n" +
		"  - {name: ams-1, url: \"https://192.0.2.10\"}\n  - {name: lon-1, url: \"https://192.0.2.20\", legacy_ciphers: false}\n"
	path := filepath.Join(folder, "sites.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	read, err := access.ReadInventory(path, ownership.For(os.Geteuid()))
	require.NoError(t, err)
	require.NoError(t, read.CheckTrust())

	var names []string
	devices, err := resolve(t, withPair("", "", &names), read, ams1, lon1)
	require.NoError(t, err)
	require.NotNil(t, devices[0].Trust.Client)
	assert.Same(t, devices[0].Trust.Client, devices[1].Trust.Client)
	assert.Equal(t, []string{"client_key"}, names, "read once, by the name of the key in the inventory")
	assert.True(t, devices[0].Trust.LegacyCiphers)
	assert.False(t, devices[1].Trust.LegacyCiphers)

	names = nil
	one := filepath.Join(folder, "a-in-one.pem")
	devices, err = resolve(t, withPair(one, one, &names, "client-cert", "client-key", "legacy-ciphers"), read, ams1)
	require.NoError(t, err)
	assert.NotNil(t, devices[0].Trust.Client)
	assert.Equal(t, []string{"--client-key"}, names)
	assert.False(t, devices[0].Trust.LegacyCiphers, "--legacy-ciphers=false")

	_, err = resolve(t, withPair(one, "", &names, "client-cert"), read, ams1)
	assert.ErrorContains(t, err, "without --client-key", "the inventory's key does not fill the gap")

	refused := withPair("", "", &names)
	refused.ReadKey = func(string, string) ([]byte, error) { return nil, errors.New("others can read it") }
	_, err = resolve(t, refused, read, ams1)
	assert.EqualError(t, err, "others can read it")
}

func TestAnInventorysClientCertificatesAreLookedAt(t *testing.T) {
	t.Parallel()
	err := roster(t, "devices: [{name: a, url: a.example, client_cert: nowhere.pem, client_key: nowhere.key}]\n").CheckTrust()
	assert.ErrorContains(t, err, "the client certificate")
	assert.ErrorContains(t, err, "nowhere.pem can't be read: no such file")
}
