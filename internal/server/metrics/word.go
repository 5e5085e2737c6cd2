package metrics

import "slices"

// verdicts and results are the words of devices. Any other word is unknown, which is never good.
var (
	verdicts = []string{"compliant", "change", "blocked", "not_applicable"}
	results  = []string{
		"compliant", "change", "blocked", "not_applicable", "error", // of plans
		"applied", "unchanged", "planned", "stale", "failed", "rolled_back", "skipped",
	}
)

const unknown = "unknown"

func wordOf(words []string, word string) string {
	if slices.Contains(words, word) {
		return word
	}
	return unknown
}
