package main

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sbcName = "sbc01.contoso.example" // as the presets' Local Host Name has it

// deskWith is a testApp whose device has a certificate of the test PKI in TLS Context 1, its
// chain among the trusted roots.
func deskWith(t *testing.T, host string, change func(*x509.Certificate), roots ...[]byte) *testApp {
	t.Helper()
	p, err := thePKI()
	require.NoError(t, err)
	leaf, err := p.leaf(host, change)
	require.NoError(t, err)
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Contexts[1].Certificate, model.Contexts[1].Key = leaf.Raw, nil
	model.Contexts[1].Roots = append(model.Contexts[1].Roots, roots...)
	return newTestAppFor(t, model, "")
}

// ofPlan are the codes of a plan's findings that speak of the SBC's own certificate.
func ofPlan(t *testing.T, d *testApp, arguments ...string) []string {
	t.Helper()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run(append([]string{"plan", "-o", "json"}, arguments...)...), d.stderr.String())
	device := decode(t, d.stdout.String())["devices"].([]any)[0].(map[string]any)
	assert.Equal(t, "change", device["verdict"], "the certificate decides nothing")
	assert.Len(t, device["steps"], 5)
	codes := []string{}
	for _, entry := range device["findings"].([]any) {
		found := entry.(map[string]any)
		if code := found["code"].(string); strings.HasPrefix(code, "certificate_") {
			assert.NotEqual(t, "error", found["level"])
			codes = append(codes, code)
		}
	}
	return codes
}

func TestAPlanSaysWhatTeamsWouldRefuseAboutTheCertificate(t *testing.T) {
	t.Parallel()
	p, err := thePKI()
	require.NoError(t, err)
	chain := [][]byte{p.intermediate.Raw, p.root.Raw}
	for name, test := range map[string]struct {
		host   string
		change func(*x509.Certificate)
		roots  [][]byte
		want   []string
	}{
		"nothing":             {sbcName, asItIsSigned, chain, []string{}},
		"by a wildcard":       {"*.contoso.example", asItIsSigned, chain, []string{}},
		"lacks serverAuth":    {sbcName, clientOnly, chain, []string{"certificate_no_server_auth"}},
		"expires in ten days": {sbcName, inTenDays, chain, []string{"certificate_expires_soon"}},
		"expired":             {sbcName, func(c *x509.Certificate) { c.NotAfter = c.NotBefore.AddDate(0, 0, 1) }, chain, []string{"certificate_not_valid"}},
		"names another host":  {"sbc02.contoso.example", asItIsSigned, chain, []string{"certificate_other_name"}},
		"no intermediate":     {sbcName, asItIsSigned, nil, []string{"certificate_chain_incomplete"}},
		"no root is needed":   {sbcName, asItIsSigned, chain[:1], []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, ofPlan(t, deskWith(t, test.host, test.change, test.roots...)))
		})
	}
}

func TestAHostNameThatIsNotConfiguredIsNotCompared(t *testing.T) {
	t.Parallel()
	p, err := thePKI()
	require.NoError(t, err)
	for _, name := range []string{"", "192.0.2.4", "sbc"} {
		d := deskWith(t, "sbc02.contoso.example", asItIsSigned, p.intermediate.Raw)
		d.device.SetCell("IPGroup", 1, "ContactName", name)
		assert.Empty(t, ofPlan(t, d, "--save-unsaved"), name)
	}
}

func TestASelfSignedCertificateIsFound(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Contexts[1].Certificate = mockdevice.SelfMadeRoot(sbcName)
	assert.Equal(t, []string{"certificate_no_server_auth", "certificate_self_signed"}, ofPlan(t, newTestAppFor(t, model, "")))
}

// TestACertificateThatIsRefusedIsNoError: it stays unknown, whatever the device says.
func TestACertificateThatIsRefusedIsNoError(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"status=404", "status=403", "status=400", "status=409", "html", "garbage", "drop", "hang"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			d := deskWith(t, sbcName, asItIsSigned)
			faulty(t, "GET /files/tls/1/certificate "+answer)(d.device)
			assert.Equal(t, []string{"certificate_unread"}, ofPlan(t, d, "--timeout", "300ms"))
		})
	}
}

func TestNoCertCheckSavesARequest(t *testing.T) {
	t.Parallel()
	d := deskWith(t, "other.example", clientOnly)
	assert.Empty(t, ofPlan(t, d, "--no-cert-check"))
	assert.Equal(t, []string{"GET /status", "GET /files/ini", "GET /files/tls/1/trustedRoot"}, paths(d))
	ofPlan(t, d)
	assert.Equal(t, "GET /files/tls/1/certificate", paths(d)[6])
	assert.Len(t, paths(d), 7)
}

// TestNoCertCheckIsKeptWithARun, as it was asked for, and an inventory may ask for it.
func TestNoCertCheckIsKeptWithARun(t *testing.T) {
	t.Parallel()
	begun := planFlagsOf(t, "--no-cert-check")
	kept, err := json.Marshal(begun.order())
	require.NoError(t, err)
	resumed := planFlagsOf(t).order()
	require.NoError(t, json.Unmarshal(kept, &resumed))
	var own access.Setup
	resumed.Settings.Decide(&own)
	assert.True(t, own.NoCertCheck)
	planFlagsOf(t, "--no-cert-check=false").settings.Decide(&own)
	assert.False(t, own.NoCertCheck, "the command line wins")

	d := deskWith(t, "other.example", clientOnly)
	file := filepath.Join(t.TempDir(), "inventory.yaml")
	text := "devices:\n  - {name: ams-1, url: '" + d.target[0] + "', pin: '" + d.target[2] + "', no_cert_check: true}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	d.target = []string{"-i", file}
	assert.Empty(t, ofPlan(t, d))
	plan := filepath.Join(t.TempDir(), "plan.json")
	assert.NotEmpty(t, ofPlan(t, d, "--no-cert-check=false", "--out", plan))
	d.target = nil
	assert.Equal(t, exitUsage, d.run("apply", plan, "-i", file, "--no-cert-check", "--yes"))
	assert.Contains(t, d.stderr.String(), "--no-cert-check was decided when the plan was made")
}

func paths(d *testApp) []string {
	var list []string
	for _, request := range d.device.Requests() {
		list = append(list, request.Method+" "+strings.TrimPrefix(request.Path, "/api/v1"))
	}
	return list
}

// TestARenewedCertificateIsNoDrift: a saved plan is carried out all the same.
func TestARenewedCertificateIsNoDrift(t *testing.T) {
	t.Parallel()
	before, after := deskWith(t, sbcName, inTenDays), deskWith(t, sbcName, asItIsSigned)
	digest := func(d *testApp) any {
		require.Equal(t, exitDone, d.run("plan", "-o", "json", "--insecure"))
		return first(t, decode(t, d.stdout.String()), "devices", "digest")
	}
	before.target, after.target = before.target[:1], after.target[:1] // the pin is part of the digest
	assert.Equal(t, digest(before), digest(after))
}
