package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update-docs", false, "write THIRD_PARTY_NOTICES anew")

const noticesFile = "../../THIRD_PARTY_NOTICES"

// listed asks for the modules once: the toolchain takes seconds to answer.
var listed = sync.OnceValues(func() ([]builtModule, error) { return builtModules(context.Background(), "../..") })

func modulesOfThePrograms(t *testing.T) []builtModule {
	t.Helper()
	modules, err := listed()
	require.NoError(t, err)
	return modules
}

// TestDocumentsHaveTheNotices: a module that comes, goes or changes its version makes the file stale.
func TestDocumentsHaveTheNotices(t *testing.T) {
	want, err := thirdPartyNotices(modulesOfThePrograms(t))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(noticesFile, []byte(want), 0o644))
	}
	text, err := os.ReadFile(noticesFile)
	require.NoError(t, err)
	assert.True(t, want == string(text), "THIRD_PARTY_NOTICES is not what is built in: \"make docs\" writes it anew")
}

// TestNoticesGoWithTheProgram: archives, deb and rpm hold the file, under the name of their kind.
func TestNoticesGoWithTheProgram(t *testing.T) {
	t.Parallel()
	assert.True(t, slices.Contains(sources, struct{ from, to string }{"THIRD_PARTY_NOTICES", "THIRD_PARTY_NOTICES"}))
	places := map[string]string{}
	for _, row := range packageRows(t) {
		if row.Src == "${STAGE}/THIRD_PARTY_NOTICES" {
			places[row.Packager] = row.Dst
		}
	}
	assert.Equal(t, map[string]string{
		"deb": "/usr/share/doc/acfix/copyright", "rpm": "/usr/share/licenses/acfix/THIRD_PARTY_NOTICES",
	}, places)
}

func TestEveryModuleIsInTheBillOfMaterials(t *testing.T) {
	t.Parallel()
	modules := modulesOfThePrograms(t)
	one, err := materials("1.2.3", noon, modules)
	require.NoError(t, err)
	two, err := materials("1.2.3", noon.In(time.FixedZone("east", 9*3600)), modules)
	require.NoError(t, err)
	assert.Equal(t, one, two)
	require.Len(t, one.Components, len(modules))
	assert.Equal(t, "2026-11-22T12:00:00Z", one.Metadata.Timestamp)
	assert.Equal(t, "pkg:golang/github.com/acfix/acfix@1.2.3", one.Metadata.Component.Purl)
	for i, m := range modules {
		assert.Equal(t, m.Path, one.Components[i].Name)
		assert.NotEmpty(t, one.Components[i].Licences[0].Expression)
		assert.Equal(t, one.Components[i].Ref, one.Dependencies[0].Uses[i])
	}
	text, err := json.Marshal(one)
	require.NoError(t, err)
	for _, key := range []string{`"bomFormat":"CycloneDX"`, `"specVersion":"1.6"`, `"licenses":[{"expression":"BSD-3-Clause"}]`} {
		assert.Contains(t, string(text), key)
	}
}

// TestLicences: a licence is told by its text, and one that is not known ends the build.
func TestLicences(t *testing.T) {
	t.Parallel()
	modules := modulesOfThePrograms(t)
	for path, want := range map[string]string{
		"std":                                "BSD-3-Clause",
		"github.com/spf13/cobra":             "Apache-2.0",
		"github.com/hashicorp/go-version":    "MPL-2.0",
		"github.com/vbauerster/mpb/v8":       "Unlicense",
		"go.yaml.in/yaml/v3":                 "Apache-2.0 MIT",
		"github.com/emiago/sipgo":            "BSD-2-Clause",
		"github.com/jackc/pgx/v5":            "MIT",
		"software.sslmate.com/src/go-pkcs12": "BSD-3-Clause",
	} {
		i := slices.IndexFunc(modules, func(m builtModule) bool { return m.Path == path })
		require.GreaterOrEqual(t, i, 0, path)
		ids, err := modules[i].licences()
		require.NoError(t, err)
		assert.Equal(t, want, strings.Join(ids, " "), path)
	}
	folder := t.TempDir()
	unknown := builtModule{Path: "example.com/m", Dir: folder}
	_, err := unknown.licences()
	assert.ErrorContains(t, err, "states no licence")
	require.NoError(t, os.WriteFile(folder+"/LICENSE", []byte("Ask me."), 0o600))
	_, err = unknown.licences()
	assert.ErrorContains(t, err, "no known licence")
}
