package explain_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

const document = "../../../docs/errors.md"

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
	assert.ElementsMatch(t, slices.Collect(maps.Keys(rules)), explain.Codes(explain.Finding))
	for _, code := range explain.Codes(explain.Error) {
		assert.NotContains(t, rules, code)
	}
	for i, page := range explain.Pages() {
		same := func(other explain.Page) bool { return other.Code == page.Code && other.Kind == page.Kind }
		assert.Equal(t, i, slices.IndexFunc(explain.Pages(), same), "%s stands in two tables", page.Code)
	}
}

func TestEveryCodeOfAProbeHasAPageAndNoOther(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, append(probe.Codes(), probe.FindingCodes()...), explain.Codes(explain.Probe))
}

func TestAPageSaysAllOfIt(t *testing.T) {
	t.Parallel()
	for _, page := range explain.Pages() {
		for part, text := range map[string]string{
			"summary": page.Summary, "cause": page.Cause, "acfix": page.Acfix, "next": strings.Join(page.Next, " "),
		} {
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
	pages := explain.Find(remediate.SharedContext)
	require.Len(t, pages, 1)
	assert.Equal(t, remediate.Problem, pages[0].Level)
	assert.Len(t, explain.Find(remediate.CodeTimeout), 2, "of a device, and of a probe")
	assert.Empty(t, explain.Find("shared"))
}
