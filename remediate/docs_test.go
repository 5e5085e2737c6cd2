package remediate

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/docs/docstest"
)

// weight is the order of levels in the documents: what blocks comes first.
var weight = map[Level]int{Problem: 0, Warning: 1, Info: 2}

// TestDocumentsHaveTheFindings keeps the table of findings in the documents as it is here.
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

// TestDocumentsHaveTheAddresses keeps the names that Teams is recognised by as they are here.
func TestDocumentsHaveTheAddresses(t *testing.T) {
	zones := make([]string, 0, len(teamsZones))
	for _, zone := range teamsZones {
		zones = append(zones, "*"+zone)
	}
	docstest.Part(t, "../docs/decisions.md", "addresses", docstest.Table([]string{"address", "counts as"}, [][]string{
		{listed(teamsNames), "Teams"},
		{listed(zones), "Teams, with the finding `" + UnlistedFQDN + "`"},
		{listed(testNames), "what the other rows say, with the finding `" + TestEndpointInUse + "` instead of `" + UnlistedFQDN + "`"},
		{listed(withdrawnNames), "Teams, with the finding `" + WithdrawnFQDN + "`"},
		{"any other in which `pstnhub` stands", "not Teams: the finding `" + UnrecognisedPSTNHub + "`"},
	}))
}

func listed(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

// blank is where a text has something of the device.
var blank = regexp.MustCompile(`%\[\d\]([a-z])`)

// open shows the blanks of a text.
func open(format string) string {
	return blank.ReplaceAllStringFunc(format, func(verb string) string {
		if strings.HasSuffix(verb, "q") {
			return `"…"`
		}
		return "…"
	})
}
