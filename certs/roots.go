package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"sync"
)

// RootSetDate is when the roots were last compared with their sources; in plans and "acfix version".
const RootSetDate = "2026-11-22"

// sourceEGroup published the list of roots with serial numbers and SHA-1 thumbprints.
const sourceEGroup = "eGroup, \"Certificates for mTLS Authentication on Teams Direct Routing AudioCodes SBCs\" " +
	"(AudioCodes note MC1213773), table \"Checking for the Required Root Chains\""

//go:embed roots/*.pem
var pemFiles embed.FS

// Root is a trusted root that Microsoft requires on the SBC. Serial, SHA1 and SHA256 are lower-case
// hex without separators, as published; a test compares each field with the embedded certificate.
type Root struct {
	Name   string // the certificate's common name
	Serial string
	SHA1   string
	SHA256 string // of the DER; the root's only identity
	Why    string // what Teams uses the root for
	Source string // where the facts were published

	file string
}

// required is the table of roots, in the order of Microsoft's list.
var required = []Root{
	{
		Name: "DigiCert Global Root CA", Serial: "083be056904246b1a1756ac95991c74a",
		SHA1:   "a8985d3a65e5e5c4b2d7d66d40c6dd2fb19c5436",
		SHA256: "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161",
		Why:    "older Microsoft chains; browsers dropped it in April 2026, so a refreshed CA bundle may lack it",
		Source: sourceEGroup, file: "digicert-global-root-ca.pem",
	},
	{
		Name: "DigiCert Global Root G2", Serial: "033af1e6a711a9a0bb2864b11d09fae5",
		SHA1:   "df3c24f9bfd666761b268073fe06d1cc8d4f82a4",
		SHA256: "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
		Why:    "root of Direct Routing since October 2023",
		Source: sourceEGroup, file: "digicert-global-root-g2.pem",
	},
	{
		Name: "DigiCert Global Root G3", Serial: "055556bcf25ea43535c3a40fd5ab4572",
		SHA1:   "7e04de896a3e666d00e687d33ffad93be83d349e",
		SHA256: "31ad6648f8104138c738f39ea4320133393e3a18cc02296ef97c2ac9ef6731d0",
		Why:    "elliptic-curve counterpart of Global Root G2",
		Source: sourceEGroup, file: "digicert-global-root-g3.pem",
	},
	{
		Name: "DigiCert TLS ECC P384 Root G5", Serial: "09e09365acf7d9c8b93e1c0b042a2ef3",
		SHA1:   "17f3de5e9f0f19e98ef61f32266e20c407ae30ee",
		SHA256: "018e13f0772532cf809bd1b17281867283fc48c6e13be9c69812854a490c1b05",
		Why:    "chains that Teams presents from March 2026 on",
		Source: sourceEGroup, file: "digicert-tls-ecc-p384-root-g5.pem",
	},
	{
		Name: "DigiCert TLS RSA4096 Root G5", Serial: "08f9b478a8fa7eda6a333789de7ccf8a",
		SHA1:   "a78849dc5d7c758c8cde399856b3aad0b2a57135",
		SHA256: "371a00dc0533b3721a7eeb40e8419e70799d2b0a0f2c1d80693165f7cec4ad75",
		Why:    "chains that Teams presents from March 2026 on",
		Source: sourceEGroup, file: "digicert-tls-rsa4096-root-g5.pem",
	},
	{
		Name: "Microsoft ECC Root Certificate Authority 2017", Serial: "66f23daf87de8bb14aea0c573101c2ec",
		SHA1:   "999a64c37ff47d9fab95f14769891460eec4c3c5",
		SHA256: "358df39d764af9e1b766e9c972df352ee15cfac227af6ad1d70e8e4a6edcba02",
		Why:    "Microsoft's own elliptic-curve chains",
		Source: sourceEGroup, file: "microsoft-ecc-root-2017.pem",
	},
	{
		Name: "Microsoft RSA Root Certificate Authority 2017", Serial: "1ed397095fd8b4b347701eaabe7f45b3",
		SHA1:   "73a5e64a3bff8316ff0edccc618a906e4eae4d74",
		SHA256: "c741f70f4b2a8d88bf2e71c14122ef53ef10eba0cfa5e64cfa20f418853073e0",
		Why:    "Microsoft's own RSA chains",
		Source: sourceEGroup, file: "microsoft-rsa-root-2017.pem",
	},
}

// Required returns the required roots in the order of Microsoft's list.
func Required() []Root { return append([]Root(nil), required...) }

// Find returns the required root with that SHA-256, in lower-case hex.
// docs/design/certs.md: A root is its SHA-256
func Find(fingerprint string) (Root, bool) {
	i := slices.IndexFunc(required, func(root Root) bool { return root.SHA256 == fingerprint })
	if i < 0 {
		return Root{}, false
	}
	return required[i], true
}

// PEM returns the root as one PEM block with LF line ends and no other text, the form that the device's import
// accepts (REST API for Mediant Devices, LTRT-41761, "Trusted Root Certificates": base64 PEM, one certificate).
func (r Root) PEM() []byte {
	data, err := pemFiles.ReadFile("roots/" + r.file)
	if err != nil {
		panic(fmt.Sprintf("certs: root %q has no embedded file: %v", r.Name, err))
	}
	return bytes.Clone(data)
}

// FileName returns a name for the root's PEM file.
func (r Root) FileName() string { return r.file }

// Certificate returns the parsed root. The certificate is shared: do not change it.
func (r Root) Certificate() *x509.Certificate { return parsedRoots()[r.SHA256] }

var parsedRoots = sync.OnceValue(func() map[string]*x509.Certificate {
	parsed := make(map[string]*x509.Certificate, len(required))
	for _, root := range required {
		block, _ := pem.Decode(root.PEM())
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			panic(fmt.Sprintf("certs: embedded root %q: %v", root.Name, err))
		}
		parsed[root.SHA256] = certificate
	}
	return parsed
})

// rootSubjects are the roots' canonical names by their SHA-256: each plan asks for all of them.
var rootSubjects = sync.OnceValue(func() map[string]string {
	subjects := make(map[string]string, len(required))
	for fingerprint, certificate := range parsedRoots() {
		subjects[fingerprint] = CanonicalName(certificate.RawSubject)
	}
	return subjects
})

// Fingerprint returns the SHA-256 of a DER certificate in lower-case hex: a root's identity in all acfix documents.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
