package file

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Misfit is the error about a file of another kind than the one expected. It names the kind and says what to do.
type Misfit struct {
	What   string // with its article: "a certificate request (CSR)"
	Advice string // a hint, as an operator reads it

	kind error // what errors.Is finds
}

// Error says what the file is instead.
func (m *Misfit) Error() string {
	switch m.kind {
	case ErrUnknown:
		return "the file is " + m.What
	default:
		return fmt.Sprintf("%s, only %s", m.kind, m.What)
	}
}

// Unwrap returns the kind, for errors.Is.
func (m *Misfit) Unwrap() error { return m.kind }

// Advice returns what to do about a file that is something else; for every other error, otherwise.
func Advice(err error, otherwise string) string {
	var misfit *Misfit
	if errors.As(err, &misfit) {
		return misfit.Advice
	}
	return otherwise
}

// other is something that people mistake for a certificate, or keep beside one.
type other struct{ what, advice string }

func (o other) instead(of error) error { return &Misfit{What: o.what, Advice: o.advice, kind: of} }

var (
	privateKey = other{"a private key", "give the file of the certificate; the key is named separately"}
	request    = other{"a certificate request (CSR)",
		"send the request to the CA, and give the certificate that comes back"}
	publicKey  = other{"a public key", "give the certificate that the key was certified with"}
	revoked    = other{"a list of revoked certificates (CRL)", "give the certificate itself"}
	parameters = other{"parameters of a key", "give the certificate itself"}
	sshKey     = other{"an SSH key", "give an X.509 certificate; SSH keys have none"}
	pgp        = other{"a PGP message or key", "give an X.509 certificate, decrypted"}
	authorized = other{"an attribute certificate", "give the certificate of a key"}
	keyless    = other{
		"a PFX file that holds certificates and no private key",
		"write its certificates as PEM: openssl pkcs12 -in FILE -nokeys -out certificates.pem",
	}
)

// labels maps armour labels (RFC 7468; those of OpenSSL, OpenSSH and PGP) to what is not a
// certificate. Such blocks are ignored if the file also has certificates.
var labels = map[string]other{
	"CERTIFICATE REQUEST":     request,
	"NEW CERTIFICATE REQUEST": request,
	"PUBLIC KEY":              publicKey,
	"RSA PUBLIC KEY":          publicKey,
	"EC PUBLIC KEY":           publicKey,
	"DSA PUBLIC KEY":          publicKey,
	"X509 CRL":                revoked,
	"CRL":                     revoked,
	"ATTRIBUTE CERTIFICATE":   authorized,
	"SSH2 PUBLIC KEY":         sshKey,
	"PGP MESSAGE":             pgp,
	"PGP PUBLIC KEY BLOCK":    pgp,
	"PGP PRIVATE KEY BLOCK":   pgp,
	"PGP SIGNATURE":           pgp,
	"PGP SIGNED MESSAGE":      pgp,
}

// labelled returns what an armour label announces, unless that is a certificate or a private key.
func labelled(label string) (other, bool) {
	if strings.HasSuffix(label, " PARAMETERS") { // "EC PARAMETERS", "DH PARAMETERS"
		return parameters, true
	}
	found, ok := labels[label]
	return found, ok
}

var (
	keystore = other{
		"a Java keystore (JKS)",
		"convert it: keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12",
	}
	archive = other{"a compressed archive", "unpack it, and give the certificate in it"}
	page    = other{
		"an HTML page", "download the certificate itself: a login page or an error page was saved instead",
	}
	markup   = other{"XML or HTML text", "give the certificate itself, without what stands around it"}
	jsonText = other{"JSON text", "give the certificate itself, without what stands around it"}
	document = other{"a PDF document", "give the certificate itself"}
)

// magic recognises binary files by their first bytes.
var magic = []struct {
	bytes string
	other
}{
	{"\xfe\xed\xfe\xed", keystore}, {"\xce\xce\xce\xce", keystore}, // JKS, JCEKS
	{"PK\x03\x04", archive}, {"\x1f\x8b", archive}, {"7z\xbc\xaf", archive}, {"BZh", archive}, {"Rar!", archive},
	{"%PDF-", document},
}

const fiveHyphens = "copy the certificate anew, with five ASCII hyphens at either side of its first and last line"

// beginnings recognise unarmoured text by its beginning.
var beginnings = []struct {
	begin *regexp.Regexp
	other
}{
	{regexp.MustCompile(`(?is)^\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)`), page},
	{regexp.MustCompile(`^\s*<`), markup},
	{regexp.MustCompile(`^\s*[{\[]`), jsonText},
	{regexp.MustCompile(`^\s*(ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-|---- BEGIN SSH2|PuTTY-User-Key-File)`), sshKey},
	{regexp.MustCompile(`(?i)^\s*-+\s*BEGIN `), other{
		"text with damaged armour: certificates begin with -----BEGIN CERTIFICATE-----", fiveHyphens,
	}},
	{regexp.MustCompile(`^\s*[\x{2010}-\x{2015}]+\s*-*\s*BEGIN `), other{
		"text whose hyphens a word processor replaced", fiveHyphens,
	}},
}

// lookedAt limits how much of a text is matched with the beginnings.
const lookedAt = 512

func recognise(data []byte) (other, bool) {
	for _, row := range magic {
		if bytes.HasPrefix(data, []byte(row.bytes)) {
			return row.other, true
		}
	}
	head := data[:min(len(data), lookedAt)]
	for _, row := range beginnings {
		if row.begin.Match(head) {
			return row.other, true
		}
	}
	return other{}, false
}

// otherDER says what a DER sequence is if it is not a certificate.
func otherDER(der []byte) (other, bool) {
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		return request, true
	}
	if _, err := x509.ParsePKIXPublicKey(der); err == nil {
		return publicKey, true
	}
	if _, err := x509.ParseRevocationList(der); err == nil {
		return revoked, true
	}
	return other{}, false
}
