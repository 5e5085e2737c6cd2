package certs

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// algorithms names those that crypto/x509 has no name for.
var algorithms = map[string]string{
	"1.2.840.113549.1.1.2":    "RSA with MD2",
	"1.2.840.113549.1.1.3":    "RSA with MD4",
	"1.2.840.113549.1.1.4":    "RSA with MD5",
	"1.2.840.113549.1.1.7":    "RSAES-OAEP",
	"1.2.840.113549.1.1.10":   "RSASSA-PSS",
	"1.2.840.113549.1.1.14":   "RSA with SHA-224",
	"1.2.840.113549.1.1.15":   "RSA with SHA-512/224",
	"1.2.840.113549.1.1.16":   "RSA with SHA-512/256",
	"1.2.840.10045.4.3.1":     "ECDSA with SHA-224",
	"1.2.840.10040.4.1":       "DSA",
	"1.2.840.10040.4.3":       "DSA with SHA-1",
	"2.16.840.1.101.3.4.3.1":  "DSA with SHA-224",
	"2.16.840.1.101.3.4.3.2":  "DSA with SHA-256",
	"2.16.840.1.101.3.4.3.9":  "ECDSA with SHA3-224",
	"2.16.840.1.101.3.4.3.10": "ECDSA with SHA3-256",
	"2.16.840.1.101.3.4.3.11": "ECDSA with SHA3-384",
	"2.16.840.1.101.3.4.3.12": "ECDSA with SHA3-512",
	"2.16.840.1.101.3.4.3.13": "RSA with SHA3-224",
	"2.16.840.1.101.3.4.3.14": "RSA with SHA3-256",
	"2.16.840.1.101.3.4.3.15": "RSA with SHA3-384",
	"2.16.840.1.101.3.4.3.16": "RSA with SHA3-512",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.112":             "Ed25519",
	"1.3.101.113":             "Ed448",
	"1.2.156.10197.1.501":     "SM2 with SM3",
	"1.2.643.7.1.1.1.1":       "GOST R 34.10-2012 with 256 bits",
	"1.2.643.7.1.1.1.2":       "GOST R 34.10-2012 with 512 bits",
}

// curves names those that crypto/x509 refuses.
var curves = map[string]string{
	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.132.0.33":          "P-224",
	"1.2.840.10045.3.1.7":   "P-256",
	"1.3.132.0.34":          "P-384",
	"1.3.132.0.35":          "P-521",
	"1.3.132.0.10":          "secp256k1",
	"1.3.36.3.3.2.8.1.1.1":  "brainpoolP160r1",
	"1.3.36.3.3.2.8.1.1.3":  "brainpoolP192r1",
	"1.3.36.3.3.2.8.1.1.5":  "brainpoolP224r1",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.9":  "brainpoolP320r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	"1.2.156.10197.1.301":   "SM2",
}

// hashes names those that an RSASSA-PSS signature can use (RFC 4055, 2.1).
var hashes = map[string]string{
	"1.3.14.3.2.26":          "SHA-1",
	"2.16.840.1.101.3.4.2.1": "SHA-256",
	"2.16.840.1.101.3.4.2.2": "SHA-384",
	"2.16.840.1.101.3.4.2.3": "SHA-512",
	"2.16.840.1.101.3.4.2.4": "SHA-224",
}

// SignatureName names the algorithm that a certificate is signed with, for people.
func SignatureName(certificate *x509.Certificate) string {
	if certificate.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		return certificate.SignatureAlgorithm.String()
	}
	outer, err := elements(certificate.Raw, asn1.TagSequence)
	var algorithm pkix.AlgorithmIdentifier
	if err != nil || len(outer) != 3 {
		return "an unreadable algorithm"
	}
	if _, err := asn1.Unmarshal(outer[1], &algorithm); err != nil {
		return "an unreadable algorithm"
	}
	name := named(algorithms, algorithm.Algorithm)
	if name == "RSASSA-PSS" {
		name += " with " + hashOf(algorithm)
	}
	return name
}

// hashOf names the hash in RSASSA-PSS parameters; SHA-1 is the default.
func hashOf(algorithm pkix.AlgorithmIdentifier) string {
	var parameters struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:0"`
		Mask pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:1"`
		Salt int                      `asn1:"explicit,optional,tag:2,default:20"`
		Tail int                      `asn1:"explicit,optional,tag:3,default:1"`
	}
	if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &parameters); err != nil {
		return "parameters that can't be read"
	}
	if parameters.Hash.Algorithm == nil {
		return "SHA-1"
	}
	return named(hashes, parameters.Hash.Algorithm)
}

func named(names map[string]string, id asn1.ObjectIdentifier) string {
	if name := names[id.String()]; name != "" {
		return name
	}
	return "algorithm " + id.String()
}

// Key describes a public key as far as it can be read.
type Key struct {
	Kind  string // "RSA", "EC", "RSASSA-PSS", "Ed25519", or another name of the algorithm
	Bits  int    // of an RSA or RSASSA-PSS key
	Curve string // of an EC key; "" if the curve is unnamed
}

// String names the kind of the key with its length or curve.
func (k Key) String() string {
	switch {
	case k.Bits > 0:
		return fmt.Sprintf("%s with %d bits", k.Kind, k.Bits)
	case k.Curve != "":
		return k.Kind + " on " + k.Curve
	case k.Kind == "EC":
		return "EC on a curve without a name"
	default:
		return k.Kind
	}
}

// KeyOf describes a certificate's public key, even one that crypto/x509 cannot read.
func KeyOf(certificate *x509.Certificate) Key {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return Key{Kind: "RSA", Bits: key.N.BitLen()}
	case *ecdsa.PublicKey:
		return Key{Kind: "EC", Curve: key.Curve.Params().Name}
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(certificate.RawSubjectPublicKeyInfo, &info); err != nil {
		return Key{Kind: "of an unreadable kind"}
	}
	switch id := info.Algorithm.Algorithm.String(); id {
	case "1.2.840.10045.2.1":
		return Key{Kind: "EC", Curve: curveOf(info.Algorithm)}
	case "1.2.840.113549.1.1.1":
		return Key{Kind: "RSA", Bits: modulusBits(info.Key)}
	case "1.2.840.113549.1.1.10":
		return Key{Kind: "RSASSA-PSS", Bits: modulusBits(info.Key)}
	default:
		return Key{Kind: named(algorithms, info.Algorithm.Algorithm)}
	}
}

func curveOf(algorithm pkix.AlgorithmIdentifier) string {
	var id asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &id); err != nil {
		return ""
	}
	return named(curves, id)
}

func modulusBits(key asn1.BitString) int {
	var rsa struct{ N, E *big.Int }
	if _, err := asn1.Unmarshal(key.RightAlign(), &rsa); err != nil {
		return 0
	}
	return rsa.N.BitLen()
}
