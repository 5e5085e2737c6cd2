//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	citation = regexp.MustCompile(`(?m)^\s*// docs/(design/\w+\.md): (.+)$`)
	// decision is a heading and its three answers.
	decision = regexp.MustCompile(`(?s)^- \*\*What:\*\* .+?\n- \*\*Why:\*\* .+?\n- \*\*Instead of:\*\* .+$`)
)

// TestDocumentsOfDesignAreCited holds docs/design to the code: every citation leads to a heading, every
// decision is cited where it is made, and says what, why and instead of what.
func TestDocumentsOfDesignAreCited(t *testing.T) {
	t.Parallel()
	cited := map[string]bool{}
	for _, found := range citation.FindAllStringSubmatch(sourceText(t), -1) {
		cited[found[1]+": "+found[2]] = true
	}
	rooms, err := fs.Glob(os.DirFS(filepath.Join(repository, "docs")), "design/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, rooms)
	for _, room := range rooms {
		text, err := os.ReadFile(filepath.Join(repository, "docs", room))
		require.NoError(t, err)
		for _, section := range strings.Split(string(text), "\n## ")[1:] {
			heading, body, _ := strings.Cut(section, "\n")
			assert.True(t, cited[room+": "+heading], "%s: no code cites %q", room, heading)
			assert.Regexp(t, decision, strings.TrimSpace(body), "%s: %q", room, heading)
			delete(cited, room+": "+heading)
		}
	}
	for left := range cited {
		t.Errorf("docs/%s: the code cites a heading that does not exist", left)
	}
}

// ourPath is a file or folder of this repository within text.
var ourPath = regexp.MustCompile(`^(audiocodes|certs|cmd|deploy|docs|internal|mockdevice|remediate|scripts)/[\w./*-]+$`)

// TestDocumentsNameFilesThatExist: whoever follows a recipe must find what it names.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, span := range page.spans {
			if !ourPath.MatchString(span) {
				continue
			}
			found, err := filepath.Glob(filepath.Join(repository, span))
			require.NoError(t, err)
			assert.NotEmpty(t, found, "%s: `%s` does not exist", page.path, span)
		}
	}
}
