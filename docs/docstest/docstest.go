// Package docstest keeps generated parts of the documents equal to what the code says. Only tests use it.
package docstest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update-docs", false, "rewrite the generated parts of the documents")

// Part compares a part of a document with text, or rewrites it with -update-docs. A part stands between the lines
// "<!-- generated: NAME -->" and "<!-- end of NAME -->".
func Part(t *testing.T, path, name, text string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	begin, end := fmt.Sprintf("<!-- generated: %s -->\n", name), fmt.Sprintf("<!-- end of %s -->\n", name)
	before, rest, begins := strings.Cut(string(data), begin)
	part, after, ends := strings.Cut(rest, end)
	require.True(t, begins && ends, "%s has no part %q", path, name)
	text = "\n" + strings.TrimSpace(text) + "\n\n"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+text+end+after), 0o644))
		return
	}
	assert.Equal(t, text, part, "%s, part %q, is not what the code says: \"make docs\" writes it anew", path, name)
}

// Table returns a Markdown table.
func Table(head []string, rows [][]string) string {
	var b strings.Builder
	line(&b, head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	line(&b, rule)
	for _, row := range rows {
		line(&b, row)
	}
	return b.String()
}

var inCell = strings.NewReplacer("|", `\|`, "\n", " ")

func line(b *strings.Builder, cells []string) {
	for _, cell := range cells {
		fmt.Fprintf(b, "| %s ", inCell.Replace(cell))
	}
	b.WriteString("|\n")
}
