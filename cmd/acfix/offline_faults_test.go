package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// presetText is an exported configuration, with some texts replaced by others.
func presetText(t *testing.T, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile(fileOfAPreset)
	require.NoError(t, err)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, string(text), replace[i])
	}
	return strings.NewReplacer(replace...).Replace(string(text))
}

func writeTo(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// plansOf are the plans of each target that a command printed.
func plansOf(t *testing.T, d *testApp) map[string]remediate.DevicePlan {
	t.Helper()
	var plan remediate.Plan
	require.NoError(t, json.Unmarshal(d.stdout.Bytes(), &plan), "%s%s", &d.stdout, &d.stderr)
	devices := map[string]remediate.DevicePlan{}
	for _, device := range plan.Devices {
		devices[filepath.Base(device.Target)] = device
	}
	return devices
}

// TestOneFileThatCannotBeReadFailsAlone: the others of its folder or inventory are planned, and get their packages.
func TestOneFileThatCannotBeReadFailsAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeTo(t, filepath.Join(folder, "good.ini"), presetText(t))
	require.NoError(t, os.Symlink("nowhere.ini", filepath.Join(folder, "gone.ini")))
	require.NoError(t, os.Symlink("loop.7z", filepath.Join(folder, "loop.7z")))
	require.NoError(t, os.Symlink("/nonexistent/x.tgz", filepath.Join(folder, "away.tgz")))
	inventory := writeTo(t, filepath.Join(t.TempDir(), "fleet.yaml"), "devices:\n"+
		"  - {name: good.ini, file: '"+folder+"/good.ini'}\n  - {name: gone.ini, file: '"+folder+"/gone.ini'}\n"+
		"  - {name: loop.7z, file: missing.7z}\n  - {name: away.tgz, file: '"+folder+"'}\n")
	for name, arguments := range map[string][]string{"a folder": {folder}, "an inventory": {"-i", inventory}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newOffline(t)
			require.Equal(t, exitFailed, d.app.run(slices.Concat([]string{"plan", "-o", "json"}, arguments)), d.stderr.String())
			devices := plansOf(t, d)
			assert.Equal(t, remediate.Change, devices["good.ini"].Verdict)
			for _, wrong := range []string{"gone.ini", "loop.7z", "away.tgz"} {
				require.Equal(t, remediate.Errored, devices[wrong].Verdict, wrong)
				assert.NotEmpty(t, devices[wrong].Error.Hint)
			}
			d.stdout.Reset()
			below := filepath.Join(t.TempDir(), "packages")
			require.Equal(t, exitFailed, d.app.run(slices.Concat([]string{"package", "--dir", below}, arguments)))
			assert.FileExists(t, filepath.Join(below, "good.ini", "steps.txt"))
		})
	}
}

// listener counts who connects to it.
func listener(t *testing.T) (address string, connections *atomic.Int32) {
	t.Helper()
	opened, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	connections = &atomic.Int32{}
	go func() {
		for {
			connection, err := opened.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = connection.Close()
		}
	}()
	return opened.Addr().String(), connections
}

// TestNothingIsDialledForAPath: a word that exists as a file or folder is no host, whichever command gets it.
func TestNothingIsDialledForAPath(t *testing.T) {
	address, connections := listener(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("exports", 0o700))
	require.NoError(t, os.Mkdir("sbc@site", 0o700))
	require.NoError(t, os.Mkdir(address, 0o700))
	require.NoError(t, os.Mkdir("192.0.2.7", 0o700))
	writeTo(t, "notes", "hello\n")
	writeTo(t, "empty", "")
	require.NoError(t, os.Symlink("nowhere", "sbc-1"))
	require.NoError(t, os.Symlink("exports", "link"))
	for _, word := range []string{"exports", "sbc@site", address, "192.0.2.7", "notes", "empty", "sbc-1", "link"} {
		for _, command := range [][]string{
			{"plan"}, {"package", "--dir", "out"}, {"apply", "--yes"}, {"apply", "--dry-run"}, {"backup", "--dir", "kept"}, {"doctor"},
		} {
			d := newOperator(t, "")
			code := d.app.run(slices.Concat(command, []string{word, "--proxy", "http://" + address, "--pin", strings.Repeat("ab", 32)}))
			offline := command[0] == "plan" || command[0] == "package"
			if offline && (word == "notes" || word == "empty") {
				assert.Equal(t, exitFailed, code, "%s %s: %s", command, word, &d.stderr)
			} else {
				assert.Equal(t, exitUsage, code, "%s %s: %s", command, word, &d.stderr)
			}
			assert.NotContains(t, d.stderr.String(), "Password of")
		}
	}
	assert.Zero(t, connections.Load(), "a path was dialled")
	d := newOperator(t, "")
	require.Equal(t, exitUsage, d.app.run([]string{"plan", "exports"}))
	assert.Contains(t, d.stderr.String(), "exports holds no export of a device")
	assert.Contains(t, d.stderr.String(), "named by its URL, https://")
}

var controls = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

// TestControlCharactersGoNowhere: a row that holds one is not written down, and none is printed.
func TestControlCharactersGoNowhere(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]string{
		"NUL": "\x00", "ESC": "\x1b[2J", "BEL": "\a", "a lone CR": "\r", "DEL": "\x7f", "CSI in one": "\u009b31m", "a tab": "\t",
		"turned": "\u202e", "zero width": "\u200b",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := presetText(t, `"Teams"`, `"Tea`+odd+`ms"`, ";Board: Mediant", ";Board: Mediant"+odd)
			path := writeTo(t, filepath.Join(t.TempDir(), "board.ini"), text)
			below := filepath.Join(t.TempDir(), "packages")
			for _, arguments := range [][]string{{"plan", path}, {"package", path, "--dir", below}} {
				d := newOffline(t)
				require.Equal(t, exitDone, d.app.run(arguments), "%s%s", &d.stdout, &d.stderr)
				assert.NotRegexp(t, controls, d.stdout.String()+d.stderr.String())
				if arguments[0] == "package" {
					assert.Contains(t, d.stderr.String(), "the package has no 1-switch.ini: The row can't be written down")
				}
			}
			files := contentOf(t, filepath.Join(below, "board.ini"))
			assert.NotContains(t, files, "1-switch.ini")
			for name, content := range files {
				assert.NotRegexp(t, controls, content, name)
			}
			steps := strings.Join(strings.Fields(files["steps.txt"]), " ")
			assert.Contains(t, steps, "Why there is no 1-switch.ini")
			assert.Contains(t, steps, "the cell Name has the control character")
			assert.Contains(t, files["steps.html"], "Why there is no 1-switch.ini")
		})
	}
}

// TestADeviceWithoutAnythingOfSIPIsNoDeviceWithoutTeams: its answer was cut off, also over the network.
func TestADeviceWithoutAnythingOfSIPIsNoDeviceWithoutTeams(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"7.4.604", "7.0"} {
		d := newTestApp(t, preset, "")
		for _, table := range []string{"ProxyIp", "IPGroup", "ProxySet", "SIPInterface"} {
			for row := range 8 {
				d.device.DeleteRow(table, row)
			}
		}
		d.device.Save()
		require.Equal(t, exitFailed, d.run("plan", "-o", "json"), preset)
		for _, device := range plansOf(t, d) {
			assert.Equal(t, remediate.Errored, device.Verdict)
			assert.Equal(t, remediate.CodeBadAnswer, device.Error.Code)
			assert.Contains(t, device.Error.Message, "it has no table SIPInterface, ProxySet or ProxyIp")
		}
	}
}

// TestARowThatIsNoUTF8IsExplained: a name in an older encoding would be spoilt by being written down.
func TestARowThatIsNoUTF8IsExplained(t *testing.T) {
	t.Parallel()
	path := writeTo(t, filepath.Join(t.TempDir(), "board.ini"), presetText(t, `"Teams"`, "\"M\xfcnchen\""))
	saved := filepath.Join(t.TempDir(), "plan.json")
	d := newOperator(t, "")
	require.Equal(t, exitDone, d.app.run([]string{"plan", path, "--out", saved, "--proxy-set", "1"}))
	for _, target := range [][]string{{path, "--proxy-set", "1"}, {saved}} {
		below := filepath.Join(t.TempDir(), "packages")
		d.stderr.Reset()
		require.Equal(t, exitDone, d.app.run(slices.Concat([]string{"package", "--dir", below}, target)), d.stderr.String())
		assert.Contains(t, d.stderr.String(), "the cell Name has a byte that is not UTF-8")
		files := contentOf(t, filepath.Join(below, "board.ini"))
		assert.NotContains(t, files, "1-switch.ini")
		assert.Contains(t, strings.Join(strings.Fields(files["steps.txt"]), " "), "the cell Name has a byte that is not UTF-8")
	}
}

// TestAFirmwareThatContradictsTheFile: the operator's word fills a gap, and no more.
func TestAFirmwareThatContradictsTheFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeTo(t, filepath.Join(folder, "tells.ini"), presetText(t))
	silent := writeTo(t, filepath.Join(folder, "silent.ini"), presetText(t, ";Software Version: 7.40A.500.357", ";"))
	for given, code := range map[string]int{
		"7.40A.604.077": exitUsage, "7.40A.500.358": exitUsage, "7.40B.500.357": exitUsage, "7.6": exitUsage,
		"7.40A.500.357": exitDone, "7.40a.500.357": exitDone, "7.4.500": exitDone,
	} {
		d := newOffline(t)
		assert.Equal(t, code, d.app.run([]string{"plan", filepath.Join(folder, "tells.ini"), "--firmware", given, "-o", "json"}), given)
		if code == exitDone {
			assert.Equal(t, "7.40A.500.357", plansOf(t, d)["tells.ini"].Device.Firmware)
			continue
		}
		assert.Contains(t, d.stderr.String(), "tells.ini is of a device with firmware 7.40A.500.357")
	}
	d := newOffline(t)
	require.Equal(t, exitDone, d.app.run([]string{"plan", folder, "--firmware", "7.40A.604.077", "-o", "json"}), d.stderr.String())
	assert.Equal(t, "7.40A.500.357", plansOf(t, d)["tells.ini"].Device.Firmware)
	assert.Equal(t, "7.40A.604.077", plansOf(t, d)["silent.ini"].Device.Firmware)
	d = newOffline(t)
	require.Equal(t, exitBlocked, d.app.run([]string{"plan", silent}))
	assert.Contains(t, d.stdout.String(), "The firmware version is not given")
	assert.NotContains(t, d.stdout.String(), `""`)
}

// TestTheOwnCertificateIsUnknownWithoutIt: silence would read as if it had been checked.
func TestTheOwnCertificateIsUnknownWithoutIt(t *testing.T) {
	t.Parallel()
	codes := func(arguments ...string) (codes []string) {
		d := newOffline(t)
		d.app.run(append([]string{"plan", "-o", "json"}, arguments...))
		for _, device := range plansOf(t, d) {
			for _, finding := range device.Findings {
				codes = append(codes, finding.Code)
			}
		}
		return codes
	}
	assert.Contains(t, codes(fileOfAPreset), remediate.CertificateNotInFile)
	assert.NotContains(t, codes(fileOfAPreset, "--no-cert-check"), remediate.CertificateNotInFile)
	assert.Contains(t, codes("../../internal/fleet/export/testdata/plain.7z"), remediate.CertificateNotInFile)
	certificate, err := os.ReadFile("../../certs/roots/digicert-global-root-g2.pem")
	require.NoError(t, err)
	with := codes(packed(t, map[string]string{"ini.ini": presetText(t), "Teams.crt": string(certificate)}))
	assert.NotContains(t, with, remediate.CertificateNotInFile)
	assert.Contains(t, with, remediate.CertificateSelfSigned, "it is checked")
}

// packed is a configuration package.
func packed(t *testing.T, members map[string]string) string {
	t.Helper()
	var data bytes.Buffer
	zipped := gzip.NewWriter(&data)
	archive := tar.NewWriter(zipped)
	for name, content := range members {
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Typeflag: tar.TypeReg}))
		_, err := archive.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return writeTo(t, filepath.Join(t.TempDir(), "package.tar.gz"), data.String())
}

// TestTwoExportsOfOneDeviceAreNamed: only the newer one shows the device as it is.
func TestTwoExportsOfOneDeviceAreNamed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, row := range map[string]struct {
		ages  map[string]time.Duration
		says  string
		stops []string // packages that say so
	}{
		"one is newer":   {map[string]time.Duration{"a.ini": 48 * time.Hour, "b.ini": time.Hour}, "b.ini is the newest", []string{"a.ini"}},
		"the other is":   {map[string]time.Duration{"a.ini": time.Hour, "b.ini": 48 * time.Hour}, "a.ini is the newest", []string{"b.ini"}},
		"of three":       {map[string]time.Duration{"a.ini": 4 * time.Hour, "b.ini": 8 * time.Hour, "c.ini": time.Hour}, "c.ini is the newest", []string{"a.ini", "b.ini"}},
		"of one instant": {map[string]time.Duration{"a.ini": time.Hour, "b.ini": time.Hour}, "do not tell which is the newest", []string{"a.ini", "b.ini"}},
		"one alone":      {map[string]time.Duration{"a.ini": time.Hour}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, below := t.TempDir(), filepath.Join(t.TempDir(), "packages")
			for file, age := range row.ages {
				path := writeTo(t, filepath.Join(folder, file), presetText(t))
				require.NoError(t, os.Chtimes(path, now.Add(-age), now.Add(-age)))
			}
			writeTo(t, filepath.Join(folder, "other.ini"), presetText(t, "5740500", "5740501"))
			d := newOffline(t)
			require.Equal(t, exitDone, d.app.run([]string{"package", folder, "--dir", below}), d.stderr.String())
			assert.Equal(t, row.says != "", strings.Contains(d.stderr.String(), "are exports of the same device (5740500)"))
			for file := range row.ages {
				if row.says != "" {
					assert.Contains(t, d.stderr.String(), file)
				}
				steps := contentOf(t, filepath.Join(below, file))
				assert.Equal(t, slices.Contains(row.stops, file), strings.Contains(steps["steps.txt"], "STOP: "), file)
				assert.Equal(t, slices.Contains(row.stops, file), strings.Contains(steps["steps.html"], "STOP: "), file)
			}
			assert.Contains(t, d.stderr.String(), row.says)
			assert.NotContains(t, contentOf(t, filepath.Join(below, "other.ini"))["steps.txt"], "STOP")
		})
	}
}

// TestWhatMakesAnExportOldIsSaid: the operator can judge a time only by knowing what it is the time of.
func TestWhatMakesAnExportOldIsSaid(t *testing.T) {
	t.Parallel()
	archive, err := os.ReadFile("../../internal/fleet/export/testdata/plain.7z")
	require.NoError(t, err)
	file := writeTo(t, filepath.Join(t.TempDir(), "board.ini"), presetText(t))
	then := time.Now().Add(-30 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(file, then, then))
	for path, by := range map[string]string{
		file: "the file's own time",
		writeTo(t, filepath.Join(t.TempDir(), "copied-just-now.7z"), string(archive)): "the time of the configuration in the package",
	} {
		d := newOffline(t)
		require.Equal(t, exitUsage, d.app.run([]string{"package", path, "--dir", filepath.Join(t.TempDir(), "p"), "--max-age", "1m"}), path)
		assert.Contains(t, d.stderr.String(), by)
		assert.Contains(t, d.stderr.String(), "older than --max-age")
	}
}

// TestUntidyFilesAreCalledWhatTheyAre: each with what to do.
func TestUntidyFilesAreCalledWhatTheyAre(t *testing.T) {
	t.Parallel()
	text := presetText(t)
	for name, row := range map[string]struct{ text, says string }{
		"lost within a section":  {text[strings.Index(text, "SyslogServerIP"):], "its first lines are missing"},
		"lost within a table":    {text[strings.Index(text, "TLSContexts 0 ="):], "its first lines are missing"},
		"lost before its end":    {text[strings.Index(text, `[ \TLSContexts ]`):], "its first lines are missing"},
		"within a letter":        {"\xff\xfe" + strings.Join(strings.Split(text[:500], ""), "\x00"), "UTF-16 or UTF-32 that begins or ends within a letter"},
		"UTF-32 within a letter": {"\xff\xfe\x00\x00" + strings.Join(strings.Split(text[:500], ""), "\x00\x00\x00"), "UTF-16 or UTF-32"},
	} {
		path := writeTo(t, filepath.Join(t.TempDir(), "board.ini"), row.text)
		d := newOffline(t)
		require.Equal(t, exitFailed, d.app.run([]string{"plan", path, "-o", "json"}), name)
		device := plansOf(t, d)["board.ini"]
		require.NotNil(t, device.Error, name)
		assert.Contains(t, device.Error.Message, row.says, name)
		assert.Equal(t, remediate.CodeBadAnswer, device.Error.Code)
	}
	later := writeTo(t, filepath.Join(t.TempDir(), "board.ini"), text[strings.Index(text, "[ SIPInterface ]"):])
	d := newOffline(t)
	d.app.run([]string{"plan", later})
	assert.Contains(t, d.stdout.String(), "it lacks the tables TLSContexts, SRD")
}
