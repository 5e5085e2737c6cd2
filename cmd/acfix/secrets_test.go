package main

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const plantedPassword = "Tr0ub4dor&3 <x>"

// TestNoSecretIsLeftBehind runs everything at debug level, well and badly, and searches all
// that was printed and written for the password in every form, and for the device's own
// obscured secrets. Only the configuration inside a backup may hold the latter.
func TestNoSecretIsLeftBehind(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	model.Password = plantedPassword
	d := newTestAppFor(t, model, "")
	d.app.readSecret = func() ([]byte, error) { return []byte(plantedPassword), nil }
	state := d.app.getenv("XDG_STATE_HOME")
	plan := filepath.Join(state, "plan.json")
	debug := []string{"--log-level", "debug"}

	d.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/trustedRoot/incremental", Count: 1, Do: mockdevice.Status, Status: 400})
	require.Equal(t, exitFailed, d.run(append([]string{"apply", "--yes"}, debug...)...))
	require.Equal(t, exitDone, d.run(append([]string{"plan", "--out", plan, "-o", "json"}, debug...)...))
	require.Equal(t, exitDone, d.app.run(append([]string{"apply", "--yes", plan, "--pin", d.target[2]}, debug...)))
	require.Equal(t, exitDone, d.run(append([]string{"backup", "--dir", filepath.Join(state, "kept")}, debug...)...))
	backups, err := filepath.Glob(filepath.Join(state, "acfix", "backups", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, backups)
	require.Equal(t, exitDone, d.app.run(append([]string{"restore", backups[0], "--yes", "--confirm-serial", model.Serial, "--pin", d.target[2]}, debug...)), d.stderr.String())
	require.Equal(t, exitDone, d.run(append([]string{"doctor", "--bundle", filepath.Join(state, "bug.zip")}, debug...)...))
	d.device.AddFault(mockdevice.Fault{Path: "/status", Do: mockdevice.HTML})
	require.Equal(t, exitFailed, d.run(append([]string{"plan", "-o", "json"}, debug...)...))

	encoded := base64.StdEncoding.EncodeToString([]byte("Admin:" + plantedPassword))
	forbidden := []string{plantedPassword, encoded, url.QueryEscape(plantedPassword), "Tr0ub4dor", "$1$"}
	searched := map[string]string{"stdout": d.stdout.String(), "stderr": d.stderr.String()}
	for path, content := range filesBelow(t, state) {
		if filepath.Base(path) != "configuration.ini" {
			searched[path] = content
		}
	}
	assert.Greater(t, len(searched), 10, "something was searched")
	assert.Contains(t, searched["stderr"], "level=DEBUG")
	for where, content := range searched {
		for _, secret := range forbidden {
			assert.NotContains(t, content, secret, where)
		}
	}
}

// filesBelow reads all files below a directory, and holds each to its mode: what acfix
// writes is for its owner alone.
func filesBelow(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		require.NoError(t, err)
		if entry.IsDir() {
			assert.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), path)
			return nil
		}
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
		assert.False(t, strings.HasPrefix(entry.Name(), ".partial"), "%s was left behind", path)
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	}))
	return files
}
