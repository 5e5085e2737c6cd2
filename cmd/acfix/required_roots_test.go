package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered is a number of roots in words. How many are required only the table of package certs says.
var numbered = regexp.MustCompile(`(?i:\bseven\b)|\bseven[A-Z]|Seven\b|(?i:\b(six|eight|7|8) (required )?roots\b)`)

func TestNoTextCountsTheRequiredRoots(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." || entry.Name() == "bin"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, line := range strings.Split(string(text), "\n") {
			assert.NotRegexp(t, numbered, line, "%s:%d", path, i+1)
		}
		return nil
	}))
}
