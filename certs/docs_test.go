package certs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acfix/acfix/docs/docstest"
)

const decisionsPage = "../docs/decisions.md"

// TestDocumentsHaveTheRule keeps the rule by firmware in the documents as it is here.
func TestDocumentsHaveTheRule(t *testing.T) {
	policy := TeamsPolicy()
	rows := make([][]string, 0, len(policy.bands))
	for _, band := range policy.Bands() {
		rows = append(rows, []string{"`" + band.Versions + "`", orElse(band.Since), rootsListed(band.Brings), rootsListed(band.Lacks)})
	}
	text := fmt.Sprintf("Rule `%s`, last compared with its source on %s. Source: %s.\n\n", policy.ID, policy.Date, policy.Source) +
		docstest.Table([]string{"firmware", "from", "counted as brought by the bundle", "imported where it is not in the store"}, rows)
	docstest.Part(t, decisionsPage, "rule by firmware", text)
}

// rootsListed lists roots, or says that it is all of them.
func rootsListed(roots []string) string {
	switch len(roots) {
	case 0:
		return "none"
	case len(Required()):
		return "all"
	default:
		return strings.Join(roots, ", ")
	}
}

func orElse(text string) string {
	if text == "" {
		return "everything else"
	}
	return text
}

// TestDocumentsHaveThePolicies keeps what the built-in policies say in the documents as it is here.
func TestDocumentsHaveThePolicies(t *testing.T) {
	var rows [][]string
	for _, policy := range BuiltIn() {
		var roots []string
		for _, root := range policy.Roots() {
			roots = append(roots, root.Name)
		}
		rows = append(rows, []string{
			"`" + policy.ID + "`", policy.Date, policy.Deadline, policy.Source, strings.Join(roots, ", "),
			yesNo(policy.UsesBundle), yesNo(policy.MutualTLSDecides), "`" + policy.SHA256 + "`",
		})
	}
	docstest.Part(t, decisionsPage, "policies", docstest.Table([]string{
		"policy", "date", "deadline", "source", "required roots", "uses the CA bundle", "mutual TLS decides", "SHA-256",
	}, rows))
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// TestDocumentsHaveTheRoots keeps the list of roots in the documents as it is here.
func TestDocumentsHaveTheRoots(t *testing.T) {
	var rows [][]string
	for _, root := range Required() {
		rows = append(rows, []string{root.Name, "`" + root.SHA256 + "`", root.Certificate().NotAfter.Format("2006-01-02"), TeamsPolicy().AddedByFirmware(root)})
	}
	docstest.Part(t, "../docs/teams.md", "the required roots",
		docstest.Table([]string{"root", "SHA-256", "valid to", "bundle brings it from"}, rows))
}
