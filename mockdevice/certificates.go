package mockdevice

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

var (
	validFrom = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	validTo   = time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)
)

// SelfMadeRoot returns a self-signed CA certificate (DER) with this common name, valid from 2020 to
// 2045. The same name gives the same bytes in every process, so a test can rely on the fingerprint.
func SelfMadeRoot(commonName string) []byte {
	key := derivedKey(commonName)
	template := authorityTemplate(commonName)
	return sign(template, template, key, key)
}

// makeLeaf returns a device certificate signed by a CA of this package, and its key.
func makeLeaf(name string) ([]byte, *rsa.PrivateKey) {
	const issuer = "Mock Issuing CA"
	key := leafKey()
	return sign(leafTemplate(name), parsed(SelfMadeRoot(issuer)), key, derivedKey(issuer)), key
}

// makeSelfSigned returns a certificate as a device makes it. Its random key makes the fingerprint unique.
func makeSelfSigned(name string) ([]byte, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system's random source never fails
	}
	template := leafTemplate(name)
	template.DNSNames = nil
	return sign(template, template, key, key), key
}

func leafTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serialOf(name), Subject: subject(name), DNSNames: []string{name},
		NotBefore: validFrom, NotAfter: validTo,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// sign passes no random source: ECDSA signatures are then deterministic (RFC 6979), and RSA's need none.
func sign(template, parent *x509.Certificate, key, signer crypto.Signer) []byte {
	der, err := x509.CreateCertificate(nil, template, parent, key.Public(), signer)
	if err != nil {
		panic(err) // the templates are constants except for the name
	}
	return der
}

func authorityTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serialOf(name), Subject: subject(name), NotBefore: validFrom, NotAfter: validTo,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func parsed(der []byte) *x509.Certificate {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err) // our own certificate
	}
	return certificate
}

func derivedKey(name string) *ecdsa.PrivateKey {
	scalar := sha256.Sum256([]byte("mockdevice key " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		panic(err) // out of range with a probability of 2^-32 for a new name
	}
	return key
}

func serialOf(name string) *big.Int {
	sum := sha256.Sum256([]byte("mockdevice serial " + name))
	sum[0] &= 0x7f
	return new(big.Int).SetBytes(sum[:16])
}

func subject(commonName string) pkix.Name {
	return pkix.Name{CommonName: commonName, Organization: []string{"Mock"}, Country: []string{"AQ"}}
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// x509Outline is what a device checks before it accepts a certificate file, which is less than crypto/x509 does.
type x509Outline struct {
	TBS       asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// decodeCertificates reads an upload's PEM blocks. Text around them is allowed; any other block spoils the file.
func decodeCertificates(file []byte) ([][]byte, error) {
	var certificates [][]byte
	begun := bytes.Count(file, []byte("-----BEGIN "))
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("PEM block %q is not a certificate", block.Type)
		}
		var outline x509Outline
		if tail, err := asn1.Unmarshal(block.Bytes, &outline); err != nil || len(tail) > 0 {
			return nil, errors.New("PEM block does not hold an X.509 certificate")
		}
		certificates = append(certificates, block.Bytes)
		file = rest
	}
	if len(certificates) == 0 || len(certificates) != begun {
		return nil, errors.New("file holds no PEM certificate, or a broken one")
	}
	return certificates, nil
}

// asDER reads one entry of a model, DER or PEM.
func asDER(entry []byte) [][]byte {
	var certificates [][]byte
	for rest := entry; ; {
		block, tail := pem.Decode(rest)
		if block == nil {
			break
		}
		certificates, rest = append(certificates, block.Bytes), tail
	}
	if certificates == nil && len(entry) > 0 {
		certificates = [][]byte{entry}
	}
	return certificates
}
