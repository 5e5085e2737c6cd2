package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestNoPlaceInAPackageIsTakenTwice: two files of one place end "make dist", and a document that is
// added is enough for that.
func TestNoPlaceInAPackageIsTakenTwice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/package/nfpm.yaml")
	require.NoError(t, err)
	var config struct {
		Contents []struct{ Src, Dst, Packager string }
	}
	require.NoError(t, yaml.Unmarshal(text, &config))
	require.NotEmpty(t, config.Contents)
	taken := map[string]string{}
	for _, row := range config.Contents {
		staged, given := strings.CutPrefix(row.Src, "${STAGE}/")
		if !given {
			continue
		}
		found := []string{staged}
		if strings.Contains(staged, "*") {
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
