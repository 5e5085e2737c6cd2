package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// assertGolden compares a text with testdata/<name>.golden; -update writes it there.
func assertGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	wanted, err := os.ReadFile(path)
	require.NoError(t, err, "run: go test ./report -update")
	assert.Equal(t, string(wanted), string(got))
}

// assertTidy holds for every text: no blanks at line ends, one line feed at the end.
func assertTidy(t *testing.T, text []byte) {
	t.Helper()
	assert.NotContains(t, string(text), " \n")
	assert.True(t, bytes.HasSuffix(text, []byte("\n")))
	assert.False(t, bytes.HasSuffix(text, []byte("\n\n")))
	assert.False(t, bytes.HasPrefix(text, []byte("\n")))
}
