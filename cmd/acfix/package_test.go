package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packagesOf makes packages and returns their folders by target.
func packagesOf(t *testing.T, d *testApp, arguments ...string) map[string]string {
	t.Helper()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run(slices.Concat([]string{"package"}, arguments, []string{"-o", "json"})), d.stderr.String())
	requireFits(t, "acfix.package/v1", d.stdout.String())
	var document packageDocument
	require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &document))
	folders := map[string]string{}
	for _, device := range document.Devices {
		folders[device.Target] = device.Dir
		if device.Dir == "" {
			continue
		}
		entries, err := os.ReadDir(device.Dir)
		require.NoError(t, err)
		assert.Len(t, entries, len(device.Files))
		for _, name := range device.Files {
			info, err := os.Stat(filepath.Join(device.Dir, name))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		}
	}
	return folders
}

func contentOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(data)
	}
	return files
}

// savedINI writes the configuration of a simulated device to a file, as the web interface does.
func (d *testApp) savedINI(t *testing.T) string {
	t.Helper()
	client := d.client()
	defer client.Close()
	configuration, err := client.Configuration(t.Context())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "configuration.ini")
	require.NoError(t, os.WriteFile(path, []byte(configuration.Raw), 0o600))
	return path
}

// TestAPackageCarriedOutEndsCompliant does what a package says, on every simulated firmware: by the clicks of its steps,
// and by its partial INI file; with the stores given, and without.
func TestAPackageCarriedOutEndsCompliant(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*testApp, *testing.T, map[string]string){
		"by clicks": (*testApp).clickThrough, "by the partial INI file": (*testApp).carryOutByHand,
	}
	for _, name := range mockdevice.PresetNames() {
		for way, carryOut := range ways {
			for _, given := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s %s, stores given: %t", name, way, given), func(t *testing.T) {
					t.Parallel()
					d := newTestApp(t, name, "")
					d.device.SetRoots(1, certs.Required()[3].PEM()) // one of those that no bundle has
					d.device.Save()
					d.carriedOut(t, given, carryOut)
				})
			}
		}
	}
}

// carriedOut lets a person without a network make the package and another carry it out.
func (d *testApp) carriedOut(t *testing.T, given bool, carryOut func(*testApp, *testing.T, map[string]string)) {
	t.Helper()
	offline := newOffline(t)
	path := d.savedINI(t)
	arguments := []string{path, "--dir", filepath.Join(t.TempDir(), "new", "packages")}
	if given {
		arguments = append(arguments, d.storesOf(t)...)
	}
	carryOut(d, t, contentOf(t, packagesOf(t, offline, arguments...)[path]))
	offline.stdout.Reset()
	require.Equal(t, exitDone, offline.app.run(append([]string{"plan", d.savedINI(t), "-o", "json"}, d.storesOf(t)...)))
	assert.Equal(t, remediate.Compliant, decidedBy(t, offline.stdout.String()).verdict)
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	assert.Equal(t, remediate.Compliant, decidedBy(t, d.stdout.String()).verdict)
	assert.False(t, d.device.SaveNeeded())
}

// What a person reads in the steps.
var (
	saysRow    = regexp.MustCompile(`^Open .* TLS Contexts, and click the row (\d+) "`)
	saysSwitch = regexp.MustCompile(`Set "Use default CA Bundle" to "Enable"`)
	saysImport = regexp.MustCompile(`(?i)click "Import", choose the file (\S+), .* with the serial number ([0-9a-f]+)\. If`)
	saysUnless = regexp.MustCompile(`^Look for .* If it is there, go on`)
	saysSave   = regexp.MustCompile(`^Save the configuration: the button "(Save|Burn)" on the toolbar`)
)

// clickThrough does what steps.txt says and nothing else: each click changes what it would change in the web interface.
func (d *testApp) clickThrough(t *testing.T, files map[string]string) {
	t.Helper()
	client := d.client()
	defer client.Close()
	before := d.device.Running()
	row := -1
	for _, step := range stepsOf(files["steps.txt"]) {
		if found := saysRow.FindStringSubmatch(step); found != nil {
			var err error
			row, err = strconv.Atoi(found[1])
			require.NoError(t, err)
		}
		if saysSwitch.MatchString(step) {
			d.device.SetCell("TLSContexts", row, "UseDefaultCABundle", "1")
		}
		if found := saysImport.FindStringSubmatch(step); found != nil {
			if saysUnless.MatchString(step) && lists(t, client, row, found[2]) {
				continue
			}
			require.Contains(t, files, found[1])
			require.NoError(t, client.AddTrustedRoot(t.Context(), row, []byte(files[found[1]])))
			assert.True(t, lists(t, client, row, found[2]), step)
		}
		if saysSave.MatchString(step) {
			require.NoError(t, client.Save(t.Context()))
			break // what comes behind is the check, and how to undo it
		}
	}
	require.Equal(t, 1, row, "the steps name the TLS Context")
	assert.LessOrEqual(t, differing(before.Configuration, d.device.Running().Configuration), 1, "one row differs")
	for _, name := range roots(files) {
		assert.Contains(t, strings.Join(stepsOf(files["steps.txt"]), " "), name)
	}
}

// stepsOf are the numbered steps of a guide, each on one line.
func stepsOf(text string) (steps []string) {
	for line := range strings.Lines(text) {
		number, rest, numbered := strings.Cut(strings.TrimSpace(line), ". ")
		_, err := strconv.Atoi(number)
		switch {
		case numbered && err == nil:
			steps = append(steps, rest)
		case strings.HasPrefix(line, "     ") && len(steps) > 0:
			steps[len(steps)-1] += " " + strings.TrimSpace(line)
		}
	}
	return steps
}

// lists reports whether the trusted roots of a TLS Context show one with that serial number.
func lists(t *testing.T, client *audiocodes.Client, context int, serial string) bool {
	t.Helper()
	store, err := client.TrustedRoots(t.Context(), context)
	require.NoError(t, err)
	for block, rest := pem.Decode(store.PEM); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		if hex.EncodeToString(certificate.SerialNumber.Bytes()) == serial {
			return true
		}
	}
	return false
}

// carryOutByHand loads the switch, imports each root in the order of the names, and saves.
func (d *testApp) carryOutByHand(t *testing.T, files map[string]string) {
	t.Helper()
	client := d.client()
	defer client.Close()
	before := d.device.Running().Configuration
	if load, has := files["1-switch.ini"]; has {
		require.NoError(t, client.LoadIncremental(t.Context(), []byte(load)))
		require.Equal(t, "1", d.device.Running().Cell("TLSContexts", 1, "UseDefaultCABundle"))
		assert.Equal(t, 1, differing(before, d.device.Running().Configuration), "one row differs")
	}
	for _, name := range roots(files) {
		require.NoError(t, client.AddTrustedRoot(t.Context(), 1, []byte(files[name])))
	}
	require.NoError(t, client.Save(t.Context()))
}

func differing(a, b string) (lines int) {
	before, after := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(before), len(after)) {
		if before[i] != after[i] {
			lines++
		}
	}
	return lines + max(len(before), len(after)) - min(len(before), len(after))
}

// roots are the names of the files of roots, in order.
func roots(files map[string]string) (names []string) {
	for name := range files {
		if strings.HasSuffix(name, ".pem") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestWhatAPackageHolds(t *testing.T) {
	t.Parallel()
	folder := packagesOf(t, newOffline(t), "../../mockdevice/presets/7.4.250.ini", "--dir", t.TempDir())["../../mockdevice/presets/7.4.250.ini"]
	files := contentOf(t, folder)
	assert.Equal(t, "7.4.250.ini", filepath.Base(folder))
	for _, name := range roots(files) {
		block, rest := pem.Decode([]byte(files[name]))
		require.NotNil(t, block, name)
		assert.Empty(t, rest, "one certificate each")
		assert.NotContains(t, files[name], "\r")
	}
	var listed struct {
		Files []struct{ Name, SHA256 string }
	}
	require.NoError(t, fits(t, files["manifest.json"]))
	require.Contains(t, files["manifest.json"], `"schema": "acfix.package_manifest/v1"`)
	require.NoError(t, json.Unmarshal([]byte(files["manifest.json"]), &listed))
	assert.Len(t, listed.Files, len(files)-1)
	for _, file := range listed.Files {
		sum := sha256.Sum256([]byte(files[file.Name]))
		assert.Equal(t, hex.EncodeToString(sum[:]), file.SHA256, file.Name)
		if file.Name != "steps.txt" && file.Name != "steps.html" {
			assert.Contains(t, strings.Join(strings.Fields(files["steps.txt"]), " "), file.Name)
		}
	}
	assert.NotRegexp(t, `(?i)(src|href)=|<script|@import|url\(`, files["steps.html"], "the page loads nothing")
}

// TestPackagesAreReproducible: the same input makes the same bytes, whenever it is made and wherever it is put.
func TestPackagesAreReproducible(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(fileOfAPreset)
	require.NoError(t, err)
	var made []map[string]string
	for _, age := range []time.Duration{0, 3 * 24 * time.Hour} {
		path := filepath.Join(t.TempDir(), "ams.ini")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, then, then))
		made = append(made, contentOf(t, packagesOf(t, newOffline(t), path, "--dir", filepath.Join(t.TempDir(), "out"))[path]))
	}
	assert.Equal(t, made[0], made[1])
}

// TestNothingOfTheConfigurationGoesIntoAPackage plants marked words all over a configuration.
func TestNothingOfTheConfigurationGoesIntoAPackage(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	d.device.SetParam("SNMPReadOnlyCommunityString", "PLANTED-community")
	d.device.SetCell("TLSContexts", 0, "ServerCipherString", "PLANTED-cipher")
	d.device.SetCell("IPGroup", 0, "Name", "PLANTED-group")
	d.device.Save()
	for _, arguments := range [][]string{
		{d.savedINI(t), "--dir", t.TempDir()},
		append(slices.Clone(d.target), "--dir", t.TempDir()),
	} {
		for _, folder := range packagesOf(t, d, append(arguments, "--proxy-set", "1")...) {
			require.NotEmpty(t, folder)
			for name, content := range contentOf(t, folder) {
				assert.NotContains(t, content, "PLANTED", name)
			}
		}
	}
}

// TestAPackageOfADeviceAndOfItsSavedPlan: a device over REST, and the plan that was saved of it, make the same package.
func TestAPackageOfADeviceAndOfItsSavedPlan(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	saved := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, exitDone, d.run("plan", "--out", saved, "--no-cert-check"))
	online := packagesOf(t, d, append(slices.Clone(d.target), "--dir", t.TempDir())...)[d.target[0]]
	requests := len(d.device.Requests())
	again := packagesOf(t, d, saved, "--dir", t.TempDir())[d.target[0]]
	assert.Len(t, d.device.Requests(), requests, "a saved plan asks no device")
	assert.Equal(t, contentOf(t, online), contentOf(t, again))
	assert.Contains(t, contentOf(t, again), "1-switch.ini")
	assert.Contains(t, online, strings.NewReplacer("https://", "", ":", "-").Replace(d.target[0]))
}

func TestOldExportsAreConfirmed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(fileOfAPreset)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "old.ini")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	then := time.Now().Add(-8 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(path, then, then))
	for name, row := range map[string]struct {
		typed    string
		terminal bool
		flags    []string
		code     int
	}{
		"no terminal":     {"", false, nil, exitUsage},
		"a yes":           {"yes\n", true, nil, exitDone},
		"a no":            {"no\n", true, nil, exitFailed},
		"--yes":           {"", false, []string{"--yes"}, exitDone},
		"a larger limit":  {"", false, []string{"--max-age", "240h"}, exitDone},
		"a smaller limit": {"", false, []string{"--max-age", "1h"}, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newOperator(t, row.typed)
			d.app.stdinIsTerminal = row.terminal
			folder := filepath.Join(t.TempDir(), "out")
			assert.Equal(t, row.code, d.app.run(append([]string{"package", path, "--dir", folder}, row.flags...)))
			_, err := os.Stat(folder)
			assert.Equal(t, row.code == exitDone, err == nil, "nothing is written without a yes")
		})
	}
}

func TestAPackageIsNeverWrittenOverAnother(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	theirs := filepath.Join(folder, "7.4.604.ini")
	require.NoError(t, os.MkdirAll(theirs, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(theirs, "notes.txt"), []byte("mine"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "7.4.500.ini"), 0o700))
	d := newOffline(t)
	assert.Equal(t, exitUsage, d.app.run([]string{"package", "../../mockdevice/presets", "--dir", folder}))
	assert.Contains(t, d.stderr.String(), theirs+" is there already")
	assert.Equal(t, map[string]string{"notes.txt": "mine"}, contentOf(t, theirs))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing else was written")
	packagesOf(t, d, fileOfAPreset, "--dir", folder) // an empty folder is not in the way
}

// TestAPackageThatCannotBeWrittenLeavesNothing: a folder is there whole, or not at all.
func TestAPackageThatCannotBeWrittenLeavesNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	d := newOffline(t)
	assert.NotEqual(t, exitDone, d.app.run([]string{"package", fileOfAPreset, "--dir", filepath.Join(file, "below")}))
	assert.NotEmpty(t, d.stderr.String())
	assert.Empty(t, d.stdout.String())
}

func TestDevicesWithoutChangesGetNoPackage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := newOffline(t)
	require.Equal(t, exitBlocked, d.app.run([]string{"package", samplesFolder + "/teams-azure-single-tenant-7.2.ini", "--firmware", "7.20A.258.459", "--dir", folder, "-o", "json"}))
	requireFits(t, "acfix.package/v1", d.stdout.String())
	d.stdout.Reset()
	require.Equal(t, exitFailed, d.app.run([]string{"package", samplesFolder + "/sip-trunk-7.4-partial.ini", "--firmware", "7.40A.500.357", "--dir", folder, "-o", "json"}))
	requireFits(t, "acfix.package/v1", d.stdout.String())
	require.Equal(t, exitPending, d.app.run([]string{"package", fileOfAPreset, "--dir", filepath.Join(folder, "more"), "--detailed-exitcode"}))
	assert.Equal(t, exitUsage, d.app.run([]string{"package", fileOfAPreset}), "--dir is missing")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

// TestStepsThatWereNotCheckedSaySo: no document at hand confirms the menus of firmware before 7.2.
func TestStepsThatWereNotCheckedSaySo(t *testing.T) {
	t.Parallel()
	for _, name := range mockdevice.PresetNames() {
		path := "../../mockdevice/presets/" + name + ".ini"
		d := newOffline(t)
		folder := packagesOf(t, d, path, "--all-roots", "--dir", t.TempDir())[path]
		require.NotEmpty(t, folder, name)
		files := contentOf(t, folder)
		for _, file := range []string{"steps.txt", "steps.html"} {
			steps := strings.Join(strings.Fields(files[file]), " ")
			assert.Equal(t, name == "7.0", strings.Contains(steps, "were not checked on a device"), "%s %s", name, file)
			assert.Equal(t, name == "7.0", strings.Contains(steps, "Burn"), "%s %s", name, file)
		}
	}
}
