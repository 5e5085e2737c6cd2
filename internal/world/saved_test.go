package world

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSavedWorlds plays the worlds of testdata. Each is named by the fault that it is about.
func TestSavedWorlds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			saved, err := parseWorld(text)
			require.NoError(t, err)
			requireAsExpected(t, saved)
		})
	}
}

// requireAsExpected: a world breaks the invariants that it is known to break, and no other.
func requireAsExpected(t *testing.T, w World) {
	t.Helper()
	c, err := Play(w, playground(t))
	require.NoError(t, err)
	breaches := judge(c)
	for _, breach := range breaches {
		t.Log(breach)
	}
	for _, name := range w.Expected {
		assert.Contains(t, broken(breaches), name, "this invariant holds now: take its name out of \"expected\"")
	}
	for _, breach := range breaches {
		assert.Contains(t, w.Expected, breach.Invariant, "%s\n%s", breach, c)
	}
}

// playground is a directory in memory where the system has one: a world syncs dozens of files.
func playground(t testing.TB) string {
	t.Helper()
	directory, err := os.MkdirTemp(inMemory(), "world")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	return directory
}

func inMemory() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return ""
}
