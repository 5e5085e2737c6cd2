package web

import (
	"slices"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// blocker is a reason for which a device needs a person.
type blocker struct{ Code, Text, Hint string }

// blockersOf returns the failure of a device, or without one the findings that keep it from being changed.
func blockersOf(shown report.Shown) []blocker {
	if failure := shown.Failure; failure != nil {
		return []blocker{{failure.Code, failure.Message, failure.Hint}}
	}
	var all []blocker
	for _, finding := range shown.Findings {
		if blocks(finding) {
			all = append(all, blocker{finding.Code, finding.Message, finding.Hint})
		}
	}
	return all
}

// CodeOf is the code of the first reason for which a device needs a person; "" if it needs none.
func CodeOf(shown report.Shown) string {
	if all := blockersOf(shown); len(all) > 0 {
		return all[0].Code
	}
	return ""
}

// blocks reports whether a finding keeps its device from being changed.
func blocks(finding remediate.Finding) bool {
	return finding.Level == remediate.Problem && finding.Waived == nil
}

// warningsOf returns the findings of a device that a person should know who lets it be changed.
func warningsOf(shown report.Shown) []remediate.Finding {
	return slices.DeleteFunc(slices.Clone(shown.Findings), func(finding remediate.Finding) bool {
		return finding.Level == remediate.Info || finding.Waived != nil
	})
}
