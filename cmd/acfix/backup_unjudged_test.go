package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mangled puts a device on a port whose configuration is what edit makes of the true one.
func mangled(t *testing.T, d *testApp, edit func(ini string) string) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/files/ini" {
			d.device.ServeHTTP(w, r)
			return
		}
		recorder := httptest.NewRecorder()
		d.device.ServeHTTP(recorder, r)
		w.WriteHeader(recorder.Code)
		_, _ = w.Write([]byte(edit(recorder.Body.String())))
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	d.target = []string{server.URL, "--pin", hex.EncodeToString(sum[:])}
}

// unreadableINIs are configurations that acfix does not understand, and what it says of them.
var unreadableINIs = map[string]struct {
	edit func(ini string) string
	want string
}{
	"cut off in a table": {
		func(ini string) string { return ini[:strings.Index(ini, `[ \TLSContexts ]`)] }, "it ends inside table TLSContexts",
	},
	"a table that stands there twice": {
		func(ini string) string {
			begin := strings.Index(ini, "[ TLSContexts ]")
			end := strings.Index(ini, `[ \TLSContexts ]`) + len(`[ \TLSContexts ]`)
			return ini + "\r\n" + ini[begin:end] + "\r\n"
		}, "table TLSContexts stands in the file twice",
	},
	"a row of the Teams leg with a cell too many": {
		func(ini string) string { return strings.Replace(ini, "SIPInterface 1 = ", "SIPInterface 1 = 7, ", 1) }, "the FORMAT",
	},
	"an index that stands there twice": {
		func(ini string) string { return strings.Replace(ini, "TLSContexts 1 = ", "TLSContexts 0 = ", 1) }, "index 0 stands there twice",
	},
	"something else altogether": {func(string) string { return "CONFIG v9 {\n  tls: on\n}\n" }, "not a complete INI file"},
}

// TestABackupKeepsWhatItCannotJudge: the bytes are there, acfix does not call them a backup, and no restore
// takes them for one.
func TestABackupKeepsWhatItCannotJudge(t *testing.T) {
	t.Parallel()
	for name, test := range unreadableINIs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "")
			sent := ""
			mangled(t, d, func(ini string) string { sent = test.edit(ini); return sent })
			folder := filepath.Join(t.TempDir(), "kept")
			assert.Equal(t, exitFailed, d.run("backup", "--dir", folder, "-o", "json"), d.stderr.String())
			assert.Zero(t, d.device.Writes())

			result := unjudgedResult(t, d.stdout.Bytes())
			assert.Equal(t, "failed", result.Status)
			assert.Empty(t, result.Backup, "it is no backup")
			assert.Equal(t, "bad_answer", result.Error.Code)
			assert.Contains(t, result.Error.Message, "the configuration can't be judged")
			assert.Contains(t, result.Error.Message, test.want)
			assert.Contains(t, result.Error.Message, result.Kept)
			assert.Contains(t, result.Error.Hint, "no restore takes it")
			assert.True(t, strings.HasSuffix(result.Kept, "_unjudged"), result.Kept)

			kept, err := os.ReadFile(filepath.Join(result.Kept, "configuration.ini"))
			require.NoError(t, err)
			assert.Equal(t, sent, string(kept))
			requireOwnersOnly(t, folder)
			requireNotRestored(t, d, result.Kept)
		})
	}
}

// TestWhatStandsInAnUnjudgedConfigurationIsReadToo: the files of its TLS Contexts, which no configuration holds.
func TestWhatStandsInAnUnjudgedConfigurationIsReadToo(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	mangled(t, d, unreadableINIs["a table that stands there twice"].edit)
	folder := filepath.Join(t.TempDir(), "kept")
	assert.Equal(t, exitFailed, d.run("backup", "--dir", folder, "-o", "json"))
	kept := unjudgedResult(t, d.stdout.Bytes()).Kept
	roots, err := os.ReadFile(filepath.Join(kept, "tls-1", "trusted-roots.pem"))
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(roots), "BEGIN CERTIFICATE"))
	for _, name := range []string{"tls-0/trusted-roots.pem", "tls-1/certificate.pem", "status.json", "manifest.json"} {
		assert.FileExists(t, filepath.Join(kept, filepath.FromSlash(name)))
	}
}

// TestWhatIsNoConfigurationIsNotKept: a login page and an answer that is missing are no device's configuration.
func TestWhatIsNoConfigurationIsNotKept(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"a web page": "<html><body>Log in</body></html>", "nothing": ""} {
		d := newTestApp(t, "7.4.500", "")
		mangled(t, d, func(string) string { return body })
		folder := filepath.Join(t.TempDir(), "kept")
		assert.Equal(t, exitFailed, d.run("backup", "--dir", folder, "-o", "json"), name)
		assert.Empty(t, unjudgedResult(t, d.stdout.Bytes()).Kept, name)
		assert.NoDirExists(t, folder, name)
	}
}

// TestAConfigurationBeyondTheLimit: the message says which limit, the hint what to do.
func TestAConfigurationBeyondTheLimit(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	mangled(t, d, func(ini string) string { return ini + strings.Repeat("; filler\r\n", 4<<20) })
	folder := filepath.Join(t.TempDir(), "kept")
	assert.Equal(t, exitFailed, d.run("backup", "--dir", folder, "-o", "json"))
	failure := unjudgedResult(t, d.stdout.Bytes()).Error
	assert.Equal(t, "bad_answer", failure.Code)
	assert.Contains(t, failure.Message, "read the configuration")
	assert.Contains(t, failure.Message, "more than 32 MiB")
	assert.Contains(t, failure.Hint, "at most 32 MiB of a configuration")
	assert.Contains(t, failure.Hint, "Configuration File")
	assert.NoDirExists(t, folder)
	assert.Equal(t, exitFailed, d.run("plan"))
	assert.Contains(t, d.stdout.String(), "at most 32 MiB of a configuration")
}

// TestAnApplyWritesNothingOnWhatItCannotJudge as before.
func TestAnApplyWritesNothingOnWhatItCannotJudge(t *testing.T) {
	t.Parallel()
	for name, test := range unreadableINIs {
		d := newTestApp(t, "7.4.500", "")
		mangled(t, d, test.edit)
		assert.Equal(t, exitFailed, d.run("apply", "--yes"), name)
		assert.Zero(t, d.device.Writes(), name)
	}
}

type unjudged struct {
	Status, Backup, Kept string
	Error                struct{ Code, Message, Hint string }
}

func unjudgedResult(t *testing.T, document []byte) unjudged {
	t.Helper()
	var read struct{ Devices []unjudged }
	require.NoError(t, json.Unmarshal(document, &read))
	require.Len(t, read.Devices, 1)
	return read.Devices[0]
}

func requireOwnersOnly(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return err
	}))
}

// requireNotRestored: the backup is whole as far as bytes go, is listed as what it is, and leads to no request.
func requireNotRestored(t *testing.T, d *testApp, kept string) {
	t.Helper()
	before := len(d.device.Requests())
	flags := d.target[1:]
	d.target = nil
	assert.Equal(t, exitDone, d.run("backup", "verify", kept))
	assert.Contains(t, d.stdout.String(), "not judged")
	assert.Equal(t, exitDone, d.run("backup", "list", "--dir", filepath.Dir(kept)))
	assert.Contains(t, d.stdout.String(), "not judged")
	assert.Equal(t, exitUsage, d.run(append([]string{"restore", kept, "--yes", "--confirm-serial", "5740500"}, flags...)...))
	assert.Contains(t, d.stderr.String(), "never checked")
	assert.Len(t, d.device.Requests(), before, "nothing was sent")
}
