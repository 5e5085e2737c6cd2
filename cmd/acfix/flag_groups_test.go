package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// helpOf is what --help of a command prints.
func helpOf(t *testing.T, arguments ...string) string {
	t.Helper()
	a, _ := atShell(t)
	var stdout, stderr strings.Builder
	a.stdout, a.stderr = &stdout, &stderr
	require.Equal(t, exitDone, a.run(append(arguments, "--help")), stderr.String())
	assert.Empty(t, stderr.String())
	return stdout.String()
}

// TestManyFlagsAreShownInGroups: in every command that has many, each flag once, and none without a group.
func TestManyFlagsAreShownInGroups(t *testing.T) {
	t.Parallel()
	a, _ := atShell(t)
	grouped := map[string]bool{}
	each(a.rootCommand(), func(command *cobra.Command) {
		if groupsOf(command) == nil {
			return
		}
		grouped[command.CommandPath()] = true
		help := helpOf(t, strings.Fields(command.CommandPath())[1:]...)
		_, other, _ := strings.Cut(help, "\n"+otherFlags+":\n")
		assert.Empty(t, other, "%s: flags without a group", command.CommandPath())
		for title, stands := range map[string]bool{"Login and trust": true, "How fast and when": true, "Output": true, "Global Flags": false} {
			assert.Equal(t, stands, strings.Contains(help, "\n"+title+":\n"), "%s: %s", command.CommandPath(), title)
		}
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			assert.Equal(t, 1, strings.Count(help, "  --"+flag.Name+" ")+strings.Count(help, ", --"+flag.Name+" "), "%s --%s", command.CommandPath(), flag.Name)
		})
	})
	for _, path := range []string{"acfix plan", "acfix apply", "acfix backup", "acfix restore", "acfix doctor", "acfix package", "acfix cert check", "acfix probe"} {
		assert.True(t, grouped[path], path)
	}
}

func TestTheGroupsOfPlan(t *testing.T) {
	t.Parallel()
	help := helpOf(t, "plan")
	last := 0
	for _, wanted := range []string{
		"plan reads devices", "Usage:\n  acfix plan [TARGET...]", "Examples:\n",
		"Which devices:\n", "--inventory", "--limit", "Login and trust:\n", "--username", "--pin", "How fast and when:\n", "--parallel", "--window", "--timeout",
		"What to decide:\n", "--tls-context", "--all-roots", "Output:\n", "--output", "--help",
	} {
		at := strings.Index(help[last:], wanted)
		require.GreaterOrEqual(t, at, 0, "%q after what stands before it in\n%s", wanted, help)
		last += at
	}
}

func TestFewFlagsAreNotGrouped(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"history", "version", "backup list"} {
		help := helpOf(t, strings.Fields(command)...)
		assert.Contains(t, help, "\nFlags:\n", command)
		assert.Contains(t, help, "\nGlobal Flags:\n", command)
	}
	assert.Contains(t, helpOf(t), "\nAvailable Commands:\n  apply ")
	assert.Contains(t, helpOf(t), "Use \"acfix [command] --help\" for more information about a command.\n")
	assert.Contains(t, helpOf(t, "backup"), "\nAvailable Commands:\n")
}

// TestHelpIsFoldedToTheTerminal, but not for a file or a pipe.
func TestHelpIsFoldedToTheTerminal(t *testing.T) {
	t.Parallel()
	widest := func(help string) (width int) {
		for line := range strings.Lines(help) {
			width = max(width, len(line)-1)
		}
		return width
	}
	a, _ := atShell(t)
	var stdout strings.Builder
	a.stdout, a.stderr, a.stdoutIsTerminal = &stdout, &stdout, true
	a.width = func() int { return 90 }
	require.Equal(t, exitDone, a.run([]string{"plan", "--help"}))
	_, flags, _ := strings.Cut(stdout.String(), "Which devices:\n")
	assert.LessOrEqual(t, widest(flags), 90)
	assert.Greater(t, widest(helpOf(t, "plan")), 120)
}

// TestTheManualHasTheGroups of the help.
func TestTheManualHasTheGroups(t *testing.T) {
	t.Parallel()
	a, folder := atShell(t)
	var said strings.Builder
	a.stdout, a.stderr = &said, &said
	require.Equal(t, exitDone, a.run([]string{"man", "--dir", folder}), said.String())
	page, err := os.ReadFile(filepath.Join(folder, "acfix-apply.1"))
	require.NoError(t, err)
	for _, group := range flagGroups {
		assert.Contains(t, string(page), ".SS "+group.title+"\n")
	}
	assert.NotContains(t, string(page), ".SH COMMON OPTIONS")
	assert.Equal(t, 1, strings.Count(string(page), ".B \\-\\-parallel"))
	page, err = os.ReadFile(filepath.Join(folder, "acfix-history.1"))
	require.NoError(t, err)
	assert.Contains(t, string(page), ".SH COMMON OPTIONS")
}
