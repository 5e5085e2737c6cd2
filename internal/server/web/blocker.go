package web

import (
	"slices"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// blockersOf returns the failure of a device, or without one the findings that keep it from being changed.
func blockersOf(shown report.Shown) []Why { return whysOf(shown.Failure, shown.Findings) }

// CodeOf is the code of the first reason for which a device needs a person; "" if it needs none.
func CodeOf(shown report.Shown) string {
	if all := blockersOf(shown); len(all) > 0 {
		return all[0].Code
	}
	return ""
}

// warningsOf returns the findings that an approver should know before the device is changed.
func warningsOf(shown report.Shown) []remediate.Finding {
	return slices.DeleteFunc(slices.Clone(shown.Findings), func(finding remediate.Finding) bool {
		return finding.Level == remediate.Info || finding.Waived != nil
	})
}
