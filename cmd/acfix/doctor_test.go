package main

import (
	"archive/zip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheBugReportNamesNobody: neither what the operator typed nor what the device said is
// in it, and it is for its owner's eyes.
func TestTheBugReportNamesNobody(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	d.device.SetCell("WebUsers", 1, "Username", "jane.doe")
	d.device.SetParam("NTPServerIP", "'time.contoso.example'")
	path := filepath.Join(t.TempDir(), "report.zip")
	require.Equal(t, exitDone, d.run("doctor", "--bundle", path, "--username", "Admin"))
	assert.Contains(t, d.stdout.String(), "5740500", "the operator's own report is not anonymous")
	assert.Zero(t, d.device.Writes())

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	archive, err := zip.OpenReader(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, archive.Close()) })
	var names []string
	for _, entry := range archive.File {
		names = append(names, entry.Name)
		r, err := entry.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		host := strings.TrimPrefix(d.target[0], "https://")
		for _, identity := range []string{host, "127.0.0.1", "192.0.2.", "5740500", "jane.doe", "contoso", "$1$", "b2JzY3VyZWQ", "ITSP", "3f786850"} {
			assert.NotContains(t, string(text), identity, entry.Name)
		}
	}
	assert.Equal(t, []string{"README.txt", "doctor.json", "answers.json", "status.json", "configuration.ini", "certificates.json"}, names)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing half-made is left")
}

func TestAnInterruptedExaminationEndsWith130(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	faulty(t, "GET /files/ini hang")(d.device)
	var once sync.Once
	d.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/files/ini") {
			once.Do(func() { close(d.stop) })
		}
	})
	assert.Equal(t, exitInterrupted, d.run("doctor", "-o", "json"))
	requireFits(t, "acfix.doctor/v1", d.stdout.String())
}
