package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/acfix/acfix/mockdevice"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func emptyStore(d *mockdevice.Device, arguments []string) {
	id := number(arguments[0])
	for _, fingerprint := range d.Running().Roots[id] {
		d.RemoveRoot(id, fingerprint)
	}
}

func makeIdentity(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: identity FILE")
	}
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), []byte(key.String()+"\n"), 0o600))
	ts.Setenv(strings.ToUpper(arguments[0])+"_RECIPIENT", key.Recipient().String())
}

// applied repairs the device in front of the testApp and returns the backup of that run.
func (d *testApp) applied(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	require.Equal(t, exitDone, d.run("apply", "--yes", "--backup-dir", directory), "%s", d.stdout.String())
	found, err := filepath.Glob(filepath.Join(directory, "*"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	d.stdout.Reset()
	d.stderr.Reset()
	d.device.ResetLog()
	return found[0]
}

func (d *testApp) restore(typed string, arguments ...string) int {
	d.app.stdin = strings.NewReader(typed)
	return d.app.run(append([]string{"restore"}, arguments...))
}

func TestTheSerialNumberIsTyped(t *testing.T) {
	for name, row := range map[string]struct {
		typed string
		code  int
	}{
		"right":         {"5740500\n", exitDone},
		"with blanks":   {"  5740500 \n", exitDone},
		"no return":     {"5740500", exitDone},
		"yes":           {"yes\n", exitFailed},
		"wrong":         {"5740501\n", exitFailed},
		"nothing":       {"", exitFailed},
		"on line two":   {"\n5740500\n", exitFailed},
		"part of it":    {"574050\n", exitFailed},
		"a flood of it": {strings.Repeat("5740500", 1000), exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "")
			kept := d.applied(t)
			before := d.device.Flash()
			code := d.restore(row.typed, kept, "--yes", "--pin", d.target[2])
			assert.Equal(t, row.code, code, d.stdout.String())
			assert.Contains(t, d.stderr.String(), "type the device's serial number: ")
			if code != exitDone {
				assert.Contains(t, d.stdout.String(), "[declined]")
				assert.Equal(t, before, d.device.Flash())
				assert.Zero(t, d.device.Writes())
			}
		})
	}
}

func TestOnlyASwitchIsAskedForByYes(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	kept := d.applied(t)
	assert.Equal(t, exitFailed, d.restore("no\n", kept, "--pin", d.target[2]))
	assert.Contains(t, d.stdout.String(), "[declined]")
	assert.Zero(t, d.device.Writes())
	assert.Equal(t, exitDone, d.restore("yes\n", kept, "--pin", d.target[2]), d.stdout.String())
	assert.NotContains(t, d.stderr.String(), "serial number: ")
}

func TestTheBackupsAddressIsAskedFor(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	kept := d.applied(t)
	elsewhere(t, kept, "https://192.0.2.1")
	assert.Equal(t, exitUsage, d.restore("no\n", kept, "--yes"))
	assert.Contains(t, d.stderr.String(), "The backup says that the device is at https://192.0.2.1.")
	assert.NotContains(t, d.stderr.String(), "Password", "nothing else is asked for, or sent")
	assert.Equal(t, exitDone, d.restore("", kept, "--yes", "--url", d.target[0], "--pin", d.target[2]), d.stdout.String())
}

// TestAnImpossibleAddressForABackup is refused like one of another command, and leaves no trace.
func TestAnImpossibleAddressForABackup(t *testing.T) {
	t.Parallel()
	kept := newTestApp(t, "7.4.604", "").applied(t)
	for address, want := range map[string]string{
		"192.0.2.1:99999": "there is no port 99999", "192.0.2.300": "is no address", "fe80::1": "needs its zone",
	} {
		d := newOperator(t, "")
		assert.Equal(t, exitUsage, d.app.run([]string{"restore", kept, "--yes", "--url", address}), address)
		assert.Contains(t, d.stderr.String(), want)
		left, err := os.ReadDir(d.app.getenv("XDG_STATE_HOME"))
		require.NoError(t, err)
		assert.Empty(t, left, address)
	}
}

// TestAnInventoryVouchesForTheBackupsAddress, and says how to get there.
func TestAnInventoryVouchesForTheBackupsAddress(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	kept := d.applied(t)
	elsewhere(t, kept, "https://sbc.invalid")
	proxy, connections := jump(t, "sbc.invalid:443", strings.TrimPrefix(d.target[0], "https://"))
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	text := "devices:\n  - {name: far, url: sbc.invalid, proxy: '" + proxy + "', pin: " + d.target[2] + "}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	assert.Equal(t, exitDone, d.restore("", kept, "--yes", "-i", file), "%s%s", d.stdout.String(), d.stderr.String())
	assert.Contains(t, d.stdout.String(), "Restored")
	assert.NotContains(t, d.stderr.String(), "Is that right?")
	assert.Positive(t, connections.Load())
}

// elsewhere edits a backup as an attacker might to get the password.
func elsewhere(t *testing.T, directory, address string) {
	t.Helper()
	path := filepath.Join(directory, "manifest.json")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), `"url":`) {
			lines[i] = `  "url": "` + address + `",`
		}
	}
	text = []byte(strings.Join(lines, "\n"))
	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "manifest.sha256"), digestOf(text), 0o600))
}

func TestBackupsWithAddressesThatCannotBe(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	kept := d.applied(t)
	for _, address := range []string{"", "http://192.0.2.1", "https://a:b@192.0.2.1", "file:///etc/passwd", "https://x/y"} {
		elsewhere(t, kept, address)
		d.stderr.Reset()
		assert.Equal(t, exitUsage, d.restore("yes\nyes\n", kept, "--yes", "--pin", d.target[2]), address)
		assert.Contains(t, d.stderr.String(), "--url")
	}
	assert.Zero(t, d.device.Writes())
}

func digestOf(text []byte) []byte {
	return fmt.Appendf(nil, "%x  manifest.json\n", sha256.Sum256(text))
}
