package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/smallstep/pkcs7"
	"software.sslmate.com/src/go-pkcs12"
)

// pki is a public CA as tests need it: a root, an intermediate and what they sign.
type pki struct {
	root, intermediate       *x509.Certificate
	rootKey, intermediateKey *ecdsa.PrivateKey
	key                      *rsa.PrivateKey // of every leaf
}

// thePKI is made once: making keys is slow.
var thePKI = sync.OnceValues(func() (*pki, error) {
	p := &pki{}
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if p.rootKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if p.intermediateKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	root := caTemplate("Test Public Root")
	if p.root, err = signed(root, root, p.rootKey.Public(), p.rootKey); err != nil {
		return nil, err
	}
	p.intermediate, err = signed(caTemplate("Test Public Intermediate"), p.root, p.intermediateKey.Public(), p.rootKey)
	return p, err
})

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(9, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
}

func signed(template, parent *x509.Certificate, public, signer any) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// leaf is a good certificate for a host, with one thing changed.
func (p *pki) leaf(host string, change func(*x509.Certificate)) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().AddDate(0, -1, 0), NotAfter: time.Now().AddDate(0, 6, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	change(template)
	return signed(template, p.intermediate, p.key.Public(), p.intermediateKey)
}

func asItIsSigned(*x509.Certificate) {}

func clientOnly(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }

func inTenDays(c *x509.Certificate) { c.NotAfter = time.Now().Add(10*24*time.Hour + time.Hour) }

func pemOf(certificates ...*x509.Certificate) []byte {
	var text []byte
	for _, certificate := range certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return text
}

// files writes what a person could have at hand for a host.
func (p *pki) files(folder, host string) error {
	leaf, err := p.leaf(host, asItIsSigned)
	if err != nil {
		return err
	}
	client, err := p.leaf(host, clientOnly)
	if err != nil {
		return err
	}
	expired, err := p.leaf(host, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	if err != nil {
		return err
	}
	bundle, err := pkcs7.DegenerateCertificate(slices.Concat(p.intermediate.Raw, leaf.Raw))
	if err != nil {
		return err
	}
	pfx, err := pkcs12.Modern.Encode(p.key, leaf, []*x509.Certificate{p.intermediate}, "pfx-secret")
	if err != nil {
		return err
	}
	twins, err := p.twins()
	if err != nil {
		return err
	}
	g2 := certs.Required()[1].PEM()
	for name, content := range map[string][]byte{
		"root.pem": pemOf(p.root), "root.der": p.root.Raw, "chain.pem": pemOf(leaf, p.intermediate), "leaf.pem": pemOf(leaf),
		"leaf.der": leaf.Raw, "chain.p7b": bundle, "chain.pfx": pfx,
		"client.pem": pemOf(client, p.intermediate), "expired.pem": pemOf(expired, p.intermediate),
		"twins.pem": twins, "crlf.pem": bytes.ReplaceAll(slices.Concat(g2, g2), []byte("\n"), []byte("\r\n")),
		"broken.pem": append(bytes.Clone(g2), g2[:200]...),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// twins are a cross-signed twin of Global Root G2 and a namesake of Global Root G3.
func (p *pki) twins() ([]byte, error) {
	g2, g3 := certs.Required()[1].Certificate(), certs.Required()[2].Certificate()
	template := caTemplate("")
	template.RawSubject = g2.RawSubject
	twin, err := signed(template, p.root, g2.PublicKey, p.rootKey)
	if err != nil {
		return nil, err
	}
	template.RawSubject = g3.RawSubject
	namesake, err := signed(template, p.root, p.intermediateKey.Public(), p.rootKey)
	if err != nil {
		return nil, err
	}
	return pemOf(twin, namesake), nil
}
