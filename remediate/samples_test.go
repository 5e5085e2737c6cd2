package remediate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRealConfigurations plans devices that run real INI files.
func TestRealConfigurations(t *testing.T) {
	for _, sample := range []struct {
		file     string
		verdict  remediate.Verdict
		findings []string
	}{
		{"teams-azure-single-tenant-7.2.ini", remediate.Blocked, []string{remediate.DefaultContext, remediate.BundleSwitchMissing}},
		{"mediant1000-7.00A.049.003.ini", remediate.NotApplicable, []string{remediate.NoTeamsLeg}},
		{"mp124-6.60A.349.001.ini", remediate.NotApplicable, []string{remediate.NoTeamsLeg}},
		{"mediant800b-7.00A.040.004-excerpt.ini", remediate.NotApplicable, []string{remediate.NoTeamsLeg}},
		{"gateway-7.4-early-excerpt.ini", remediate.NotApplicable, []string{remediate.NoTeamsLeg}},
	} {
		t.Run(sample.file, func(t *testing.T) {
			t.Parallel()
			plan := sampleRig(t, sample.file).plan(remediate.Choice{})
			require.Nil(t, plan.Error)
			assert.Equal(t, sample.verdict, plan.Verdict)
			assert.Equal(t, sample.findings, codes(plan.Findings))
			assert.Empty(t, plan.Steps)
		})
	}
}

// TestAPartialConfigurationIsNoWholeOne: a file for an incremental load has no TLS Contexts.
func TestAPartialConfigurationIsNoWholeOne(t *testing.T) {
	t.Parallel()
	plan := sampleRig(t, "sip-trunk-7.4-partial.ini").plan(remediate.Choice{})
	assert.Equal(t, remediate.Errored, plan.Verdict)
	require.NotNil(t, plan.Error)
	assert.Equal(t, remediate.CodeBadAnswer, plan.Error.Code)
}

// TestARealConfigurationWithATeamsLegIsPlanned: a dozen hidden parameters, hidden tables, LDAP servers and other legs
// with TLS do not block a device.
func TestARealConfigurationWithATeamsLegIsPlanned(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "mockdevice", "testdata", "mediant1000-7.00A.049.003.ini"))
	require.NoError(t, err)
	model, err := mockdevice.FromINI(text)
	require.NoError(t, err)
	r := newRig(t, model)
	withContext(1, "Teams")(r.device)
	r.device.AddRow("SIPInterface", 3, map[string]string{"InterfaceName": "Teams", "TLSPort": "5063", "TLSContext": "Teams", "TLSMutualAuthentication": "1"})
	r.device.AddRow("ProxySet", 4, map[string]string{"ProxyName": "Teams", "TLSContextName": "Teams", "SBCIPv4SIPInterfaceName": "Teams"})
	r.device.AddRow("ProxyIp", 20, map[string]string{"ProxySetId": "4", "IpAddress": "sip.pstnhub.microsoft.com:5061", "TransportType": "2"})
	r.save()
	plan := r.plan(remediate.Choice{})
	assert.Equal(t, remediate.Change, plan.Verdict, "%v", plan.Findings)
	assert.Equal(t, []string{remediate.BundleSwitchMissing}, codes(plan.Findings))

	set("LdapConfiguration", 0, "ContextName", "teams")(r.device)
	r.save()
	plan = r.plan(remediate.Choice{})
	assert.Equal(t, remediate.Blocked, plan.Verdict)
	assert.Equal(t, []string{remediate.SharedContext, remediate.BundleSwitchMissing}, codes(plan.Findings))
}

// sampleRig runs a real INI file as a device. The Azure file has no header that gives its firmware.
func sampleRig(t *testing.T, file string) *rig {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "mockdevice", "testdata", file))
	require.NoError(t, err)
	model, err := mockdevice.FromINI(text)
	require.NoError(t, err)
	if model.Firmware == "" {
		model.Firmware = "7.20A.258.459"
	}
	return newRig(t, model)
}

func TestTheAzureSampleWithContext0AllowedGetsImportsOnly(t *testing.T) {
	t.Parallel()
	r := sampleRig(t, "teams-azure-single-tenant-7.2.ini")
	before := r.device.Running()
	result := r.apply(remediate.Choice{AllowDefaultContext: true})
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	assert.Equal(t, before.Configuration, r.device.Flash().Configuration, "no row was written")
	assert.Len(t, r.device.Flash().Roots[0], 7)
}

func TestPlanNeedsThreeRequests(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		change   func(*mockdevice.Device)
		requests int
	}{
		"one context":   {func(*mockdevice.Device) {}, 3},
		"no Teams leg":  {all(notTeams, anonymous), 2},
		"no mutual TLS": {mutualOff, 2},
	} {
		r := newRig(t, preset(t, "7.4.500"))
		want.change(r.device)
		r.plan(remediate.Choice{})
		var paths []string
		for _, request := range r.device.Requests() {
			paths = append(paths, request.Method+" "+request.Path)
		}
		assert.Len(t, paths, want.requests, name)
		assert.Equal(t, []string{"GET /status", "GET /files/ini", "GET /files/tls/1/trustedRoot"}[:want.requests], trimmed(paths), name)
	}
}

func trimmed(paths []string) []string {
	const prefix = "/api/v1"
	out := []string{}
	for _, path := range paths {
		method, rest := path[:4], path[4:]
		if len(rest) > len(prefix) && rest[:len(prefix)] == prefix {
			rest = rest[len(prefix):]
		}
		out = append(out, method+rest)
	}
	return out
}
