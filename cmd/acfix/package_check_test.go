package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePackagesCheckPlansAsThePlanWasMade: without its policy and flags, the new plan would contradict the package.
func TestThePackagesCheckPlansAsThePlanWasMade(t *testing.T) {
	t.Parallel()
	policy := newOwnPolicy(t, "Teams", ofTeams)
	for name, test := range map[string]struct{ given, printed []string }{
		"choices": {
			[]string{"--all-roots", "--include-non-mtls", "--tls-context", "1"},
			[]string{"--tls-context 1 --all-roots --include-non-mtls. "},
		},
		"built in": {[]string{"--policy", "teams-direct-routing-2023"}, []string{"--policy teams-direct-routing-2023. "}},
		"a file": {
			[]string{"--policy", policy.path, "--trust-policy", policy.digest},
			[]string{"--policy POLICYFILE --trust-policy " + policy.digest + ". "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.2", "")
			folder := t.TempDir()
			plan, below := filepath.Join(folder, "plan.json"), filepath.Join(folder, "packages")
			require.Equal(t, exitDone, d.run(append([]string{"plan", "--out", plan}, test.given...)...), "%s", d.stderr.String())
			arguments := []string{"package", plan, "--dir", below}
			if name == "a file" {
				arguments = append(arguments, test.given...)
			}
			require.Equal(t, exitDone, d.app.run(arguments), "%s", d.stderr.String())
			found, err := filepath.Glob(filepath.Join(below, "*", "steps.txt"))
			require.NoError(t, err)
			require.Len(t, found, 1)
			text, err := os.ReadFile(found[0])
			require.NoError(t, err)
			for _, words := range test.printed {
				assert.Contains(t, strings.Join(strings.Fields(string(text)), " "), words, "as one line")
			}
		})
	}
}
