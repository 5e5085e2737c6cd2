package certs

import (
	"fmt"
	"testing"

	"github.com/acfix/acfix/docs/docstest"
)

const decisionsPage = "../docs/decisions.md"

// TestDocumentsHaveTheRule keeps the rule by firmware in the documents as it is here.
func TestDocumentsHaveTheRule(t *testing.T) {
	rows := make([][]string, 0, len(teamsPolicy.bands))
	for _, band := range teamsPolicy.bands {
		rows = append(rows, []string{"`" + band.firmware.String() + "`", orDash(band.since), count(band, true), count(band, false)})
	}
	text := fmt.Sprintf("Rule `%s`, last compared with its source on %s. Source: %s.\n\n", teamsPolicy.ID, teamsPolicy.Date, teamsPolicy.Source) +
		docstest.Table([]string{"firmware", "from", "counted as brought by the bundle", "imported where it is not in the store"}, rows)
	docstest.Part(t, decisionsPage, "rule by firmware", text)
}

// count names the roots that a band brings, or the others; all of them are just counted.
func count(b band, brought bool) string {
	names := ""
	n := 0
	for _, root := range Required() {
		if b.brings(root) != brought {
			continue
		}
		if n++; n > 1 {
			names += ", "
		}
		names += root.Name
	}
	switch n {
	case 0:
		return "none"
	case len(Required()):
		return "all"
	default:
		return names
	}
}

func orDash(text string) string {
	if text == "" {
		return "everything else"
	}
	return text
}

// TestDocumentsHaveTheRoots keeps the list of roots in the documents as it is here.
func TestDocumentsHaveTheRoots(t *testing.T) {
	var rows [][]string
	for _, root := range Required() {
		rows = append(rows, []string{root.Name, "`" + root.SHA256 + "`", root.Certificate().NotAfter.Format("2006-01-02"), teamsPolicy.AddedByFirmware(root)})
	}
	docstest.Part(t, "../docs/teams.md", "the required roots",
		docstest.Table([]string{"root", "SHA-256", "valid to", "bundle brings it from"}, rows))
}
