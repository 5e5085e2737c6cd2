package main

import (
	"bytes"
	"crypto"

	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withHead signs a certificate again after version and serial number were changed, which
// x509.CreateCertificate makes in no wrong way.
func withHead(t *testing.T, certificate *x509.Certificate, signer crypto.Signer, version byte, serial int64) []byte {
	t.Helper()
	var parts struct{ TBS, Algorithm, Signature asn1.RawValue }
	_, err := asn1.Unmarshal(certificate.Raw, &parts)
	require.NoError(t, err)
	old, err := asn1.Marshal(certificate.SerialNumber)
	require.NoError(t, err)
	number, err := asn1.Marshal(big.NewInt(serial))
	require.NoError(t, err)
	head := []byte{0xa0, 3, 2, 1, 2}
	require.True(t, bytes.HasPrefix(parts.TBS.Bytes, slices.Concat(head, old)))
	head[4] = version
	parts.TBS = asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: slices.Concat(head, number, parts.TBS.Bytes[5+len(old):])}
	tbs, err := asn1.Marshal(parts.TBS)
	require.NoError(t, err)
	digest := sha256.Sum256(tbs)
	signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	require.NoError(t, err)
	parts.Signature = asn1.RawValue{Tag: asn1.TagBitString, Bytes: append([]byte{0}, signature...)}
	der, err := asn1.Marshal(parts)
	require.NoError(t, err)
	return der
}

func parsedCertificate(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// oddCertificates are those of the public CA of the tests, as a careless CA would make them.
type oddCertificates struct {
	*pki
	leaf, root, refused []byte // with negative serial numbers; of no version that there is
}

func newOddCertificates(t *testing.T) oddCertificates {
	t.Helper()
	p, err := thePKI()
	require.NoError(t, err)
	good, err := p.leaf(sbcName, asItIsSigned)
	require.NoError(t, err)
	return oddCertificates{
		pki: p, leaf: withHead(t, good, p.intermediateKey, 2, -17),
		root: withHead(t, p.root, p.rootKey, 2, -1), refused: withHead(t, good, p.intermediateKey, 9, 2),
	}
}

func pemBlocks(ders ...[]byte) []byte {
	var text []byte
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return text
}

// checksOf are the checks of a document that did not pass.
func checksOf(t *testing.T, document string) map[string]string {
	t.Helper()
	requireFits(t, "acfix.certcheck/v1", document)
	odd := map[string]string{}
	for _, entry := range decode(t, document)["checks"].([]any) {
		check := entry.(map[string]any)
		if check["result"] != "pass" {
			odd[check["id"].(string)] = check["result"].(string)
		}
	}
	return odd
}

// TestCertificatesThatBreakTheRulesAreChecks and not files that can't be read.
func TestCertificatesThatBreakTheRulesAreChecks(t *testing.T) {
	t.Parallel()
	odd := newOddCertificates(t)
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	good := parsedCertificate(t, odd.leaf)
	trust := file("root.pem", pemOf(odd.pki.root))
	for name, row := range map[string]struct {
		file, trust string
		code        int
		odd         map[string]string
		warning     string
	}{
		"a negative serial number": {
			file("negative.pem", pemOf(good, odd.intermediate)), trust, exitDone, map[string]string{"serial_number": "info"}, "",
		},
		"trust with a negative serial number": {
			file("both.pem", pemOf(good, odd.intermediate)), file("bundle.pem", pemBlocks(odd.root, odd.pki.root.Raw)),
			exitDone, map[string]string{"serial_number": "info"}, "",
		},
		"trust with one that can't be read": {
			file("third.pem", pemOf(good, odd.intermediate)), file("refused-bundle.pem", pemBlocks(odd.refused, odd.pki.root.Raw)),
			exitDone, map[string]string{"serial_number": "info"}, "block 1: holds no readable certificate: x509: invalid version; it is left out",
		},
		"one beside it that can't be read": {
			file("mixed.pem", pemBlocks(odd.leaf, odd.intermediate.Raw, odd.refused)), trust,
			exitFailed, map[string]string{"serial_number": "info", "readable": "fail"}, "",
		},
	} {
		d := newOperator(t, "")
		code := d.app.run([]string{"cert", "check", row.file, "--profile", "teams", "--fqdn", sbcName, "--trust", row.trust, "-o", "json"})
		require.Equal(t, row.code, code, "%s: %s%s", name, d.stdout.String(), d.stderr.String())
		assert.Equal(t, row.odd, checksOf(t, d.stdout.String()), name)
		assert.Contains(t, d.stderr.String(), row.warning)
	}
	for name, content := range map[string][]byte{"alone.pem": pemBlocks(odd.refused), "alone.der": odd.refused} {
		d := newOperator(t, "")
		require.Equal(t, exitFailed, d.app.run([]string{"cert", "check", file(name, content), "--profile", "teams", "--fqdn", sbcName, "--trust", trust, "-o", "json"}), d.stderr.String())
		found := checksOf(t, d.stdout.String())
		assert.Equal(t, "fail", found["readable"], name)
		assert.Equal(t, "unknown", found["fqdn"])
		d.stdout.Reset()
		require.Equal(t, exitFailed, d.app.run([]string{"roots", "verify", filepath.Join(folder, name), "-o", "json"}))
		assert.Contains(t, d.stdout.String(), "x509: invalid version")
	}
}

// TestRequiredRootsBesideOneThatCanNotBeRead: they are there all the same.
func TestRequiredRootsBesideOneThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	odd := newOddCertificates(t)
	text := pemBlocks(odd.refused, odd.root)
	for _, root := range certs.Required() {
		text = append(text, root.PEM()...)
	}
	path := filepath.Join(t.TempDir(), "bundle.pem")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	d := newOperator(t, "")
	assert.Equal(t, exitDone, d.app.run([]string{"roots", "verify", path, "-o", "json"}), d.stderr.String())
	assert.Len(t, decode(t, d.stdout.String())["problems"], 1)
}

// TestADeviceWithCertificatesThatBreakTheRules is planned and judged by what can be read.
func TestADeviceWithCertificatesThatBreakTheRules(t *testing.T) {
	t.Parallel()
	odd := newOddCertificates(t)
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Contexts[1].Certificate, model.Contexts[1].Key = odd.refused, nil
	model.Contexts[1].Roots = append(model.Contexts[1].Roots, odd.root, odd.refused)
	d := newTestAppFor(t, model, "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"), d.stderr.String())
	device := decode(t, d.stdout.String())["devices"].([]any)[0].(map[string]any)
	assert.Equal(t, "change", device["verdict"])
	assert.Contains(t, d.stdout.String(), `"unreadable_store"`)
	assert.Contains(t, d.stdout.String(), `"certificate_unread"`)
	assert.Contains(t, d.stdout.String(), "holds no readable certificate: x509: invalid version")
	assert.NotContains(t, d.stdout.String(), "serial number -1", "one that can be read is a root like any other")

	d.stdout.Reset()
	check := slices.Concat([]string{"cert", "check", d.target[0], "--profile", "teams", "--fqdn", sbcName, "-o", "json"}, d.target[1:])
	require.Equal(t, exitFailed, d.app.run(check), d.stderr.String())
	assert.Equal(t, "fail", checksOf(t, d.stdout.String())["readable"])

	d.stdout.Reset()
	require.Equal(t, exitDone, d.run("apply", "--yes", "-o", "json"), d.stdout.String())
	assert.Contains(t, d.stdout.String(), `"applied"`)
}
