package check_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const days = 24 * time.Hour

// authority is a CA that signs whatever a test wants.
type authority struct {
	certificate *x509.Certificate
	key         any
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

var rsaSigner = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// rsaPublic is a public key of that length without a known private key.
func rsaPublic(bits int) *rsa.PublicKey {
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: modulus.Add(modulus, big.NewInt(1)), E: 65537}
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: today.AddDate(-5, 0, 0), NotAfter: today.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

func newRoot(t testing.TB, name string) authority {
	t.Helper()
	key := ecKey(t, elliptic.P256())
	template := caTemplate(name)
	return authority{create(t, template, template, key.Public(), key), key}
}

func (a authority) sub(t testing.TB, template *x509.Certificate) authority {
	t.Helper()
	key := ecKey(t, elliptic.P256())
	return authority{a.sign(t, template, key.Public()), key}
}

func (a authority) sign(t testing.TB, template *x509.Certificate, public any) *x509.Certificate {
	t.Helper()
	return create(t, template, a.certificate, public, a.key)
}

func create(t testing.TB, template, parent *x509.Certificate, public, signer any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// scene is a certificate with its chain and what it is judged against; rows of the tables
// change one thing of it.
type scene struct {
	root, intermediate authority
	leaf               *x509.Certificate // template
	public             any
	signer             authority
	others             []*x509.Certificate
	order              []*x509.Certificate                                   // of the file; nil in it stands for the leaf
	finish             func(testing.TB, *x509.Certificate) *x509.Certificate // writes the leaf anew; nil for as it is
	format             string
	unread             []string
	serial             *big.Int // instead of the template's; x509.CreateCertificate makes none that is wrong
	trusted            []*x509.Certificate
	options            check.Circumstances
}

// good is a scene in which a profile finds nothing to complain about.
func good(t testing.TB, profile string) *scene {
	t.Helper()
	s := &scene{root: newRoot(t, "Public Root"), public: rsaPublic(2048), format: "PEM"}
	s.intermediate = s.root.sub(t, caTemplate("Public Intermediate"))
	s.signer = s.intermediate
	s.others = []*x509.Certificate{s.intermediate.certificate}
	s.leaf = &x509.Certificate{
		SerialNumber: big.NewInt(8), Subject: pkix.Name{CommonName: "px.example.com"},
		DNSNames:  []string{"px.example.com", "px01.example.com", "px02.example.com", "example.com"},
		NotBefore: today.AddDate(0, 0, -100), NotAfter: today.AddDate(0, 0, 200),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if profile == check.PexipConnector {
		s.format = "PFX"
	}
	s.options = check.Circumstances{
		Name: "px.example.com", Nodes: []string{"px01.example.com", "px02.example.com"}, Federation: []string{"example.com"},
		Now: today, WarnWithin: 30 * days, Addresses: []check.Address{},
	}
	s.trust(s.root)
	return s
}

// trust makes these the trusted roots, and no others.
func (s *scene) trust(roots ...authority) {
	s.trusted = nil
	for _, root := range roots {
		s.trusted = append(s.trusted, root.certificate)
	}
	s.options.Trust, _ = certs.NewAnchors("the roots of the test", s.trusted, nil)
}

func (s *scene) subject(t testing.TB) check.Subject {
	t.Helper()
	if s.signer.certificate == nil { // by itself
		signer, err := rsaSigner()
		require.NoError(t, err)
		leaf := create(t, s.leaf, s.leaf, signer.Public(), signer)
		s.trust(s.root, authority{certificate: leaf})
		return check.Subject{Leaf: leaf, Format: s.format}
	}
	subject := check.Subject{Leaf: s.signer.sign(t, s.leaf, s.public), Others: s.others, Format: s.format, Unread: s.unread}
	if s.serial != nil {
		subject.Leaf.SerialNumber = s.serial
	}
	if s.finish != nil {
		subject.Leaf = s.finish(t, subject.Leaf)
	}
	if s.order != nil {
		subject.Order = s.order
		if i := slices.Index(s.order, nil); i >= 0 {
			subject.Order = slices.Replace(slices.Clone(s.order), i, i+1, subject.Leaf)
		}
	}
	return subject
}

func examine(t testing.TB, profile string, s *scene) check.Report {
	t.Helper()
	found, ok := check.Find(profile)
	require.True(t, ok, profile)
	return check.Examine(found, s.subject(t), s.options)
}

// odd are the checks that did not pass, with their results.
func odd(report check.Report) map[string]check.Result {
	results := map[string]check.Result{}
	for _, row := range report.Checks {
		if row.Result != check.Pass {
			results[row.ID] = row.Result
		}
	}
	return results
}
