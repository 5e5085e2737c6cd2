package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePagesSayEveryExitCode: one that is added has to be explained.
func TestThePagesSayEveryExitCode(t *testing.T) {
	t.Parallel()
	var said []int
	for _, exit := range exitTexts {
		said = append(said, exit.code)
	}
	assert.ElementsMatch(t, append([]int{exitDone}, precedence...), said)
}

// TestThePagesSayEveryVariable looks for names of variables in the code, also in packages that
// are given the environment.
func TestThePagesSayEveryVariable(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	for _, variable := range variableTexts {
		said.WriteString(variable.Name + " ")
	}
	name := regexp.MustCompile(`(?:[gG]etenv\(|[vV]ariable\s+= |Password\s+= )"([A-Z_]+)"`)
	found := map[string]bool{}
	for _, path := range sources(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, match := range name.FindAllStringSubmatch(string(text), -1) {
			found[match[1]] = true
			assert.Contains(t, said.String(), match[1], path)
		}
	}
	for _, known := range []string{"ACFIX_USERNAME", "ACFIX_PASSWORD", "ACFIX_PFX_PASSWORD", "XDG_STATE_HOME"} {
		assert.True(t, found[known], "%s was not found in the code", known)
	}
}

func TestEveryCommandHasAPage(t *testing.T) {
	t.Parallel()
	a, folder := atShell(t)
	var said strings.Builder
	a.stdout, a.stderr = &said, &said
	require.Equal(t, exitDone, a.run([]string{"man", "--dir", filepath.Join(folder, "man"), "--date", "2026-11-22"}), said.String())
	for _, page := range []string{"acfix.1", "acfix-plan.1", "acfix-apply.1", "acfix-job-run.1", "acfix-completion-bash.1", "acfix-explain.1"} {
		text, err := os.ReadFile(filepath.Join(folder, "man", page))
		require.NoError(t, err)
		assert.Contains(t, string(text), `"2026\-11\-22"`, page)
		assert.Contains(t, string(text), ".SH SYNOPSIS\n", page)
	}
	assert.NoFileExists(t, filepath.Join(folder, "man", "acfix-man.1"), "it is hidden")
	main := manual(time.Unix(0, 0)).Pages(a.rootCommand())["acfix.1"]
	for _, code := range precedence {
		assert.Contains(t, main, ".B "+strconv.Itoa(code)+"\n")
	}
	assert.Equal(t, exitUsage, a.run([]string{"man"}))
	assert.Equal(t, exitUsage, a.run([]string{"man", "--dir", folder, "--date", "today"}))
}
