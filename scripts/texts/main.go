// Command texts prints every message, help text, hint and table text of the module's Go code, one to a line with
// its place, so that a writer can read them in one go: go run ./scripts/texts [FOLDER …]
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sentence is what a person reads: two words or more. statement is what a database reads.
var (
	sentence  = regexp.MustCompile(`\pL{2,}[,:;]? +\(?["%\pL]`)
	statement = regexp.MustCompile(
		`^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WITH|WHERE|FROM|AND|ORDER) `)
)

func main() {
	folders := os.Args[1:]
	if len(folders) == 0 {
		folders = []string{"."}
	}
	for _, folder := range folders {
		if err := filepath.WalkDir(folder, visit); err != nil {
			fmt.Fprintln(os.Stderr, "texts:", err)
			os.Exit(1)
		}
	}
}

func visit(path string, entry fs.DirEntry, err error) error {
	switch name := entry.Name(); {
	case err != nil:
		return err
	case entry.IsDir() && (name == "scripts" || name == "testdata" || len(name) > 1 && name[0] == '.' && name != ".."):
		return filepath.SkipDir
	case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
		return nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec, *ast.Field: // a field's only text is its tag
			_, isField := node.(*ast.Field)
			return isField && node.(*ast.Field).Tag == nil
		case ast.Expr:
			text, whole := join(node)
			if whole && sentence.MatchString(text) && !statement.MatchString(text) {
				fmt.Printf("%s: %s\n", files.Position(node.Pos()), strings.ReplaceAll(text, "\n", `\n`))
			}
			return !whole
		}
		return true
	})
	return nil
}

// join returns the text of a literal or of a sum of literals, and whether the expression is one.
func join(expression ast.Expr) (string, bool) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(expression.Value)
		return text, err == nil && expression.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := join(expression.X)
		right, also := join(expression.Y)
		return left + right, ok && also && expression.Op == token.ADD
	}
	return "", false
}
