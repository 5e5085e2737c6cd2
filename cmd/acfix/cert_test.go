package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCertCheckOnADevice(t *testing.T) {
	t.Parallel()
	p, err := thePKI()
	require.NoError(t, err)
	trust := filepath.Join(t.TempDir(), "root.pem")
	require.NoError(t, os.WriteFile(trust, pemOf(p.root), 0o600))
	check := []string{"cert", "check", "", "--profile", "teams", "--fqdn", sbcName, "--trust", trust, "-o", "json"}
	run := func(d *testApp, more ...string) int {
		d.stdout.Reset()
		arguments := slices.Concat(check, d.target[1:], more)
		arguments[2] = d.target[0]
		return d.app.run(arguments)
	}

	d := deskWith(t, sbcName, asItIsSigned, p.intermediate.Raw)
	require.Equal(t, exitDone, run(d), d.stderr.String()+d.stdout.String())
	requireFits(t, "acfix.certcheck/v1", d.stdout.String())
	report := decode(t, d.stdout.String())
	assert.Equal(t, "pass", report["result"])
	assert.EqualValues(t, 1, report["context"])
	assert.Equal(t, d.target[0], report["from"])
	assert.Zero(t, d.device.Writes())

	d.device.SetCell("SIPInterface", 1, "TLSMutualAuthentication", "0")
	assert.Equal(t, exitDone, run(d), "mutual TLS does not matter here")
	assert.Equal(t, exitFailed, run(d, "--tls-context", "default"), "self-signed")
	assert.EqualValues(t, 0, decode(t, d.stdout.String())["context"])
	assert.Equal(t, exitUsage, run(d, "--tls-context", "7"))
	assert.Contains(t, d.stderr.String(), `there is no TLS Context "7"`)
	d.device.SetCell("ProxySet", 1, "TLSContextName", "default")
	assert.Equal(t, exitUsage, run(d), "one context for each direction")
	assert.Contains(t, d.stderr.String(), "--tls-context")
	assert.Equal(t, exitDone, run(d, "--tls-context", "1"))

	incomplete := deskWith(t, sbcName, asItIsSigned)
	assert.Equal(t, exitFailed, run(incomplete))
	assert.Equal(t, exitUsage, run(incomplete, "--no-such-flag"))

	forbidden := deskWith(t, sbcName, asItIsSigned)
	faulty(t, "GET /files/tls/1/certificate status=403")(forbidden.device)
	assert.Equal(t, exitFailed, run(forbidden))
	assert.Empty(t, forbidden.stdout.String(), "no document without a certificate")
	assert.Contains(t, forbidden.stderr.String(), "[forbidden]")
	assert.Contains(t, forbidden.stderr.String(), "hint:")
}

// TestOnlineAsksTheAddressesOfTheIntermediates, and without it nothing goes out.
func TestOnlineAsksTheAddressesOfTheIntermediates(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "https://crt.example.com/ca.crt", http.StatusMovedPermanently)
	}))
	t.Cleanup(server.Close)
	p, err := thePKI()
	require.NoError(t, err)
	template := caTemplate("Redirecting Intermediate")
	template.IssuingCertificateURL = []string{server.URL}
	own := *p
	own.intermediate, err = signed(template, p.root, p.intermediateKey.Public(), p.rootKey)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, own.files(folder, "px.example.com"))

	check := []string{"cert", "check", filepath.Join(folder, "chain.pem"), "--profile", "pexip-node", "--fqdn", "px.example.com",
		"--node", "px.example.com", "--trust", filepath.Join(folder, "root.pem")}
	d := newTestApp(t, "7.4.500", "")
	assert.Equal(t, exitDone, d.app.run(check), d.stdout.String())
	assert.Contains(t, d.stdout.String(), "unknown  aia_redirect")
	assert.Zero(t, asked)
	assert.Equal(t, exitFailed, d.app.run(append(check, "--online")))
	assert.Equal(t, 1, asked)
	assert.Contains(t, d.stdout.String(), "redirects to https://crt.example.com/ca.crt")
	assert.Empty(t, d.device.Requests(), "and no device")
}

func TestCertificateDocumentsFitTheirSchemas(t *testing.T) {
	t.Parallel()
	p, err := thePKI()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, p.files(folder, "px.example.com"))
	d := newTestApp(t, "7.4.500", "")
	for _, profile := range profileNames() {
		for _, file := range []string{"client.pem", "chain.pem", "leaf.der"} {
			d.stdout.Reset()
			d.app.run([]string{"cert", "check", filepath.Join(folder, file), "--profile", profile, "--fqdn", "px.example.com", "-o", "json", "--trust", filepath.Join(folder, "root.pem")})
			requireFits(t, "acfix.certcheck/v1", d.stdout.String())
			assert.Subset(t, keys(decode(t, d.stdout.String())), []string{"profile", "subject", "checks", "result"})
			assert.Subset(t, keys(first(t, decode(t, d.stdout.String()), "checks")), []string{"id", "result", "message", "source"})
		}
	}
	failed := d.stdout.String()
	require.Contains(t, failed, `"result": "fail"`)
	last := strings.LastIndex(failed, `"result": "fail"`)
	assert.Error(t, fits(t, failed[:last]+`"result": "pass"`+failed[last+len(`"result": "fail"`):]), "no pass with a failed check")

	for _, file := range []string{"twins.pem", "broken.pem"} {
		d.stdout.Reset()
		assert.Equal(t, exitFailed, d.app.run([]string{"roots", "verify", filepath.Join(folder, file), "-o", "json"}))
		requireFits(t, "acfix.roots_verify/v1", d.stdout.String())
	}
}

// TestTheContractOfTheRootsList: the documented keys, each with a value.
func TestTheContractOfTheRootsList(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	require.Equal(t, exitDone, d.app.run([]string{"roots", "list", "-o", "json"}))
	list := decode(t, d.stdout.String())["roots"].([]any)
	require.Len(t, list, 7)
	for _, entry := range list {
		for _, key := range []string{"name", "serial", "sha1", "sha256", "not_after", "added_by_firmware"} {
			assert.NotEmpty(t, entry.(map[string]any)[key], key)
		}
	}
}

func TestAnExpiredRootIsInTheFileAllTheSame(t *testing.T) {
	t.Parallel()
	var text []byte
	for _, root := range certs.Required() {
		text = append(text, root.PEM()...)
	}
	found := verifyRoots("store.pem", certs.ParseStore(text), certs.Required()[0].Certificate().NotAfter.AddDate(0, 0, 1))
	assert.Equal(t, "expired", found.Roots[0].State)
	assert.Equal(t, "present", found.Roots[1].State)
	assert.Equal(t, "pass", found.Result)
	assert.Contains(t, found.text(), "0 of 7 roots are missing")
}
