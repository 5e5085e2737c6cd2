package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const samplesFolder = "../../mockdevice/testdata"

// excerpts are the public files that are parts of a configuration.
var excerpts = []string{"gateway-7.4-early-excerpt.ini", "mediant800b-7.00A.040.004-excerpt.ini", "sip-trunk-7.4-partial.ini"}

// toldFirmware is the firmware of files that do not tell it.
const toldFirmware = "7.20A.258.459"

// exportedFiles are the configurations that a plan can be made from: each public file, excerpts too, and each preset of
// the simulator; with the firmware where a file does not tell it.
func exportedFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, folder := range []string{samplesFolder, "../../mockdevice/presets"} {
		paths, err := filepath.Glob(filepath.Join(folder, "*.ini"))
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			files[path] = ""
			if text, err := os.ReadFile(path); assert.NoError(t, err) && !bytes.Contains(text, []byte(";Software Version")) {
				files[path] = toldFirmware
			}
		}
	}
	return files
}

var tableBlock = regexp.MustCompile(`(?s)\[ ([A-Za-z0-9]+) \].*?\[ \\[A-Za-z0-9]+ \]\s*`)

// ofFilesAlone are the findings that only a plan from a file has.
var ofFilesAlone = []string{
	remediate.UnsavedNotInFile, remediate.StatusNotInFile, remediate.StoreNotInFile, remediate.FirmwareNotInFile,
	remediate.CertificateNotInFile, remediate.FileMayBeAPart,
}

// decided is what is compared of a plan.
type decided struct {
	verdict         remediate.Verdict
	teams, contexts string
	steps           []string
	findings        []string
	error           string
}

func decidedBy(t *testing.T, document string) decided {
	t.Helper()
	var plan remediate.Plan
	require.NoError(t, json.Unmarshal([]byte(document), &plan), document)
	require.Len(t, plan.Devices, 1)
	device := plan.Devices[0]
	d := decided{verdict: device.Verdict}
	for _, step := range device.Steps {
		d.steps = append(d.steps, step.String()+": "+step.Reason)
	}
	for _, finding := range device.Findings {
		if !slices.Contains(ofFilesAlone, finding.Code) {
			d.findings = append(d.findings, finding.Code+": "+finding.Message)
		}
	}
	if device.Error != nil {
		d.error = device.Error.Code
	}
	teams, err := json.Marshal(device.Teams)
	require.NoError(t, err)
	contexts, err := json.Marshal(device.Contexts)
	require.NoError(t, err)
	d.teams, d.contexts = string(teams), string(contexts)
	return d
}

// storesOf exports the trusted roots of a simulated device as a browser would, and returns the flags that give them.
func (d *testApp) storesOf(t *testing.T) (flags []string) {
	t.Helper()
	client := d.client()
	defer client.Close()
	for id := range d.device.Running().Roots {
		roots, err := client.TrustedRoots(t.Context(), id)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), strconv.Itoa(id)+".pem")
		require.NoError(t, os.WriteFile(path, roots.PEM, 0o600))
		flags = append(flags, "--roots-file", strconv.Itoa(id)+"="+path)
	}
	return flags
}

// TestFilesArePlannedAsTheirDevices: every real configuration gets the same decision from its file, and from what the
// simulated device that runs it exports, as from that device.
func TestFilesArePlannedAsTheirDevices(t *testing.T) {
	t.Parallel()
	for path, firmware := range exportedFiles(t) {
		for _, choice := range [][]string{nil, {"--all-roots"}, {"--allow-default-context", "--include-non-mtls"}} {
			t.Run(filepath.Base(path)+strings.Join(choice, ""), func(t *testing.T) {
				t.Parallel()
				samePlan(t, path, firmware, choice)
			})
		}
	}
}

func samePlan(t *testing.T, path, firmware string, choice []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	model, err := mockdevice.Preset(strings.TrimSuffix(filepath.Base(path), ".ini"))
	if err != nil {
		model, err = mockdevice.FromINI(text)
		require.NoError(t, err)
	}
	given := choice
	if firmware != "" {
		model.Firmware = firmware
		given = append(slices.Clone(choice), "--firmware", firmware)
	}
	online := newTestAppFor(t, model, "")
	online.run(append([]string{"plan", "-o", "json", "--no-cert-check"}, choice...)...)
	offline := newOffline(t)
	offline.app.run(slices.Concat([]string{"plan", path, "-o", "json"}, given, online.storesOf(t)))
	requireFits(t, "acfix.plan/v1", offline.stdout.String())
	wanted := decidedBy(t, online.stdout.String())
	assert.Equal(t, wanted, decidedBy(t, offline.stdout.String()))
	offline.stdout.Reset()
	offline.app.run(slices.Concat([]string{"plan", online.savedINI(t), "-o", "json"}, given, online.storesOf(t)))
	assert.Equal(t, wanted, decidedBy(t, offline.stdout.String()))
}

// TestAFileThatWasCutOffSaysSo: whatever its verdict, and whoever reads it: a plan warns, and a package begins with STOP.
func TestAFileThatWasCutOffSaysSo(t *testing.T) {
	t.Parallel()
	var parts []string
	for _, name := range excerpts {
		parts = append(parts, filepath.Join(samplesFolder, name))
	}
	for _, preset := range []string{"7.4.604", "7.0"} {
		text, err := os.ReadFile("../../mockdevice/presets/" + preset + ".ini")
		require.NoError(t, err)
		for _, block := range tableBlock.FindAllSubmatchIndex(text, -1)[1:] {
			path := filepath.Join(t.TempDir(), preset+"-"+string(text[block[2]:block[3]])+".ini")
			require.NoError(t, os.WriteFile(path, text[:block[0]], 0o600))
			parts = append(parts, path)
		}
	}
	for _, flags := range [][]string{nil, {"--all-roots"}, {"--include-non-mtls", "--allow-default-context"}} {
		d := newOffline(t)
		d.app.run(slices.Concat([]string{"plan", "-o", "json"}, parts, flags))
		var plan remediate.Plan
		require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &plan))
		require.Len(t, plan.Devices, len(parts))
		changes := 0
		for _, device := range plan.Devices {
			if device.Verdict == remediate.Errored {
				assert.Equal(t, remediate.CodeBadAnswer, device.Error.Code)
				continue
			}
			warns := func(finding remediate.Finding) bool {
				return finding.Code == remediate.FileMayBeAPart && finding.Level == remediate.Warning
			}
			assert.True(t, slices.ContainsFunc(device.Findings, warns), device.Target)
			if device.Verdict == remediate.Change {
				changes++
			}
		}
		assert.NotZero(t, changes)
		below := filepath.Join(t.TempDir(), "p")
		newOffline(t).app.run(slices.Concat([]string{"package", "--dir", below}, parts, flags))
		guides, err := filepath.Glob(filepath.Join(below, "*", "steps.txt"))
		require.NoError(t, err)
		assert.Len(t, guides, changes)
		for _, guide := range guides {
			text, err := os.ReadFile(guide)
			require.NoError(t, err)
			assert.Contains(t, string(text), "STOP: THE EXPORT MAY BE A PART")
		}
	}
}

// newOffline is an operator without a network, a password, a name or a place to keep anything: whatever needs one fails.
func newOffline(t *testing.T) *testApp {
	t.Helper()
	d := newOperator(t, "")
	d.app.stdinIsTerminal = false
	state := t.TempDir()
	require.NoError(t, os.Chmod(state, 0o500))
	d.app.getenv = func(name string) string {
		return map[string]string{"XDG_STATE_HOME": state, "HTTPS_PROXY": "http://127.0.0.1:1"}[name]
	}
	d.app.readSecret = func() ([]byte, error) {
		t.Error("a password was asked for")
		return nil, io.EOF
	}
	t.Cleanup(func() {
		entries, err := os.ReadDir(state)
		require.NoError(t, err)
		assert.Empty(t, entries, "nothing is kept of a plan from files")
	})
	return d
}

const fileOfAPreset = "../../mockdevice/presets/7.4.500.ini"

// TestUnknownStoresAreNeitherMissingNorPresent reads the JSON as a program does.
func TestUnknownStoresAreNeitherMissingNorPresent(t *testing.T) {
	t.Parallel()
	d := newOffline(t)
	require.Equal(t, exitPending, d.app.run([]string{"plan", fileOfAPreset, "-o", "json", "--detailed-exitcode"}))
	requireFits(t, "acfix.plan/v1", d.stdout.String())
	var document struct {
		Devices []struct {
			Target, URL string
			Source      map[string]string
			Contexts    []struct{ Roots []struct{ State string } }
			Steps       []struct{ Kind, Reason string }
		}
	}
	require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &document))
	device := document.Devices[0]
	assert.Equal(t, map[string]string{"kind": "ini", "file": fileOfAPreset}, map[string]string{"kind": device.Source["kind"], "file": device.Source["file"]})
	assert.Empty(t, device.URL)
	states := map[string]int{}
	for _, root := range device.Contexts[0].Roots {
		states[root.State]++
	}
	assert.Equal(t, map[string]int{"bundled": 5, "unknown": 2}, states)
	reasons := map[string]int{}
	for _, step := range device.Steps {
		if step.Kind == "import_root" {
			reasons[step.Reason]++
		}
	}
	assert.Equal(t, map[string]int{"unless present": 2}, reasons)
}

func TestAPlanFromAFileIsNotApplied(t *testing.T) {
	t.Parallel()
	saved := filepath.Join(t.TempDir(), "plan.json")
	d := newOperator(t, "")
	require.Equal(t, exitDone, d.app.run([]string{"plan", fileOfAPreset, "--out", saved}), d.stderr.String())
	require.Equal(t, exitUsage, d.app.run([]string{"apply", saved, "--yes"}))
	assert.Contains(t, d.stderr.String(), "was made from the file "+fileOfAPreset)
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"history", "-o", "json"}))
	assert.NotContains(t, d.stdout.String(), `"action"`, "no run is on record")
}

// TestWrongFilesAreUsageOrErrors: what is known before a file is read is the operator's mistake.
func TestWrongFilesAreUsageOrErrors(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.ini")
	require.NoError(t, os.WriteFile(page, []byte("<html>Login</html>"), 0o600))
	for name, row := range map[string]struct {
		arguments []string
		code      int
		says      string
	}{
		"no such file":             {[]string{"nowhere.ini"}, exitUsage, "nowhere.ini can't be read"},
		"a web page":               {[]string{page}, exitFailed, "it is a web page"},
		"a file and a device":      {[]string{fileOfAPreset, "https://192.0.2.1"}, exitUsage, "one run takes only one of the two"},
		"the same twice":           {[]string{fileOfAPreset, "../" + strings.TrimPrefix(fileOfAPreset, "../")}, exitUsage, "are the same device"},
		"a wrong firmware":         {[]string{fileOfAPreset, "--firmware", "latest"}, exitUsage, "--firmware"},
		"stores for two":           {[]string{"../../mockdevice/presets", "--roots-file", "1=" + fileOfAPreset}, exitUsage, "--roots-file belongs to one device"},
		"stores for a device":      {[]string{"https://192.0.2.1", "--roots-file", "1=x"}, exitUsage, "--roots-file is for configurations that are read from files"},
		"a store of nothing":       {[]string{fileOfAPreset, "--roots-file", "1=" + page}, exitUsage, "holds no certificate that can be read"},
		"an unknown TLS Context":   {[]string{fileOfAPreset, "--roots-file", "9=../../certs/roots/digicert-global-root-g2.pem"}, exitUsage, `has no TLS Context "9"`},
		"a device named as a file": {[]string{"./nowhere"}, exitUsage, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newOffline(t)
			assert.Equal(t, row.code, d.app.run(append([]string{"plan"}, row.arguments...)))
			assert.Contains(t, d.stdout.String()+d.stderr.String(), row.says)
		})
	}
}

// TestKeysOfAPackageAreNeverShown looks at all that a plan of a package prints and saves.
func TestKeysOfAPackageAreNeverShown(t *testing.T) {
	t.Parallel()
	const folder = "../../internal/fleet/export/testdata/"
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("Secret-1\n"), 0o600))
	saved := filepath.Join(t.TempDir(), "plan.json")
	for _, name := range []string{"plain.7z", "locked.7z", "hidden.7z"} {
		d := newOperator(t, "")
		require.Equal(t, exitDone, d.app.run([]string{"plan", folder + name, "-o", "json", "--package-password-file", password, "--out", saved, "--log-level", "debug"}), d.stderr.String())
		plan, err := os.ReadFile(saved)
		require.NoError(t, err)
		shown := bytes.Join([][]byte{d.stdout.Bytes(), d.stderr.Bytes(), plan}, nil)
		for _, mark := range []string{"UExBTlRFRC1LRVkt", "PLANTED-KEY", "PRIVATE KEY", "Secret-1"} {
			assert.NotContains(t, string(shown), mark)
		}
		assert.Contains(t, d.stdout.String(), `"kind": "package"`)
	}
}

// TestAnInventoryOfFiles plans what its key "file" names, beside the inventory.
func TestAnInventoryOfFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text, err := os.ReadFile(fileOfAPreset)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ams.ini"), text, 0o600))
	inventory := filepath.Join(folder, "fleet.yaml")
	require.NoError(t, os.WriteFile(inventory, []byte("devices:\n  - {name: ams-1, file: ams.ini}\n  - {name: nyc-1, url: 'https://192.0.2.1', tags: [live]}\n"), 0o600))
	d := newOffline(t)
	require.Equal(t, exitDone, d.app.run([]string{"plan", "-i", inventory, "--limit", "ams-1", "-o", "json"}), d.stderr.String())
	assert.Contains(t, d.stdout.String(), `"target": "ams-1"`)
	assert.Equal(t, exitUsage, newOffline(t).app.run([]string{"plan", "-i", inventory}), "one run takes devices or files")
	assert.Equal(t, exitUsage, newOffline(t).app.run([]string{"apply", "-i", inventory, "--limit", "ams-1", "--yes"}))
}

// TestABackupIsPlannedAsItsDevice: a backup holds the stores too.
func TestABackupIsPlannedAsItsDevice(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.250", "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	online := decidedBy(t, d.stdout.String())
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run("backup", "--dir", t.TempDir(), "-o", "json"))
	var backups struct{ Devices []struct{ Backup string } }
	require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &backups))
	offline := newOffline(t)
	require.Equal(t, exitDone, offline.app.run([]string{"plan", backups.Devices[0].Backup, "-o", "json"}), offline.stderr.String())
	assert.Equal(t, online, decidedBy(t, offline.stdout.String()))
	assert.Contains(t, offline.stdout.String(), `"kind": "backup"`)
}

// client does what a person does in the web interface of the simulated device.
func (d *testApp) client() *audiocodes.Client {
	return audiocodes.New(audiocodes.Options{
		URL: d.target[0], Username: "Admin", Password: "Admin", Trust: audiocodes.Trust{Pins: []string{d.target[2]}},
		Timeout: time.Minute, LongTimeout: time.Minute, Now: time.Now,
		Retry: func(ctx context.Context, _ func(error) bool, work func(context.Context) error) error {
			return work(ctx)
		},
	})
}

// TestFilesThatCannotBeReadKeepNoOtherFromBeingPlanned: no budget of unreachable devices stops a run over files.
func TestFilesThatCannotBeReadKeepNoOtherFromBeingPlanned(t *testing.T) {
	t.Parallel()
	device, folder := newTestApp(t, "7.4.500", ""), t.TempDir()
	good, err := os.ReadFile(device.savedINI(t))
	require.NoError(t, err)
	for i := range 12 {
		content := good
		if i < 6 {
			content = []byte("<html><body>Login</body></html>")
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("sbc-%02d.ini", i)), content, 0o600))
	}
	d := newOperator(t, "")
	require.Equal(t, exitFailed, d.app.run([]string{"plan", folder, "-o", "json"}), &d.stderr)
	summary := first(t, decode(t, d.stdout.String()), "summary").(map[string]any)
	assert.EqualValues(t, 6, summary["error"])
	assert.EqualValues(t, 6, summary["change"].(float64)+summary["blocked"].(float64))
}
