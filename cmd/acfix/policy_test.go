package main

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// ownPolicy is a policy file with a root that no built-in policy has, for the leg to a host.
type ownPolicy struct {
	path   string
	digest string // of the file
	root   string // SHA-256 of the root
}

// policyBesideRoot makes a root with the template's subject and writes it to root.pem in a folder of its own. The policy
// beside it is not written yet.
func policyBesideRoot(t *testing.T, template x509.Certificate) ownPolicy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template.SerialNumber = big.NewInt(7)
	template.NotBefore, template.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(5, 0, 0)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	require.NoError(t, err)
	folder := t.TempDir()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(filepath.Join(folder, "root.pem"), block, 0o600))
	return ownPolicy{path: filepath.Join(folder, "policy.yaml"), root: certs.Fingerprint(der)}
}

// newOwnPolicy writes a policy into a folder of its own; its root lies in a file beside it.
func newOwnPolicy(t *testing.T, service, host string) ownPolicy {
	t.Helper()
	p := policyBesideRoot(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "Provider Root", Organization: []string{"Provider"}},
	})
	p.write(t, fmt.Sprintf(`id: provider-2027
date: 2026-11-30
source: a letter
service: %s
mutual_tls_decides: false
use_default_ca_bundle: false
hosts: {exact: [%s]}
roots:
  - {name: Provider Root, sha256: %s, file: root.pem}
`, service, host, p.root))
	return p
}

func (p *ownPolicy) write(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(p.path, []byte(text), 0o600))
	sum := sha256.Sum256([]byte(text))
	p.digest = hex.EncodeToString(sum[:])
}

// ofTeams are the hosts that every preset has.
const ofTeams = "sip.pstnhub.microsoft.com, sip2.pstnhub.microsoft.com, sip3.pstnhub.microsoft.com"

// TestForeignRootsAreConfirmed by a person at the terminal or by the digest of the file, before anything is sent.
func TestForeignRootsAreConfirmed(t *testing.T) {
	t.Parallel()
	policy := newOwnPolicy(t, "Teams", ofTeams)
	for name, test := range map[string]struct {
		typed    string
		terminal bool
		trust    string
		exit     int
		says     string
	}{
		"nobody is there":           {exit: exitUsage, says: "has roots that no built-in policy has: 1"},
		"yes":                       {typed: "yes\n", terminal: true, exit: exitDone, says: "Shall devices trust them?"},
		"no":                        {typed: "no\n", terminal: true, exit: exitFailed, says: "was declined"},
		"no answer":                 {terminal: true, exit: exitFailed, says: "was declined"},
		"the digest of the file":    {trust: policy.digest, exit: exitDone},
		"the digest, in capitals":   {trust: strings.ToUpper(policy.digest), exit: exitDone},
		"another digest":            {trust: policy.root, exit: exitUsage, says: "--trust-policy is not the SHA-256"},
		"another, at the terminal":  {typed: "yes\n", terminal: true, trust: policy.root, exit: exitUsage, says: "--trust-policy is not"},
		"no digest at all":          {trust: "yes", exit: exitUsage, says: "--trust-policy is not"},
		"a part of the digest":      {trust: policy.digest[:32], exit: exitUsage, says: "--trust-policy is not"},
		"the digest and a blank":    {trust: policy.digest + " ", exit: exitUsage, says: "--trust-policy is not"},
		"the digest, with a suffix": {trust: policy.digest + "00", exit: exitUsage, says: "--trust-policy is not"},
	} {
		for _, command := range [][]string{{"plan"}, {"apply", "--dry-run"}, {"apply", "--yes"}} {
			t.Run(name+"/"+strings.Join(command, " "), func(t *testing.T) {
				t.Parallel()
				d := newTestApp(t, "7.2", test.typed)
				d.app.stdinIsTerminal = test.terminal
				if !test.terminal {
					d.app.getenv = withPassword(d.app.getenv)
				}
				arguments := append(command, "--policy", policy.path)
				if test.trust != "" {
					arguments = append(arguments, "--trust-policy", test.trust)
				}
				assert.Equal(t, test.exit, d.run(arguments...), "%s", d.stderr.String())
				assert.Contains(t, d.stderr.String(), test.says)
				if test.exit != exitDone {
					assert.Empty(t, d.device.Requests(), "nothing is dialled")
				}
				if test.trust == "" {
					for _, shown := range []string{"CN=Provider Root,O=Provider", policy.root, time.Now().AddDate(5, 0, 0).UTC().Format("2006-01-02")} {
						assert.Contains(t, d.stderr.String(), shown)
					}
				}
				imported := slices.Contains(d.device.Running().Roots[1], policy.root)
				assert.Equal(t, test.exit == exitDone && command[len(command)-1] == "--yes", imported)
			})
		}
	}
}

func withPassword(getenv func(string) string) func(string) string {
	return func(name string) string {
		if name == "ACFIX_PASSWORD" {
			return "Admin"
		}
		return getenv(name)
	}
}

// TestAPolicyThatOthersCanChangeIsRefused, and so is whatever is no file.
func TestAPolicyThatOthersCanChangeIsRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Log("access lists decide there")
		return
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, p *ownPolicy)
		says  string
	}{
		"the file": {func(t *testing.T, p *ownPolicy) { require.NoError(t, os.Chmod(p.path, 0o666)) }, "any user can write to it"},
		"a root's file": {func(t *testing.T, p *ownPolicy) {
			require.NoError(t, os.Chmod(filepath.Join(filepath.Dir(p.path), "root.pem"), 0o666))
		}, "any user can write to it"},
		"the folder": {func(t *testing.T, p *ownPolicy) { require.NoError(t, os.Chmod(filepath.Dir(p.path), 0o777)) }, "any user can write to its folder"},
		"a link to one that others can change": {func(t *testing.T, p *ownPolicy) {
			link := filepath.Join(t.TempDir(), "link.yaml")
			require.NoError(t, os.Symlink(p.path, link))
			require.NoError(t, os.Chmod(p.path, 0o666))
			p.path = link
		}, "any user can write to it"},
		"a link out of the folder": {func(t *testing.T, p *ownPolicy) {
			inside, outside := filepath.Join(filepath.Dir(p.path), "root.pem"), filepath.Join(t.TempDir(), "root.pem")
			require.NoError(t, os.Rename(inside, outside))
			require.NoError(t, os.Symlink(outside, inside))
		}, "path escapes from parent"},
		"a root that is gone": {func(t *testing.T, p *ownPolicy) {
			require.NoError(t, os.Remove(filepath.Join(filepath.Dir(p.path), "root.pem")))
		}, "no such file"},
		"a folder": {func(_ *testing.T, p *ownPolicy) { p.path = filepath.Dir(p.path) + "/" }, "is not a regular file"},
		"a huge file": {func(t *testing.T, p *ownPolicy) {
			require.NoError(t, os.WriteFile(p.path, make([]byte, certs.MaxPolicyBytes+2), 0o600))
		}, "the policy is larger than"},
		"another root in the file": {func(t *testing.T, p *ownPolicy) {
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(p.path), "root.pem"), certs.Required()[0].PEM(), 0o600))
		}, "the certificate has the SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := newOwnPolicy(t, "Teams", ofTeams)
			test.spoil(t, &policy)
			d := newTestApp(t, "7.2", "yes\n")
			assert.Equal(t, exitUsage, d.run("apply", "--yes", "--policy", policy.path), "%s", d.stderr.String())
			assert.Contains(t, d.stderr.String(), test.says)
			assert.Empty(t, d.device.Requests())
		})
	}
}

// TestASavedPlanNeedsItsPolicy: the file itself, unchanged, and no other.
func TestASavedPlanNeedsItsPolicy(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	policy := newOwnPolicy(t, "Teams", ofTeams)
	other := newOwnPolicy(t, "Teams", ofTeams)
	file := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, exitDone, d.run("plan", "--policy", policy.path, "--trust-policy", policy.digest, "--out", file), "%s", d.stderr.String())
	before := len(d.device.Requests())
	d.app.stdinIsTerminal, d.app.getenv = false, withPassword(d.app.getenv)
	apply := func(more ...string) int {
		d.stdout.Reset()
		d.stderr.Reset()
		return d.app.run(append([]string{"apply", file, "--yes", "--pin", d.target[2], "-o", "json"}, more...))
	}
	for says, arguments := range map[string][]string{
		"which is no built-in one":              nil,
		other.path + " is another":              {"--policy", other.path, "--trust-policy", other.digest},
		certs.DefaultPolicy + " is another":     {"--policy", certs.DefaultPolicy},
		"has roots that no built-in policy has": {"--policy", policy.path},
	} {
		assert.Equal(t, exitUsage, apply(arguments...), says)
		assert.Contains(t, d.stderr.String(), says)
	}
	text, err := os.ReadFile(policy.path)
	require.NoError(t, err)
	policy.write(t, string(text)+"# a line more\n")
	assert.Equal(t, exitUsage, apply("--policy", policy.path, "--trust-policy", policy.digest))
	assert.Contains(t, d.stderr.String(), "is another")
	assert.Len(t, d.device.Requests(), before, "nothing is sent")
	policy.write(t, string(text))
	require.Equal(t, exitDone, apply("--policy", policy.path, "--trust-policy", policy.digest), "%s", d.stderr.String())
	assert.Contains(t, d.device.Running().Roots[1], policy.root)
	assert.Contains(t, d.stdout.String(), `"sha256": "`+policy.digest+`"`)
}

// TestAnotherProvidersLegIsFound by the policy's hosts, and no text takes it for Teams.
func TestAnotherProvidersLegIsFound(t *testing.T) {
	t.Parallel()
	policy := newOwnPolicy(t, "Provider", "sip.provider.example")
	d := newTestApp(t, "7.2", "")
	trust := []string{"--policy", policy.path, "--trust-policy", policy.digest, "-o", "json"}
	require.Equal(t, exitDone, d.run(append([]string{"plan"}, trust...)...))
	assert.Contains(t, d.stdout.String(), `"verdict": "not_applicable"`)
	assert.Contains(t, d.stdout.String(), "No Proxy Set leads to Provider.")
	for place := range 4 {
		d.device.SetCell("ProxyIp", place, "IpAddress", "SIP.Provider.example.:5061")
	}
	d.device.SetCell("ProxyIp", 0, "IpAddress", "198.51.100.20:5060")
	d.device.Save()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run(append([]string{"plan"}, trust...)...), "%s", d.stdout.String())
	plan := decode(t, d.stdout.String())
	assert.Equal(t, "change", first(t, plan, "devices", "verdict"), "%s", d.stdout.String())
	for _, found := range first(t, plan, "devices").(map[string]any)["findings"].([]any) {
		message := fmt.Sprint(found.(map[string]any)["message"], found.(map[string]any)["hint"])
		assert.NotContains(t, strings.ReplaceAll(message, `"Teams"`, ""), "Teams", "the name of a row aside")
		assert.NotContains(t, message, "Microsoft")
	}
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run(append([]string{"apply", "--yes"}, trust...)...), "%s", d.stderr.String())
	assert.Contains(t, d.device.Running().Roots[1], policy.root)
}

// TestABundleThatWasSeen counts for that build alone.
func TestABundleThatWasSeen(t *testing.T) {
	t.Parallel()
	own := func(t *testing.T, observation string) string {
		text := strings.Replace(string(certs.BuiltInText(certs.DefaultPolicy)), certs.DefaultPolicy, "teams-as-seen", 1)
		path := filepath.Join(t.TempDir(), "seen.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text+"observations:\n  - "+observation+"\n"), 0o600))
		return path
	}
	seen := `{firmware: 7.40A.604.077, by: Kim, date: 2026-11-20, roots: all}`
	for name, test := range map[string]struct {
		preset, observation string
		firmware            string // "" for the preset's
		has, lacks          []string
		imports             int
	}{
		"all":           {preset: "7.4.604", observation: seen, has: []string{"bundle_seen", "(by Kim on 2026-11-20)"}, lacks: []string{"bundle_not_verifiable", "root_in_doubt"}},
		"another build": {preset: "7.4.500", observation: seen, has: []string{"bundle_not_verifiable"}, lacks: []string{"bundle_seen"}, imports: 2},
		"all but one": {
			preset: "7.4.604", observation: strings.Replace(seen, "roots: all", "roots: [DigiCert Global Root G2]", 1),
			has: []string{"bundle_seen", "not seen in the default CA bundle"}, lacks: []string{"bundle_not_verifiable", "root_in_doubt"}, imports: 6,
		},
		"the newer of two": {
			preset: "7.4.604", observation: seen + "\n  - {firmware: 7.40A.604.77, by: Lee, date: 2026-11-21, roots: all}",
			has: []string{"(by Lee on 2026-11-21)"}, lacks: []string{"Kim"},
		},
		"a line that the rule does not know": {
			preset: "7.6", firmware: "7.80A.100.001", observation: strings.Replace(seen, "7.40A.604.077", "7.80A.100.001", 1),
			has: []string{"bundle_seen"}, lacks: []string{"firmware_newer_than_policy"},
		},
		"other letters": {
			preset: "7.6", firmware: "7.60CO.100.001", observation: strings.Replace(seen, "7.40A.604.077", "7.60CO.100.001", 1),
			has: []string{"bundle_seen"}, lacks: []string{"firmware_other_letters"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model, err := mockdevice.Preset(test.preset)
			require.NoError(t, err)
			model.Firmware = cmp.Or(test.firmware, model.Firmware)
			d := newTestAppFor(t, model, "")
			require.Equal(t, exitDone, d.run("plan", "-o", "json", "--policy", own(t, test.observation)), "%s", d.stderr.String())
			for _, text := range test.has {
				assert.Contains(t, d.stdout.String(), text)
			}
			for _, text := range test.lacks {
				assert.NotContains(t, d.stdout.String(), text)
			}
			assert.Equal(t, test.imports, strings.Count(d.stdout.String(), `"kind": "import_root"`))
		})
	}
}

// TestBaltimoreStays: the root before is neither imported nor removed, whether or not it is there.
func TestBaltimoreStays(t *testing.T) {
	t.Parallel()
	old := newOwnPolicy(t, "Teams", ofTeams) // stands for the root that was before
	before, err := os.ReadFile(filepath.Join(filepath.Dir(old.path), "root.pem"))
	require.NoError(t, err)
	for _, preset := range mockdevice.PresetNames() {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, preset, "")
			d.device.AddRoot(1, before)
			d.device.Save()
			switched := d.device.Running().Configuration
			code := d.run("apply", "--yes", "--policy", "teams-direct-routing-2023")
			require.Equal(t, exitDone, code, "%s%s", d.stdout.String(), d.stderr.String())
			roots := d.device.Running().Roots[1]
			assert.Contains(t, roots, old.root)
			assert.Contains(t, roots, certs.Required()[1].SHA256)
			assert.Equal(t, switched, d.device.Running().Configuration, "no switch is touched")
		})
	}
}

// TestEveryPolicyFitsItsSchema: the built-in files that of files, and what is shown of them that of documents.
func TestEveryPolicyFitsItsSchema(t *testing.T) {
	t.Parallel()
	compiled, err := schemas()
	require.NoError(t, err)
	for _, policy := range certs.BuiltIn() {
		var content any
		require.NoError(t, yaml.Unmarshal(certs.BuiltInText(policy.ID), &content))
		text, err := json.Marshal(content)
		require.NoError(t, err)
		text = regexp.MustCompile(`T00:00:00Z`).ReplaceAll(text, nil) // a date, as YAML reads one
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		require.NoError(t, compiled["acfix.policy_file/v1"].Validate(document), policy.ID)

		d := newOperator(t, "")
		require.Equal(t, exitDone, d.app.run([]string{"policy", "show", policy.ID, "-o", "json"}))
		requireFits(t, "acfix.policy/v1", d.stdout.String())
	}
}

// TestAResumedRunGoesByItsPolicy: a resumed run needs the unchanged file that it began with.
func TestAResumedRunGoesByItsPolicy(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	policy := newOwnPolicy(t, "Teams", ofTeams)
	require.Equal(t, exitDone, d.run("plan", "--policy", policy.path, "--trust-policy", policy.digest, "-o", "json"), "%s", d.stderr.String())
	id := decode(t, d.stdout.String())["id"].(string)
	text, err := os.ReadFile(policy.path)
	require.NoError(t, err)
	seen := len(d.device.Requests())
	policy.write(t, string(text)+"# changed\n")
	assert.Equal(t, exitUsage, d.app.run([]string{"plan", "--resume", id, "--pin", d.target[2]}))
	assert.Contains(t, d.stderr.String(), "is another")
	assert.Len(t, d.device.Requests(), seen)
	policy.write(t, string(text))
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"plan", "--resume", id, "--pin", d.target[2], "-o", "json"}), "%s", d.stderr.String())
	assert.Contains(t, d.stdout.String(), `"sha256": "`+policy.digest+`"`)
}

// TestAJobSaysWhomItTrusts: nobody is there to be asked when its time has come.
func TestAJobSaysWhomItTrusts(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	policy := newOwnPolicy(t, "Teams", ofTeams)
	folder := filepath.Dir(policy.path)
	inventory := fmt.Sprintf("devices:\n  - {name: one, url: %q, pin: %q}\n", d.target[0], d.target[2])
	require.NoError(t, os.WriteFile(filepath.Join(folder, "inventory.yaml"), []byte(inventory), 0o600))
	path := filepath.Join(folder, "jobs.yaml")
	jobs := func(more string) {
		text := "jobs:\n  - name: change\n    action: plan\n    inventory: inventory.yaml\n    policy: policy.yaml\n" + more
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	d.app.stdinIsTerminal, d.app.getenv = false, withPassword(d.app.getenv)
	for more, says := range map[string]string{
		"": "has roots that no built-in policy has: 1",
		"    trust_policy: " + policy.root + "\n": "--trust-policy is not the SHA-256",
	} {
		jobs(more)
		d.stdout.Reset()
		assert.Equal(t, exitUsage, d.app.run([]string{"job", "check", path}))
		assert.Contains(t, d.stdout.String(), says)
		assert.Equal(t, exitUsage, d.app.run([]string{"job", "run", "change", "--jobs", path}))
	}
	assert.Empty(t, d.device.Requests())
	jobs("    trust_policy: " + policy.digest + "\n")
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"job", "check", path}), "%s%s", d.stdout.String(), d.stderr.String())
	require.Equal(t, exitDone, d.app.run([]string{"job", "run", "change", "--jobs", path, "-o", "json"}), "%s", d.stderr.String())
	assert.Contains(t, d.stdout.String(), policy.root)
}

// TestAnInventorysPolicyIsNoOtherThanThePlans: a saved plan whose inventory names another rule is not carried out.
func TestAnInventorysPolicyIsNoOtherThanThePlans(t *testing.T) {
	t.Parallel()
	policy := newOwnPolicy(t, "Teams", ofTeams)
	for name, test := range map[string]struct {
		plan, inventory string // the policies of both
		exit            int
		says            string
	}{
		"another built-in one":   {certs.DefaultPolicy, "teams-direct-routing-2023", exitUsage, "teams-direct-routing-2023 is another"},
		"and the other way":      {"teams-direct-routing-2023", certs.DefaultPolicy, exitUsage, certs.DefaultPolicy + " is another"},
		"a file":                 {certs.DefaultPolicy, policy.path, exitUsage, policy.path + " is another"},
		"the same built-in one":  {certs.DefaultPolicy, certs.DefaultPolicy, exitDone, ""},
		"the same, not default":  {"teams-direct-routing-2023", "teams-direct-routing-2023", exitDone, ""},
		"none in the inventory":  {"teams-direct-routing-2023", "", exitDone, ""},
		"a built-in, not a file": {policy.path, certs.DefaultPolicy, exitUsage, certs.DefaultPolicy + " is another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.2", "")
			folder := t.TempDir()
			file, inventory := filepath.Join(folder, "plan.json"), filepath.Join(folder, "inventory.yaml")
			text := fmt.Sprintf("devices:\n  - {name: one, url: %q, pin: %q}\n", d.target[0], d.target[2])
			require.NoError(t, os.WriteFile(inventory, []byte(text), 0o600))
			d.app.stdinIsTerminal, d.app.getenv = false, withPassword(d.app.getenv)
			plan := []string{"plan", "-i", inventory, "--out", file, "--policy", test.plan}
			if test.plan == policy.path {
				plan = append(plan, "--trust-policy", policy.digest)
			}
			require.Equal(t, exitDone, d.app.run(plan), "%s", d.stderr.String())
			read := len(d.device.Requests())
			if test.inventory != "" {
				text = "policy: " + test.inventory + "\n" + text
			}
			require.NoError(t, os.WriteFile(inventory, []byte(text), 0o600))
			assert.Equal(t, test.exit, d.app.run([]string{"apply", file, "-i", inventory, "--yes"}), "%s", d.stderr.String())
			assert.Contains(t, d.stderr.String(), test.says)
			assert.Equal(t, test.exit == exitDone, len(d.device.Requests()) > read, "contacted")
		})
	}
}

// TestARunGoesOnByNoOtherVersionOfItsPolicy: acfix was replaced by one whose built-in policy of that name is another.
func TestARunGoesOnByNoOtherVersionOfItsPolicy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		was  func(*remediate.PolicyReference)
		exit int
	}{
		"as it was":              {func(*remediate.PolicyReference) {}, exitDone},
		"another version":        {func(p *remediate.PolicyReference) { p.SHA256 = strings.Repeat("ab", 32) }, exitUsage},
		"before digests":         {func(p *remediate.PolicyReference) { p.SHA256 = "" }, exitDone},
		"an older one, the same": {func(p *remediate.PolicyReference) { p.SHA256, p.Date = "", "2020-01-01" }, exitUsage},
		"another, without":       {func(p *remediate.PolicyReference) { p.SHA256, p.ID = "", "provider-2027" }, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newScheduled(t, "apply")
			n.at(time.Now())
			quiet := n.app.unattended()
			order := run.Order{Inventory: filepath.Join(filepath.Dir(n.jobs), "inventory.yaml"), Settings: run.DefaultSettings()}
			devices, err := quiet.prepare(nil, unattendedConnection(order))
			require.NoError(t, err)
			head := quiet.planHead()
			test.was(&head.Policy)
			begun, err := quiet.begin(run.Assignment{Action: run.ActionApply, Head: head, Order: order}, devices)
			require.NoError(t, err)
			require.NoError(t, begun.Record.Close()) // it dies before the first device
			before := len(n.device.Requests())
			assert.Equal(t, test.exit, n.app.run([]string{"apply", "--yes", "--resume", begun.ID}), n.warned)
			if test.exit == exitDone {
				assert.Equal(t, 4, n.device.Writes())
				return
			}
			assert.Contains(t, n.warned.String(), "another version of it")
			assert.Contains(t, n.warned.String(), "finish it with the acfix that began it")
			assert.Len(t, n.device.Requests(), before, "nothing is sent")
		})
	}
}
