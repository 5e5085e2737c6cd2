package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/require"
)

// today is a day on which all required roots are valid.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// authority is a CA that signs whatever a test wants.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key := newKey(t)
	template := template("Test CA", today.AddDate(10, 0, 0))
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate: certificate, key: key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func template(name string, notAfter time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(42), Subject: pkix.Name{CommonName: name},
		NotBefore: today.AddDate(-20, 0, 0), NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

// issue signs a certificate for a public key.
func (a authority) issue(t testing.TB, template *x509.Certificate, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	require.NoError(t, err)
	return der
}

// twin is a cross-signed certificate with the root's subject and key.
func (a authority) twin(t testing.TB, root certs.Root) []byte {
	t.Helper()
	return a.issue(t, subjectOf(root), root.Certificate().PublicKey)
}

// namesake has the root's subject and another key.
func (a authority) namesake(t testing.TB, root certs.Root) []byte {
	t.Helper()
	return a.issue(t, subjectOf(root), newKey(t).Public())
}

func subjectOf(root certs.Root) *x509.Certificate {
	template := template("", today.AddDate(10, 0, 0))
	template.RawSubject = root.Certificate().RawSubject
	return template
}

// pemOf is a store of these certificates.
func pemOf(ders ...[]byte) []byte {
	var store []byte
	for _, der := range ders {
		store = append(store, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return store
}
