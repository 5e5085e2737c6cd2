package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// mostRoots bounds the roots of a policy: the smallest documented store holds 20 certificates, the largest 150.
const mostRoots = 100

func (d *policyDecoder) roots(node *yaml.Node) {
	items := d.Items(node, "roots is a list")
	switch {
	case node.Kind != yaml.SequenceNode:
		return
	case len(items) == 0:
		d.Wrong(node, "a policy without a root requires nothing")
	case len(items) > mostRoots:
		d.Wrong(node, "there are more than %d roots, which no store has room for", mostRoots)
		return
	}
	for _, item := range items {
		root, ok := d.root(item)
		if !ok {
			continue
		}
		same := func(other Root) bool {
			return other.SHA256 == root.SHA256 || other.Name == root.Name || other.file == root.file
		}
		if i := slices.IndexFunc(d.policy.roots, same); i >= 0 {
			d.Wrong(item, "the root %q is already given, or another with this name: %s", root.Name, d.policy.roots[i].Name)
			continue
		}
		d.policy.roots = append(d.policy.roots, root)
	}
}

// rootFields are the keys of a root as they are written.
type rootFields struct {
	name, sha256, sha1, serial, why, source, exportAs string
	text                                              []byte // of pem or file
	at                                                *yaml.Node
}

var rootNames = []string{"name", "sha256", "sha1", "serial", "why", "source", "export_as", "pem", "file"}

func (d *policyDecoder) root(node *yaml.Node) (Root, bool) {
	var f rootFields
	texts := map[string]*string{
		"name": &f.name, "sha256": &f.sha256, "sha1": &f.sha1, "serial": &f.serial,
		"why": &f.why, "source": &f.source, "export_as": &f.exportAs,
	}
	before := d.Count()
	for key, value := range d.Entries(node, "a root is keys and values") {
		into, isText := texts[key.Value]
		switch {
		case isText:
			*into, _ = d.Text(value)
		case (key.Value == "pem" || key.Value == "file") && f.at != nil:
			d.Wrong(key, "a root has either pem or file")
		case key.Value == "pem":
			f.text, f.at = d.block(value), value
		case key.Value == "file":
			f.text, f.at = d.beside(value), value
		default:
			d.known(key, rootNames)
		}
	}
	if d.Count() > before || node.Kind != yaml.MappingNode {
		return Root{}, false
	}
	for name, value := range map[string]string{"name": f.name, "sha256": f.sha256} {
		if value == "" {
			d.Wrong(node, "the root has no %s", name)
		}
	}
	if f.at == nil {
		d.Wrong(node, "the root has no certificate: give it as pem, or name a file")
	}
	if d.Count() > before {
		return Root{}, false
	}
	root, problem := f.root(d.source.Now)
	if problem != "" {
		d.Wrong(f.at, "%s", problem)
		return Root{}, false
	}
	if root.Source == "" {
		root.Source = d.policy.Source
	}
	return root, true
}

// block reads a PEM block, the only text of several lines.
func (d *policyDecoder) block(value *yaml.Node) []byte {
	if !d.Plain(value) {
		return nil
	}
	if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!str" {
		d.Wrong(value, "a PEM block is wanted here")
		return nil
	}
	return []byte(value.Value)
}

// beside reads a file below the policy's folder.
func (d *policyDecoder) beside(value *yaml.Node) []byte {
	name, ok := d.Text(value)
	switch {
	case !ok:
		return nil
	case !fs.ValidPath(name) || strings.ContainsAny(name, `\:`):
		d.Wrong(value, "a file lies in the policy's folder or below: a relative path with /, without ..")
		return nil
	case d.source.Open == nil:
		d.Wrong(value, "this policy can't name files")
		return nil
	}
	text, err := d.source.Open(name)
	if err != nil {
		d.Wrong(value, "%s", err)
		return nil
	}
	return text
}

var fileName = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*\.pem$`)

// root makes the root from its fields, or says what is wrong.
func (f rootFields) root(now time.Time) (Root, string) {
	certificate, problem := onlyCertificate(f.text)
	if problem == "" {
		problem = unfitAnchor(certificate, now)
	}
	if problem != "" {
		return Root{}, problem
	}
	thumbprint := sha1.Sum(certificate.Raw)
	root := Root{
		Name: f.name, Serial: serialOf(certificate), SHA1: hex.EncodeToString(thumbprint[:]),
		SHA256: Fingerprint(certificate.Raw), Why: f.why, Source: f.source, file: f.exportAs,
		pem:         string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})),
		certificate: certificate, subject: CanonicalName(certificate.RawSubject),
	}
	if root.file == "" {
		root.file = slug(root.Name) + ".pem"
	}
	return root, f.differsFrom(root)
}

// differsFrom says in which fact the file and the certificate differ; "" for none.
func (f rootFields) differsFrom(root Root) string {
	common := root.certificate.Subject.CommonName
	switch {
	case plainHex(f.sha256) != root.SHA256:
		return fmt.Sprintf("the certificate has the SHA-256 %s, and the policy says %s", root.SHA256, f.sha256)
	case f.sha1 != "" && plainHex(f.sha1) != root.SHA1:
		return fmt.Sprintf("the certificate has the SHA-1 %s, and the policy says %s", root.SHA1, f.sha1)
	case f.serial != "" && strings.TrimLeft(plainHex(f.serial), "0") != strings.TrimLeft(root.Serial, "0"):
		return fmt.Sprintf("the certificate has the serial number %s, and the policy says %s", root.Serial, f.serial)
	case !strings.HasPrefix(root.Name, common):
		return fmt.Sprintf("the certificate is named %q, and the policy says %q", common, root.Name)
	case !fileName.MatchString(root.file) || len(root.file) > 2*longestName:
		return fmt.Sprintf("export_as is the name of a .pem file in small letters, not %q", root.file)
	}
	return ""
}

// plainHex drops the separators that people and browsers write into fingerprints.
func plainHex(text string) string {
	return strings.ToLower(strings.TrimPrefix(strings.NewReplacer(":", "", " ", "").Replace(text), "0x"))
}

func serialOf(certificate *x509.Certificate) string {
	return fmt.Sprintf("%032x", certificate.SerialNumber)
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a file name of a certificate's name.
func slug(name string) string {
	text := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if text == "" {
		return "root"
	}
	return text
}

// onlyCertificate reads a text that holds one certificate in PEM and nothing else.
func onlyCertificate(text []byte) (*x509.Certificate, string) {
	if bytes.Contains(text, []byte("PRIVATE KEY")) {
		return nil, "there is a private key in it, which must not leave its owner; a policy holds certificates alone"
	}
	text = bytes.TrimSpace(text)
	block, rest := pem.Decode(text)
	switch {
	case block == nil || !bytes.HasPrefix(text, pemBegin):
		return nil, "it holds no certificate in PEM, or other text before it"
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, "it holds more than one certificate; each root has an entry of its own"
	case block.Type != "CERTIFICATE" || len(block.Headers) > 0:
		return nil, fmt.Sprintf("it holds a %.40q, not a certificate", block.Type)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Sprintf("the certificate can't be read: %s", err)
	}
	return certificate, ""
}

// leastRSABits is the shortest RSA key of a root (CA/Browser Forum, Baseline Requirements, 6.1.5).
const leastRSABits = 2048

// unfitAnchor says why a certificate is no trusted root; "" if it may be one.
func unfitAnchor(certificate *x509.Certificate, now time.Time) string {
	var none *Memo
	switch {
	case !certificate.BasicConstraintsValid || !certificate.IsCA:
		return "the certificate is not that of a CA"
	case certificate.KeyUsage != 0 && certificate.KeyUsage&x509.KeyUsageCertSign == 0:
		return "the certificate's key may not sign certificates (key usage)"
	case !none.IsRoot(certificate):
		return "the certificate is not self-signed: it is an intermediate, not a root"
	case now.IsZero():
	case now.After(certificate.NotAfter):
		return "the certificate expired on " + certificate.NotAfter.Format(time.DateOnly)
	case now.Before(certificate.NotBefore):
		return "the certificate is not valid before " + certificate.NotBefore.Format(time.DateOnly)
	}
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < leastRSABits || bits > mostRSABits {
			return fmt.Sprintf("the certificate has an RSA key of %d bits", bits)
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 256 {
			return "the certificate has a key on the curve " + key.Curve.Params().Name
		}
	default:
		return "the certificate has a key that is neither RSA nor elliptic"
	}
	return ""
}
