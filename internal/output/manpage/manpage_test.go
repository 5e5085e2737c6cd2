package manpage_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/output/manpage"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func commands() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "tool", Short: "Do things", Long: "tool does things.\n\n.Not a request\n'nor this, and C:\\path stays"}
	root.PersistentFlags().StringP("output", "o", "text", "text or json")
	child := &cobra.Command{Use: "make THING | make FILE", Short: "Make a thing", Run: run, Example: "  tool make -o json\n  .hidden"}
	child.Flags().Bool("dry-run", false, "only look")
	child.Flags().Duration("wait", time.Minute, "how long")
	hidden := &cobra.Command{Use: "secret", Hidden: true, Run: run}
	root.AddCommand(child, hidden)
	return root
}

func TestPages(t *testing.T) {
	t.Parallel()
	book := manpage.Manual{
		Date: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Version: "1.2.3", Title: `The "manual"`,
		Sections: []manpage.Section{{Title: "Exit status", Intro: "As ever.", Terms: []manpage.Term{{Name: "0", Text: "Done."}}}},
	}
	pages := book.Pages(commands())
	require.Len(t, pages, 2)
	for file, page := range pages {
		golden := "testdata/" + file
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(page), 0o644))
		}
		wanted, err := os.ReadFile(golden)
		require.NoError(t, err, "run: make golden")
		assert.Equal(t, string(wanted), page)
	}
}

// TestNoTextIsTakenForARequest: a line that begins with a dot or an apostrophe is one.
func TestNoTextIsTakenForARequest(t *testing.T) {
	t.Parallel()
	for _, page := range (manpage.Manual{}).Pages(commands()) {
		for line := range strings.Lines(page) {
			assert.NotRegexp(t, `^'|^\.(Not|hidden)`, line)
		}
		assert.NotContains(t, page, `C:\p`)
	}
}
