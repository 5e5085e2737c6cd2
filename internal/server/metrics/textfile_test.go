package metrics_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/metrics"
)

func TestTextfile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "acfix.prom")
	fakeStore := &fakeStore{devices: []store.Device{{Target: "a", URL: "a", Status: "applied"}}}
	require.NoError(t, metrics.WriteTextfile(path, metrics.Registry(options(fakeStore))))
	mode(t, path, 0o600)
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(first), "acfix_store_up 1\n")
	assert.NotContains(t, string(first), "go_goroutines", "they belong to the node exporter")

	require.NoError(t, os.Chmod(path, 0o640))
	fakeStore.down.Store(true)
	require.NoError(t, metrics.WriteTextfile(path, metrics.Registry(options(fakeStore))))
	mode(t, path, 0o640)
	second, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(second), "acfix_store_up 0\n")
	assert.NotContains(t, string(second), "acfix_devices", "old numbers are gone from the file")

	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left beside it")
	require.Error(t, metrics.WriteTextfile(filepath.Join(folder, "no", "x.prom"), metrics.Registry(options(fakeStore))))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "taken"), 0o700))
	require.Error(t, metrics.WriteTextfile(filepath.Join(folder, "taken"), metrics.Registry(options(fakeStore))))
	left, err = os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 2, "nor after a failure")
}

func mode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, want, info.Mode().Perm())
	}
}
