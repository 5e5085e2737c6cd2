package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
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

// floors are the parts of the house from the top down: a package may import packages of its own floor and
// of those below that its floor names. A folder that no floor has may not hold a package: a new room needs
// its place in the house first (ARCHITECTURE.md).
var floors = []struct {
	folder string // and all below it
	below  []string
}{
	{"cmd/acfix", []string{"internal/", "remediate", "audiocodes", "certs"}},
	{"cmd/dist", nil},
	{"cmd/mockdevice", []string{"mockdevice"}},
	{"docs/docstest", nil},
	{"internal/checks/doctor/doctortest", []string{"internal/checks/doctor", "internal/retry", "audiocodes", "mockdevice"}},
	{"internal/world", nil},
	{"internal/server", []string{"internal/output", "internal/fleet", "internal/records", "internal/checks", "remediate", "audiocodes", "certs", "base"}},
	{"internal/output", []string{"internal/fleet", "internal/records", "internal/checks", "remediate", "audiocodes", "certs", "base"}},
	{"internal/fleet", []string{"internal/records", "internal/checks", "remediate", "audiocodes", "certs", "base"}},
	{"internal/records", []string{"remediate", "base"}},
	{"internal/checks", []string{"remediate", "audiocodes", "certs", "base"}},
	{"remediate", []string{"audiocodes", "certs", "internal/localfault"}},
	{"audiocodes", []string{"internal/localfault", "internal/weakrsa"}},
	{"certs", []string{"internal/strictyaml", "internal/textfile", "internal/weakrsa"}},
	{"mockdevice", nil},
}

// base is what any part may stand on: it knows nothing of devices.
var base = []string{
	"internal/foreign", "internal/gather", "internal/localfault", "internal/moment", "internal/ownership", "internal/retry", "internal/span",
	"internal/strictyaml", "internal/textfile", "internal/usage",
	"internal/weakrsa",
}

// floorOf returns the folders that a package may import from, its own floor first; nil without a place.
func floorOf(folder string) []string {
	if slices.Contains(base, folder) {
		return base
	}
	for _, floor := range floors {
		if within(folder, floor.folder) {
			return append([]string{floor.folder}, floor.below...)
		}
	}
	return nil
}

func within(folder, of string) bool {
	return folder == of || strings.HasPrefix(folder, strings.TrimSuffix(of, "/")+"/")
}

func mayImport(allowed []string, imported string) bool {
	return slices.ContainsFunc(allowed, func(of string) bool {
		return within(imported, of) || of == "base" && slices.Contains(base, imported)
	})
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
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." || entry.Name() == "scripts" {
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
	allowed := floorOf(folder)
	require.NotNil(t, allowed, "%s has no place in the house", folder)
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if ours, ok := strings.CutPrefix(imported, module); ok {
			assert.True(t, mayImport(allowed, ours), "%s must not import %s", path, ours)
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

// mostLines bounds a file of cmd/acfix that makes no command: what is more than flags, questions and wiring belongs
// into a wing.
const mostLines = 120

// TestCommandFilesAreSmall keeps the command line a command line.
func TestCommandFilesAreSmall(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		if strings.HasSuffix(path, "_test.go") || strings.Contains(string(content), `"github.com/spf13/cobra"`) {
			continue
		}
		assert.LessOrEqual(t, strings.Count(string(content), "\n"), mostLines, path)
	}
}
