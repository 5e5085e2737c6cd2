package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// genuineG2 is a root that every built-in policy requires.
func genuineG2(t *testing.T) certs.Root {
	t.Helper()
	for _, root := range certs.Required() {
		if root.Name == "DigiCert Global Root G2" {
			return root
		}
	}
	t.Fatal("no such root")
	return certs.Root{}
}

// newNamesakePolicy is a policy whose root has the name of a built-in one, and another key.
func newNamesakePolicy(t *testing.T) ownPolicy {
	t.Helper()
	p := policyBesideRoot(t, x509.Certificate{RawSubject: genuineG2(t).Certificate().RawSubject})
	p.write(t, fmt.Sprintf(`id: provider-2027
date: 2026-11-30
source: a letter
service: Teams
mutual_tls_decides: false
use_default_ca_bundle: false
hosts: {exact: [%s]}
roots:
  - {name: DigiCert Global Root G2, sha256: %s, file: root.pem}
`, ofTeams, p.root))
	return p
}

// TestABuiltInRootIsNeverCalledWrong: an operator would remove it, and with it what every built-in policy requires.
func TestABuiltInRootIsNeverCalledWrong(t *testing.T) {
	t.Parallel()
	genuine, policy := genuineG2(t), newNamesakePolicy(t)
	stranger := newNamesakePolicy(t)
	other, err := os.ReadFile(filepath.Join(filepath.Dir(stranger.path), "root.pem"))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		held  []byte
		says  string
		lacks []string
	}{
		"the built-in one": {
			genuine.PEM(), "that a built-in policy requires (" + genuine.SHA256, []string{"Microsoft's root", "Find out where"},
		},
		"a stranger": {other, "it is not the required root", []string{"built-in", "Microsoft's root"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.2", "")
			d.device.AddRoot(1, test.held)
			d.device.Save()
			d.run("plan", "--policy", policy.path, "--trust-policy", policy.digest)
			text := d.stdout.String()
			assert.Contains(t, text, "[same_name_other_certificate]")
			assert.Contains(t, text, test.says)
			for _, word := range test.lacks {
				assert.NotContains(t, text, word)
			}
		})
	}
}

// TestPolicyCheckWarnsOfTheName: in the text, and in the document of programs.
func TestPolicyCheckWarnsOfTheName(t *testing.T) {
	t.Parallel()
	namesake, plain := newNamesakePolicy(t), newOwnPolicy(t, "Teams", ofTeams)
	for path, warned := range map[string]bool{namesake.path: true, plain.path: false} {
		d := newOperator(t, "")
		require.Equal(t, exitDone, d.app.run([]string{"policy", "check", path}))
		assert.Equal(t, warned, strings.Contains(d.stdout.String(), "a built-in policy has another root of this name"))
		d.stdout.Reset()
		require.Equal(t, exitDone, d.app.run([]string{"policy", "check", path, "-o", "json"}))
		assert.Equal(t, warned, strings.Contains(d.stdout.String(), "a built-in policy has another root of this name"))
	}
}

// TestTheWordOfAPolicyIsItsOwn: what a policy file claims of a bundle is not AudioCodes' word.
func TestTheWordOfAPolicyIsItsOwn(t *testing.T) {
	t.Parallel()
	claims := strings.Replace(string(certs.BuiltInText(certs.DefaultPolicy)), certs.DefaultPolicy, "claims-much", 1)
	seen := claims + "observations:\n  - {firmware: 7.40A.604.077, by: Kim, date: 2026-11-20, roots: all}\n"
	for name, test := range map[string]struct {
		text  string
		has   []string
		lacks string
	}{
		"built in": {"", []string{"because AudioCodes says", "(AudioCodes' word)"}, "the policy"},
		"of a file": {
			claims, []string{"because the policy claims-much says", "(the policy's word)", "policy claims-much"}, "AudioCodes",
		},
		"seen": {seen, []string{"(by Kim on 2026-11-20)", "(seen by Kim"}, "AudioCodes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model, err := mockdevice.Preset("7.4.604")
			require.NoError(t, err)
			d := newTestAppFor(t, model, "")
			arguments := []string{"plan"}
			if test.text != "" {
				path := filepath.Join(t.TempDir(), "own.yaml")
				require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
				arguments = append(arguments, "--policy", path)
			}
			require.Equal(t, exitDone, d.run(arguments...), "%s", d.stderr.String())
			for _, text := range test.has {
				assert.Contains(t, d.stdout.String()+d.stderr.String(), text)
			}
			assert.NotContains(t, d.stdout.String(), test.lacks)
		})
	}
}

// TestAStoreWithoutAPlaceIsAUsageError: the command is wrong, not the device.
func TestAStoreWithoutAPlaceIsAUsageError(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	folder := t.TempDir()
	export, roots := filepath.Join(folder, "configuration.ini"), filepath.Join(folder, "roots.pem")
	require.NoError(t, os.WriteFile(export, []byte(d.device.Running().Configuration), 0o600))
	require.NoError(t, os.WriteFile(roots, genuineG2(t).PEM(), 0o600))
	for says, given := range map[string][]string{
		"has no TLS Context":                  {"9=" + roots},
		`has no TLS Context "Other"`:          {"Other=" + roots},
		"--roots-file gives TLS Context 1 tw": {"1=" + roots, "1=" + roots},
	} {
		operator := newOperator(t, "")
		arguments := []string{"plan", export}
		for _, store := range given {
			arguments = append(arguments, "--roots-file", store)
		}
		assert.Equal(t, exitUsage, operator.app.run(arguments), says)
		assert.Contains(t, operator.stderr.String(), says)
		assert.Empty(t, operator.stdout.String())
	}
}

// TestABuiltInPolicyNeedsNoTrust: nobody has changed it.
func TestABuiltInPolicyNeedsNoTrust(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	assert.Equal(t, exitUsage, d.run("plan", "--trust-policy", strings.Repeat("0", 64)))
	assert.Contains(t, d.stderr.String(), "a built-in policy needs none")
	assert.NotContains(t, d.stderr.String(), "who changed the policy")
}

// TestThePolicyIsNamedWhereItMatters: in the plan, at the question with its roots, and when a plan is shown later.
func TestThePolicyIsNamedWhereItMatters(t *testing.T) {
	t.Parallel()
	policy := newOwnPolicy(t, "Provider", "sip.provider.example")
	text, err := os.ReadFile(policy.path)
	require.NoError(t, err)
	policy.write(t, strings.Replace(string(text), "source:", "deadline: 2027-03-01\nsource:", 1))
	line := "By the policy provider-2027 of 2026-11-30 (SHA-256 " + policy.digest + "), deadline 2027-03-01."
	d := newTestApp(t, "7.2", "no\n")
	for place := range 4 {
		d.device.SetCell("ProxyIp", place, "IpAddress", "sip.provider.example:5061")
	}
	d.device.SetCell("ProxyIp", 0, "IpAddress", "198.51.100.20:5060")
	d.device.Save()
	file := filepath.Join(t.TempDir(), "plan.json")
	trust := []string{"--policy", policy.path, "--trust-policy", policy.digest}
	require.Equal(t, exitDone, d.run(append([]string{"plan", "--out", file}, trust...)...), "%s", d.stderr.String())
	assert.Contains(t, d.stdout.String(), line)
	assert.Contains(t, d.stdout.String(), "Provider leg")
	assert.NotContains(t, d.stdout.String(), "Teams leg")
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"show", file}), "%s", d.stderr.String())
	assert.Contains(t, d.stdout.String(), line)
	assert.Contains(t, d.stdout.String(), "Provider leg")
	d.stderr.Reset()
	d.run(append([]string{"apply"}, trust...)...)
	said := d.stderr.String()
	for _, shown := range []string{line, "SHA-256  " + policy.root, "valid  ", "by the policy provider-2027 of 2026-11-30?"} {
		assert.Contains(t, said, shown)
	}
}
