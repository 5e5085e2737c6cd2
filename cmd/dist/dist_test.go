package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// TestPackageVersion: dpkg --compare-versions agrees with the order of the rows.
func TestPackageVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"abc1234":                 "0.0.0~20261122.abc1234",
		"1234567":                 "0.0.0~20261122.1234567",
		"abc1234-dirty":           "0.0.0~20261122.abc1234.dirty",
		"dev":                     "0.0.0~20261122.dev",
		"v1.2.3":                  "1.2.3",
		"1.2.3":                   "1.2.3",
		"v1.2.3-dirty":            "1.2.3+dirty",
		"v1.2.3-4-gabc1234":       "1.2.3+4.abc1234",
		"v1.2.3-4-gabc1234-dirty": "1.2.3+4.abc1234+dirty",
		"v1.3.0~rc1":              "1.3.0~rc1",
	} {
		assert.Equal(t, want, packageVersion(version, noon), version)
	}
}

func TestArchivesHoldTheSameBytesEveryTime(t *testing.T) {
	t.Parallel()
	files := []file{{"acfix", 0o755, []byte("program")}, {"man/acfix.1", 0o644, []byte("page")}}
	for name, pack := range map[string]func(string, []file, time.Time) ([]byte, error){"tar": tarOf, "zip": zipOf} {
		one, err := pack("acfix_1", files, noon)
		require.NoError(t, err)
		two, err := pack("acfix_1", files, noon.In(time.FixedZone("east", 9*3600)).UTC())
		require.NoError(t, err)
		assert.Equal(t, one, two, name)
	}
}

func TestATarHasModesTimesAndOwners(t *testing.T) {
	t.Parallel()
	packed, err := tarOf("acfix_1", []file{{"acfix", 0o755, []byte("program")}}, noon)
	require.NoError(t, err)
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	assert.True(t, unzipped.ModTime.IsZero())
	reader := tar.NewReader(unzipped)
	head, err := reader.Next()
	require.NoError(t, err)
	assert.Equal(t, "acfix_1/acfix", head.Name)
	assert.EqualValues(t, 0o755, head.Mode)
	assert.True(t, head.ModTime.Equal(noon))
	assert.Equal(t, "root", head.Uname)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	assert.Equal(t, "program", string(content))
}

func TestAZipHasModesAndTimes(t *testing.T) {
	t.Parallel()
	packed, err := zipOf("acfix_1", []file{{"acfix.exe", 0o755, []byte("program")}}, noon)
	require.NoError(t, err)
	reader, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	require.NoError(t, err)
	require.Len(t, reader.File, 1)
	assert.Equal(t, "acfix_1/acfix.exe", reader.File[0].Name)
	assert.Equal(t, os.FileMode(0o755), reader.File[0].Mode())
	assert.True(t, reader.File[0].Modified.Equal(noon))
}

func TestPackagedUnitsStartThePackagedProgram(t *testing.T) {
	t.Parallel()
	units, err := read("../../deploy/systemd", "deploy/systemd")
	require.NoError(t, err)
	starts := 0
	for _, unit := range units {
		packaged, err := packaged(unit)
		require.NoError(t, err)
		assert.NotContains(t, string(packaged.content), "/usr/local", unit.name)
		starts += bytes.Count(packaged.content, []byte("ExecStart=/usr/bin/acfix "))
	}
	assert.Equal(t, 2, starts)
	page, err := packaged(file{"man/acfix.1", 0o644, []byte("page")})
	require.NoError(t, err)
	assert.Equal(t, "man/acfix.1.gz", page.name)
}

func TestSums(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a"), []byte("a\n"), 0o600))
	require.NoError(t, sums(folder))
	text, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	require.NoError(t, err)
	assert.Equal(t, "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  a\n"+
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n", string(text))
}

func TestChoose(t *testing.T) {
	t.Parallel()
	all, err := choose("")
	require.NoError(t, err)
	assert.Equal(t, platforms, all)
	some, err := choose("windows/amd64,linux/arm64")
	require.NoError(t, err)
	assert.Equal(t, []platform{{"windows", "amd64"}, {"linux", "arm64"}}, some)
	_, err = choose("plan9/mips")
	assert.Error(t, err)
	assert.Error(t, run(t.Context(), nil), "neither version nor commit")
}

// TestNothingOfThePackageToolIsInTheProgram: what makes packages has a module file of its own.
func TestNothingOfThePackageToolIsInTheProgram(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	assert.NotContains(t, string(own), "nfpm")
	tools, err := os.ReadFile("../../deploy/package/tools.mod")
	require.NoError(t, err)
	assert.Contains(t, string(tools), "tool github.com/goreleaser/nfpm/v2/cmd/nfpm\n")
}
