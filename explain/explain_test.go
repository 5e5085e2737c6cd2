package explain_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/acfix/acfix/explain"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

const document = "../docs/errors.md"

func TestTheDocumentIsWhatThePagesSay(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, explain.Markdown(&text))
	if *update {
		require.NoError(t, os.WriteFile(document, text.Bytes(), 0o644))
	}
	kept, err := os.ReadFile(document)
	require.NoError(t, err, "run: make golden")
	assert.Equal(t, string(kept), text.String(), "run: make golden")
}

func TestEveryFindingHasAPageAndNoOther(t *testing.T) {
	t.Parallel()
	rules := remediate.FindingRules()
	pages := map[string]bool{}
	for _, page := range explain.Pages() {
		assert.False(t, pages[page.Code], "%s stands in two tables", page.Code)
		pages[page.Code] = true
		if page.Kind == explain.Finding {
			assert.Contains(t, rules, page.Code, "a page of a finding that there is not")
		} else {
			assert.NotContains(t, rules, page.Code)
		}
	}
	for code := range rules {
		assert.True(t, pages[code], "%s has no page", code)
	}
}

func TestAPageSaysAllOfIt(t *testing.T) {
	t.Parallel()
	for _, page := range explain.Pages() {
		for part, text := range map[string]string{"summary": page.Summary, "cause": page.Cause, "acfix": page.Acfix, "next": strings.Join(page.Next, " ")} {
			assert.Regexp(t, `^([A-Z"-]|acfix ).*\.$`, text, "%s: %s", page.Code, part)
			assert.NotContains(t, text, "  ", "%s: %s", page.Code, part)
		}
		if page.Level == remediate.Problem {
			assert.Contains(t, page.Acfix, "Planned nothing", "%s keeps a device from being planned", page.Code)
		}
		assert.Equal(t, page.Kind == explain.Finding, page.Source != "", page.Code)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	page, known := explain.Find(remediate.SharedContext)
	assert.True(t, known)
	assert.Equal(t, remediate.Problem, page.Level)
	_, known = explain.Find("shared")
	assert.False(t, known)
}
