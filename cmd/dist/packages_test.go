package main

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type packageRow struct{ Src, Dst, Packager string }

// packageRows are what deb and rpm hold.
func packageRows(t *testing.T) []packageRow {
	t.Helper()
	text, err := os.ReadFile("../../deploy/package/nfpm.yaml")
	require.NoError(t, err)
	var config struct{ Contents []packageRow }
	require.NoError(t, yaml.Unmarshal(text, &config))
	require.NotEmpty(t, config.Contents)
	return config.Contents
}

// TestNoPlaceInAPackageIsTakenTwice: two files of one place end "make dist", and a document that is
// added is enough for that.
func TestNoPlaceInAPackageIsTakenTwice(t *testing.T) {
	t.Parallel()
	taken := map[string]string{}
	for _, row := range packageRows(t) {
		staged, given := strings.CutPrefix(row.Src, "${STAGE}/")
		if !given {
			continue
		}
		found := []string{staged}
		if strings.Contains(staged, "*") {
			var err error
			found, err = filepath.Glob(filepath.Join("../..", staged))
			require.NoError(t, err)
		}
		for _, source := range found {
			place := row.Dst
			if strings.HasSuffix(place, "/") {
				place += filepath.Base(source)
			}
			assert.Empty(t, taken[row.Packager+place], "%s and this: %s", place, source)
			taken[row.Packager+place] = source
		}
	}
}

// TestPackagesHoldEveryDocument: the README sends people to all of them.
func TestPackagesHoldEveryDocument(t *testing.T) {
	t.Parallel()
	documents, err := read("../../docs", "docs")
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	rows := packageRows(t)
	for _, document := range documents {
		held := slices.ContainsFunc(rows, func(row packageRow) bool {
			fits, err := path.Match(strings.TrimPrefix(row.Src, "${STAGE}/"), document.name)
			return err == nil && fits && strings.HasSuffix(row.Dst, "/"+path.Dir(document.name)+"/")
		})
		assert.True(t, held, "%s is in the archives and in no package", document.name)
	}
}
