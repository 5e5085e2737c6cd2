package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fitting runs a command line with -o json, wants that exit code, and holds what it prints to a published schema.
func (d *depot) fitting(schema string, code int, arguments ...string) map[string]any {
	d.t.Helper()
	text := d.acfix(code, append(arguments, "-o", "json")...)
	requireFits(d.t, schema, text)
	return decode(d.t, text)
}

// places are the backups in the document of "acfix backup".
func places(document map[string]any) (backups []string) {
	for _, device := range document["devices"].([]any) {
		backups = append(backups, device.(map[string]any)["backup"].(string))
	}
	return backups
}

// TestListsOfBackupsFitTheirSchema, also of none, of those made before a change, of encrypted and of damaged ones; and
// so do the manifests.
func TestListsOfBackupsFitTheirSchema(t *testing.T) {
	t.Parallel()
	d, folder := newDepot(t, alike(2)), t.TempDir()
	list := func() map[string]any {
		return d.fitting("acfix.backup-list/v1", exitDone, "backup", "list", "--dir", folder)
	}
	assert.Empty(t, list()["backups"])
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	kept := places(d.fitting("acfix.backup/v1", exitDone, "backup", "-i", d.inventory, "--dir", folder))
	kept = append(kept, places(d.fitting("acfix.result/v1", exitDone, "apply", "-i", d.inventory, "--yes",
		"--backup-dir", folder, "--backup-recipient", key.Recipient().String()))...)
	require.Len(t, kept, 4)
	for _, directory := range kept {
		manifest, err := os.ReadFile(filepath.Join(directory, backup.ManifestName))
		require.NoError(t, err)
		requireFits(t, backup.ManifestSchema, string(manifest))
	}
	spoil(t, filepath.Join(kept[0], backup.ManifestName))
	assert.Len(t, list()["backups"], 4)
	assert.Contains(t, d.stdout.String(), `"code": "backup_damaged"`)
	assert.Contains(t, d.stdout.String(), `"encrypted": true`)
	assert.Contains(t, d.stdout.String(), `"changes": 3`)
}

// spoil adds a byte to a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, 'x'), 0o600))
}

// TestVerifiedBackupsFitTheirSchema, whole, damaged or never judged.
func TestVerifiedBackupsFitTheirSchema(t *testing.T) {
	t.Parallel()
	d, folder := newDepot(t, alike(2)), t.TempDir()
	kept := places(d.fitting("acfix.backup/v1", exitDone, "backup", "-i", d.inventory, "--dir", folder))
	d.fitting("acfix.backup-verify/v1", exitDone, append([]string{"backup", "verify"}, kept...)...)
	spoil(t, filepath.Join(kept[0], evidence.StatusFile))
	spoil(t, filepath.Join(kept[1], backup.ManifestName))
	d.fitting("acfix.backup-verify/v1", exitFailed, append([]string{"backup", "verify"}, kept...)...)
}

// TestDocumentsOfUnjudgedBackupsFit: they say why their configuration was never judged.
func TestDocumentsOfUnjudgedBackupsFit(t *testing.T) {
	t.Parallel()
	d, folder := newTestApp(t, "7.4.500", ""), t.TempDir()
	mangled(t, d, unreadableINIs["cut off in a table"].edit)
	require.Equal(t, exitFailed, d.run("backup", "--dir", folder, "-o", "json"))
	requireFits(t, "acfix.backup/v1", d.stdout.String())
	kept := unjudgedResult(t, d.stdout.Bytes()).Kept
	manifest, err := os.ReadFile(filepath.Join(kept, backup.ManifestName))
	require.NoError(t, err)
	requireFits(t, backup.ManifestSchema, string(manifest))
	for schema, arguments := range map[string][]string{
		"acfix.backup-list/v1":   {"backup", "list", "--dir", filepath.Dir(kept)},
		"acfix.backup-verify/v1": {"backup", "verify", kept},
	} {
		d.stdout.Reset()
		require.Equal(t, exitDone, d.app.run(append(arguments, "-o", "json")), "%s", d.stderr.String())
		requireFits(t, schema, d.stdout.String())
		assert.Contains(t, d.stdout.String(), `"unjudged": "`)
	}
}

// TestDocumentsOfStoredBackupsFit: of the list of a store, in which one is damaged, and of what comes out of it.
func TestDocumentsOfStoredBackupsFit(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(1))
	kept := places(d.fitting("acfix.backup/v1", exitDone, "backup", "-i", d.inventory, "--dir", t.TempDir()))
	url := "sqlite:" + aStore(t, t.TempDir(), "runs.db")
	whole := storeBackup(t, url, kept[0])
	d.fitting("acfix.backup-fetch/v1", exitDone, "backup", "fetch", whole, "--dir", t.TempDir(), "--store", url)
	d.fitting("acfix.backup-verify/v1", exitDone, "backup", "verify", whole, "--store", url)
	d.fitting("acfix.backup-verify/v1", exitFailed, "backup", "verify", evidence.InStore+"2", "--store", url)
	for _, unknown := range []string{evidence.InStore + "9", evidence.InStore + "x"} {
		d.acfix(exitUsage, "backup", "verify", unknown, "--store", url)
	}
	d.stdout.Reset()
	d.app.flags = commonFlags{store: url, output: formatJSON}
	require.NoError(t, d.app.listStoredBackups())
	requireFits(t, "acfix.backup-list/v1", d.stdout.String())
	assert.Len(t, decode(t, d.stdout.String())["backups"], 2)
}

// storeBackup puts a backup into a store, and after it one that is damaged; it returns the name of the whole one.
func storeBackup(t *testing.T, url, directory string) string {
	t.Helper()
	read, err := backup.Read(directory)
	require.NoError(t, err)
	name, packed, err := read.Pack()
	require.NoError(t, err)
	opened, err := store.OpenExisting(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	artifact := store.Artifact{Run: "run", Device: "serial-1", Kind: evidence.PackedBackup, Name: name}
	whole, err := opened.PutArtifact(t.Context(), artifact, packed, nil)
	require.NoError(t, err)
	_, err = opened.PutArtifact(t.Context(), artifact, packed[:len(packed)/2], nil)
	require.NoError(t, err)
	return fmt.Sprintf("%s%d", evidence.InStore, whole.ID)
}

// TestDocumentsOfKnownDevicesFit: before the first run, read, never read, and forgotten; and of runs that go.
func TestDocumentsOfKnownDevicesFit(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(3))
	assert.Empty(t, d.fitting("acfix.devices/v1", exitDone, "device", "list")["devices"])
	d.fitting("acfix.prune/v1", exitDone, "history", "prune", "--older-than-days", "1", "--yes")
	d.fault(2, "GET /status html")
	d.fitting("acfix.plan/v1", exitFailed, "plan", "-i", d.inventory)
	devices := d.fitting("acfix.devices/v1", exitDone, "device", "list")["devices"].([]any)
	require.Len(t, devices, 3)
	assert.Contains(t, d.stdout.String(), `"read": null`)
	assert.Contains(t, d.stdout.String(), `"missing": null`)
	d.fitting("acfix.result/v1", exitFailed, "apply", "-i", d.inventory, "--yes")
	d.fitting("acfix.devices/v1", exitDone, "device", "list")
	name := devices[0].(map[string]any)["name"].(string)
	d.fitting("acfix.forget/v1", exitDone, "device", "forget", name, "--yes")
	d.at(d.app.now().AddDate(0, 0, 30))
	pruned := d.fitting("acfix.prune/v1", exitDone, "history", "prune", "--older-than-days", "1", "--yes")
	assert.NotZero(t, pruned["runs"])
}

// TestDocumentsOfCheckedJobsFit: of a valid file, of one with mistakes, and of one whose jobs can't run.
func TestDocumentsOfCheckedJobsFit(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(1))
	path := filepath.Join(filepath.Dir(d.inventory), "jobs.yaml")
	const look = "jobs:\n  - {name: look, action: plan, inventory: inventory.yaml}\n"
	for text, code := range map[string]int{
		look: exitDone,
		look + "  - {action: nothing, inventory: inventory.yaml}\n":                          exitUsage,
		look + "  - {name: gone, action: plan, inventory: gone.yaml}\n":                      exitUsage,
		look + "  - {name: none, action: plan, inventory: inventory.yaml, limit: nowhere}\n": exitUsage,
		"jobs: [": exitUsage,
		"":        exitUsage,
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		d.fitting("acfix.job-check/v1", code, "job", "check", path)
	}
}

// TestDocumentsOfPoliciesFit: of those built in, and of files that are valid, strange or wrong.
func TestDocumentsOfPoliciesFit(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(1))
	d.fitting("acfix.policies/v1", exitDone, "policy", "list")
	for _, policy := range []ownPolicy{newOwnPolicy(t, "Teams", ofTeams), newNamesakePolicy(t)} {
		d.fitting("acfix.policy-check/v1", exitDone, "policy", "check", policy.path)
		d.fitting("acfix.policy/v1", exitDone, "policy", "show", policy.path)
		text, err := os.ReadFile(policy.path)
		require.NoError(t, err)
		wrong := strings.Replace(string(text), "date: 2026", "date: in 2026", 1)
		require.NoError(t, os.WriteFile(policy.path, []byte(wrong), 0o600))
		d.fitting("acfix.policy-check/v1", exitUsage, "policy", "check", policy.path)
	}
}

// TestTokenFilesFitTheirSchema, with tokens that expire, that never do, and with none left.
func TestTokenFilesFitTheirSchema(t *testing.T) {
	t.Parallel()
	d, file := newDepot(t, alike(1)), filepath.Join(t.TempDir(), "tokens.json")
	for _, arguments := range [][]string{
		{"add", "--name", "vera", "--role", "viewer"},
		{"add", "--name", "ada", "--role", "approver", "--expires-in-days", "0"},
		{"remove", "--name", "vera"},
		{"remove", "--name", "ada"},
	} {
		d.acfix(exitDone, append([]string{"token", "--file", file}, arguments...)...)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		requireFits(t, "acfix.tokens/v1", string(text))
	}
}

// TestMoreSchemasRefuseWhatIsWrong: a document that contradicts itself, or leaves out what it is about, is none.
func TestMoreSchemasRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	const (
		failure = `{"code": "backup_damaged", "message": "m", "hint": ""}`
		place   = `{"job": "j", "message": "m", "line": 1, "column": 1}`
		policy  = `"file": "f", "policy": null, "errors": [], "foreign_roots": [], "warnings": []`
		jobs    = `"file": "f", "jobs": [], "errors": []`
		kept    = `"backups": [{"backup": "b", "files": 1, `
		token   = `"name": "n", "role": "viewer", "created": "2026-11-22T12:00:00Z"`
	)
	for name, test := range map[string]struct{ schema, keys string }{
		"error without its hint":     {"error", `"error": {"code": "local_fault", "message": "m"}`},
		"error of an unknown code":   {"error", `"error": {"code": "oops", "message": "m", "hint": ""}`},
		"nowhere to fetch to":        {"backup-fetch", `"from": "store:1", "backup": ""`},
		"ok and damaged":             {"backup-verify", kept + `"status": "ok", "error": ` + failure + `}]`},
		"damaged without an error":   {"backup-verify", kept + `"status": "damaged", "error": null}]`},
		"null backups":               {"backup-list", `"directory": "d", "backups": null`},
		"valid with a problem":       {"job-check", jobs + `, "status": "valid", "problems": [` + place + `]`},
		"jobs invalid for no reason": {"job-check", jobs + `, "status": "invalid", "problems": []`},
		"valid without the policy":   {"policy-check", policy + `, "status": "valid"`},
		"policy without a reason":    {"policy-check", policy + `, "status": "invalid"`},
		"no policy":                  {"policies", `"default": "d", "policies": []`},
		"nothing forgotten":          {"forget", `"devices": [], "addresses": []`},
		"null devices":               {"devices", `"devices": null`},
		"fewer than no runs":         {"prune", `"runs": -1`},
		"token instead of its hash":  {"tokens", `"tokens": [{` + token + `, "sha256": "acfix_1"}]`},
	} {
		assert.Error(t, fits(t, `{"schema": "acfix.`+test.schema+`/v1", `+test.keys+`}`), name)
	}
	require.NoError(t, fits(t, `{"schema": "acfix.error/v1", "error": `+failure+`}`))
	problem := jobs + `, "status": "invalid", "problems": [` + place + `]`
	require.NoError(t, fits(t, `{"schema": "acfix.job-check/v1", `+problem+`}`))
}
