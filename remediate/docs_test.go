package remediate

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/docs/docstest"
	"github.com/stretchr/testify/require"
)

// weight orders levels in the documents: those that block come first.
var weight = map[Level]int{Problem: 0, Warning: 1, Info: 2}

// TestDocumentsHaveTheFindings keeps the table of findings in the documents the same as the code's.
func TestDocumentsHaveTheFindings(t *testing.T) {
	codes := slices.SortedFunc(maps.Keys(findingTexts), func(a, b string) int {
		return cmp.Or(weight[findingTexts[a].level]-weight[findingTexts[b].level], strings.Compare(a, b))
	})
	var rows [][]string
	for _, code := range codes {
		text := findingTexts[code]
		rows = append(rows, []string{"`" + code + "`", string(text.level), open(text.message), open(text.hint), text.source})
	}
	docstest.Part(t, "../docs/decisions.md", "findings",
		docstest.Table([]string{"code", "level", "says", "hint", "source"}, rows))
}

// TestDocumentsHaveTheAddresses keeps the names of Teams in the documents the same as the policies'.
func TestDocumentsHaveTheAddresses(t *testing.T) {
	hosts := certs.TeamsPolicy().Hosts
	for _, policy := range certs.BuiltIn() {
		require.Equal(t, hosts, policy.Hosts, "one table stands for all built-in policies")
	}
	zones := make([]string, 0, len(hosts.Below))
	for _, zone := range hosts.Below {
		zones = append(zones, "*."+zone)
	}
	docstest.Part(t, "../docs/decisions.md", "addresses", docstest.Table([]string{"address", "counts as"}, [][]string{
		{listed(hosts.Exact), "Teams"},
		{listed(zones), "Teams, with the finding `" + UnlistedFQDN + "`"},
		{listed(hosts.Test), "what the other rows say, with the finding `" + TestEndpointInUse + "` instead of `" + UnlistedFQDN + "`"},
		{listed(hosts.Withdrawn), "Teams, with the finding `" + WithdrawnFQDN + "`"},
		{"any other in which " + listed(hosts.Lookalike) + " stands", "not Teams: the finding `" + UnrecognisedPSTNHub + "`"},
	}))
}

func listed(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

// blank finds the places where a text takes a value from the device.
var blank = regexp.MustCompile(`%\[\d\]([a-z])`)

// open replaces these places by an ellipsis.
func open(format string) string {
	return blank.ReplaceAllStringFunc(format, func(verb string) string {
		if strings.HasSuffix(verb, "q") {
			return `"…"`
		}
		return "…"
	})
}
