package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/acfix/acfix/"

// arrows is who may import whom within the module. A package that is not here may not
// exist: a new room needs its place in the house first (ARCHITECTURE.md).
var arrows = map[string][]string{
	"internal/checks/aia":               {"certs/check"},
	"audiocodes":                        {"audiocodes/ini", "internal/weakrsa", "internal/retry"},
	"audiocodes/ini":                    {},
	"internal/records/backup":           {},
	"internal/checks/bugreport":         {"audiocodes", "audiocodes/ini", "certs", "internal/checks/doctor"},
	"certs/check":                       {"certs", "internal/weakrsa"},
	"certs/file":                        {"certs", "internal/textfile"},
	"certs":                             {"internal/weakrsa"},
	"cmd/acfix":                         {"internal/checks/aia", "audiocodes", "internal/records/backup", "internal/checks/bugreport", "certs/check", "certs/file", "certs", "internal/fleet/consequence", "internal/fleet/crew", "internal/checks/dns", "internal/checks/doctor", "internal/output/document", "internal/server/httpserver", "internal/records/evidence", "internal/output/explain", "internal/fleet/rollout", "internal/ownership", "internal/textfile", "internal/weakrsa", "internal/fleet/inventory", "internal/server/jobs", "internal/records/journal", "internal/output/ledger", "internal/records/lock", "internal/fleet/login", "internal/output/manpage", "internal/server/metrics", "internal/usage", "internal/server/notify", "internal/records/planfile", "internal/checks/probe", "internal/output/progress", "internal/fleet/queue", "internal/fleet/reach", "remediate", "internal/output/report", "internal/retry", "internal/fleet/run", "internal/server/webdata", "internal/records/statedir", "internal/records/store", "internal/fleet/target", "internal/records/tenure", "internal/server/web", "internal/fleet/window"},
	"cmd/bench":                         {"mockdevice"},
	"cmd/dist":                          {},
	"cmd/mockdevice":                    {"mockdevice"},
	"internal/fleet/consequence":        {"internal/fleet/rollout", "remediate", "internal/fleet/target", "internal/fleet/wallclock"},
	"internal/fleet/crew":               {"internal/fleet/consequence", "internal/fleet/rollout", "internal/output/progress", "internal/fleet/queue", "internal/fleet/reach", "remediate", "internal/fleet/run", "internal/records/store", "internal/fleet/target", "internal/records/tenure"},
	"internal/checks/dns":               {},
	"docs/docstest":                     {},
	"internal/checks/doctor":            {"audiocodes", "audiocodes/ini"},
	"internal/checks/doctor/doctortest": {"audiocodes", "internal/checks/doctor", "mockdevice", "internal/retry"},
	"internal/output/document":          {},
	"internal/server/httpserver":        {"certs/file", "internal/textfile"},
	"internal/records/evidence":         {"internal/records/backup", "internal/records/journal", "internal/records/lock", "remediate", "internal/records/statedir", "internal/records/store", "internal/records/tenure"},
	"internal/output/explain":           {"internal/checks/probe", "remediate"},
	"internal/fleet/rollout":            {},
	"internal/ownership":                {},
	"internal/textfile":                 {},
	"internal/weakrsa":                  {},
	"internal/world":                    {},
	"internal/fleet/inventory":          {"internal/strictyaml"},
	"internal/server/jobs":              {"internal/server/notify", "internal/strictyaml", "internal/fleet/wallclock", "internal/fleet/window"},
	"internal/records/journal":          {},
	"internal/output/ledger":            {"remediate", "internal/output/report", "internal/records/store"},
	"internal/records/lock":             {},
	"internal/fleet/login":              {"internal/fleet/inventory", "internal/usage", "remediate"},
	"internal/output/manpage":           {},
	"internal/server/metrics":           {"internal/records/store"},
	"internal/usage":                    {},
	"mockdevice":                        {},
	"internal/server/notify":            {"internal/retry"},
	"internal/records/planfile":         {"internal/textfile"},
	"internal/checks/probe":             {"certs/check", "certs", "internal/weakrsa"},
	"internal/output/progress":          {"audiocodes", "internal/output/document", "internal/fleet/rollout", "remediate", "internal/output/report"},
	"internal/fleet/queue":              {},
	"internal/fleet/reach":              {"audiocodes", "certs/file", "internal/ownership", "internal/fleet/inventory", "internal/fleet/login", "internal/usage", "remediate", "internal/retry", "internal/fleet/target"},
	"remediate":                         {"audiocodes", "audiocodes/ini", "certs/check", "certs", "internal/retry"},
	"internal/output/report":            {"certs/check", "certs", "internal/checks/dns", "internal/checks/doctor", "internal/output/document", "internal/output/explain", "internal/checks/probe", "remediate"},
	"internal/retry":                    {},
	"internal/fleet/run":                {"internal/records/backup", "certs", "internal/fleet/consequence", "internal/records/evidence", "internal/fleet/rollout", "internal/records/journal", "internal/output/ledger", "internal/records/lock", "internal/usage", "internal/output/progress", "internal/fleet/reach", "remediate", "internal/retry", "internal/records/statedir", "internal/records/store", "internal/fleet/target", "internal/records/tenure", "internal/fleet/wallclock"},
	"internal/server/webdata":           {"internal/records/backup", "internal/records/evidence", "internal/server/jobs", "internal/records/journal", "internal/output/ledger", "internal/server/metrics", "remediate", "internal/output/report", "internal/records/store", "internal/server/web"},
	"internal/records/statedir":         {},
	"internal/records/store":            {"internal/weakrsa", "internal/retry"},
	"internal/records/store/storetest":  {"internal/records/store"},
	"internal/strictyaml":               {"internal/textfile"},
	"internal/fleet/target":             {"internal/usage"},
	"internal/records/tenure":           {"internal/retry", "internal/records/store"},
	"internal/fleet/wallclock":          {},
	"internal/server/web":               {"certs", "internal/server/httpserver", "remediate", "internal/output/report"},
	"internal/fleet/window":             {"internal/fleet/wallclock"},
}

// TestArrows keeps the dependencies between the packages as ARCHITECTURE.md draws them,
// and printing and exiting out of everything below cmd.
func TestArrows(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(root, filepath.Dir(path))
		require.NoError(t, err)
		checkFile(t, filepath.ToSlash(relative), path)
		return nil
	})
	require.NoError(t, err)
}

func checkFile(t *testing.T, folder, path string) {
	t.Helper()
	allowed, known := arrows[folder]
	require.True(t, known, "%s has no place in the table of arrows", folder)
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if ours, ok := strings.CutPrefix(imported, module); ok {
			assert.True(t, slices.Contains(allowed, ours), "%s must not import %s", path, ours)
		}
		if folder == "remediate" || folder == "certs" {
			assert.NotContains(t, []string{"net/http", "os"}, imported, "%s knows nothing of HTTP and files", path)
		}
	}
	if !strings.HasPrefix(folder, "cmd/") {
		checkCalls(t, path, file)
	}
}

// loud are the calls that belong to cmd alone.
var loud = regexp.MustCompile(`^(fmt\.Print|log\.(Print|Fatal|Panic)|slog\.(Debug|Info|Warn|Error|Log)(Context)?$|os\.(Exit|Stdout|Stderr|Stdin|Getenv))`)

func checkCalls(t *testing.T, path string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if base, ok := selector.X.(*ast.Ident); ok {
				assert.NotRegexp(t, loud, base.Name+"."+selector.Sel.Name, "%s: nothing below cmd prints, exits or reads the environment", path)
			}
		}
		return true
	})
}
