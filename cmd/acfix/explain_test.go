package main

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryErrorCodeHasAPageAndNoOther compares the pages with the constants; those of
// findings are compared where they are.
func TestEveryErrorCodeHasAPageAndNoOther(t *testing.T) {
	t.Parallel()
	var explained []string
	for _, page := range explain.Pages() {
		if page.Kind == explain.Error {
			explained = append(explained, page.Code)
		}
	}
	wanted := append(constants(t, "remediate", "", "Code"), constants(t, "internal/fleet/run", "", "Code")...)
	slices.Sort(wanted)
	assert.Equal(t, slices.Compact(wanted), explained)
}

// sources are the files that acfix is made of, in whatever package, without tests.
func sources(t *testing.T) []string {
	t.Helper()
	var paths []string
	for folder := range builtInto(t, "cmd/acfix", map[string]bool{}) {
		paths = append(paths, sourcesOf(t, folder)...)
	}
	return paths
}

func sourcesOf(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "*.go"))
	require.NoError(t, err)
	return slices.DeleteFunc(found, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
}

// builtInto adds a package and all packages of the module that it is built of.
func builtInto(t *testing.T, folder string, met map[string]bool) map[string]bool {
	t.Helper()
	if met[folder] {
		return met
	}
	met[folder] = true
	for _, path := range sourcesOf(t, folder) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			if ours, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module); ok {
				builtInto(t, ours, met)
			}
		}
	}
	return met
}

func TestExplain(t *testing.T) {
	t.Parallel()
	a, _ := atShell(t)
	var stdout, stderr strings.Builder
	a.stdout, a.stderr = &stdout, &stderr
	require.Equal(t, exitDone, a.run([]string{"explain", "shared_context"}))
	assert.Contains(t, stdout.String(), "shared_context  finding of level error\n")
	assert.Contains(t, stdout.String(), "What acfix did and did not do\n")

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain"}))
	for _, code := range explained() {
		assert.Contains(t, stdout.String(), "\n  "+code+" ")
	}

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain", "drift", "-o", "json"}))
	requireFits(t, explainSchema, stdout.String())
	assert.Equal(t, "drift", first(t, decode(t, stdout.String()), "codes", "code"))

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain", "-o", "json"}))
	requireFits(t, explainSchema, stdout.String())
	assert.Len(t, decode(t, stdout.String())["codes"], len(explain.Pages()))

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain", "tls_untrusted"}))
	assert.Contains(t, stdout.String(), "The device's management certificate is not trusted.")
	assert.Contains(t, stdout.String(), "The server's chain does not end in one of the expected roots.")

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain", "Not_VERIFIED"}))
	assert.Contains(t, stdout.String(), "not_verified")

	assert.Equal(t, exitUsage, a.run([]string{"explain", "shared"}))
	assert.Contains(t, stderr.String(), `there is no code "shared"`)
	assert.Equal(t, exitUsage, a.run([]string{"explain", "drift", "busy"}))
}
