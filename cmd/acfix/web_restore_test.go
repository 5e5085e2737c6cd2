//go:build unix

package main

import (
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// TestTheCommandToUndoAChangeIsTyped as the device's page shows it, in a shell and through the real program, with a state
// directory and an inventory whose names a shell would take apart.
func TestTheCommandToUndoAChangeIsTyped(t *testing.T) {
	t.Parallel()
	s := startPages(t, mockdevice.FleetModel{Size: 1, Seed: 1, Uniform: "7.4.500"})
	state, getenv := filepath.Join(t.TempDir(), "kim's state"), s.app.getenv
	s.app.getenv = func(name string) string {
		if name == "XDG_STATE_HOME" {
			return state
		}
		return getenv(name)
	}
	s.inventory = filepath.Join(t.TempDir(), "fleet $(touch x) & all.yaml")
	require.NoError(t, os.WriteFile(s.inventory, s.server.Inventory(), 0o600))
	s.acfix(exitDone, "apply", "-i", s.inventory, "--yes")
	s.requireRepaired(0)
	s.serve()
	v := newVisitor(s)
	var page string
	commands := regexp.MustCompile(`<pre class="command"><code>([^<]*)</code>`)
	s.waitFor(func() bool {
		_, page = v.get("/device?url=" + url.QueryEscape(s.server.URL(0)))
		return commands.MatchString(page)
	})
	found := commands.FindAllStringSubmatch(page, -1)
	require.Len(t, found, 2)

	writes := s.counts(0).Writes
	shown := s.typed(html.UnescapeString(found[0][1]))
	assert.Contains(t, shown, "Planned: nothing was written.")
	assert.Equal(t, writes, s.counts(0).Writes)
	s.typed(html.UnescapeString(found[1][1]) + " --yes --confirm-serial " + s.fleet.Member(0).Serial)
	assert.Greater(t, s.counts(0).Writes, writes)
	s.acfix(exitPending, "plan", "-i", s.inventory, "--detailed-exitcode")
}

// typed runs a command line in a shell in which acfix is the real program, and returns its output.
func (s *station) typed(line string) string {
	s.t.Helper()
	path, err := os.Executable()
	require.NoError(s.t, err)
	folder := s.t.TempDir()
	require.NoError(s.t, os.Symlink(path, filepath.Join(folder, "acfix")))
	shell := exec.Command("sh", "-c", line)
	shell.Dir = folder
	shell.Env = append(os.Environ(), asProgram+"=1", "ACFIX_USERNAME=Admin", "ACFIX_PASSWORD=Admin",
		"PATH="+folder+":"+os.Getenv("PATH"), "XDG_STATE_HOME="+s.app.getenv("XDG_STATE_HOME"))
	output, err := shell.CombinedOutput()
	require.NoError(s.t, err, "%s\n%s", line, output)
	entries, err := os.ReadDir(folder)
	require.NoError(s.t, err)
	assert.Len(s.t, entries, 1, "nothing but the command was run")
	return string(output)
}
