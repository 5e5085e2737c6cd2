package main

import (
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
	wanted := append(constants(t, "remediate", "", "Code"), constants(t, "consequence", "", "Code")...)
	slices.Sort(wanted)
	assert.Equal(t, slices.Compact(wanted), explained)
}

// sources are the files that acfix is made of, in whatever package, without tests.
func sources(t *testing.T) []string {
	t.Helper()
	var paths []string
	for folder := range reached("cmd/acfix", map[string]bool{}) {
		found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "*.go"))
		require.NoError(t, err)
		paths = append(paths, found...)
	}
	return slices.DeleteFunc(paths, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
}

// reached are the packages that the arrows lead to from one, itself among them.
func reached(folder string, met map[string]bool) map[string]bool {
	if !met[folder] {
		met[folder] = true
		for _, next := range arrows[folder] {
			reached(next, met)
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
	assert.Contains(t, stdout.String(), "The server's chain ends in no root that was asked for.")

	stdout.Reset()
	require.Equal(t, exitDone, a.run([]string{"explain", "Not_VERIFIED"}))
	assert.Contains(t, stdout.String(), "not_verified")

	assert.Equal(t, exitUsage, a.run([]string{"explain", "shared"}))
	assert.Contains(t, stderr.String(), `there is no code "shared"`)
	assert.Equal(t, exitUsage, a.run([]string{"explain", "drift", "busy"}))
}
