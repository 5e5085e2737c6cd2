package metrics

import "github.com/acfix/acfix/internal/records/store"

// verdicts maps the words of devices to those of metrics. Words of plans and results with the
// same meaning become one; any other word is unknown, which is never good.
var verdicts = map[string]string{
	"compliant": "compliant", "applied": "compliant", "unchanged": "compliant",
	"change": "change", "planned": "change",
	"blocked":        "blocked",
	"not_applicable": "not_applicable",
	"error":          "error",
	"stale":          "stale",
	"failed":         "failed",
	"rolled_back":    "rolled_back",
	"skipped":        "skipped",
}

const unknown = "unknown"

// good are the words of a device in order.
var good = []string{"compliant", "applied", "unchanged"}

// applied is the word of a device whose missing roots were imported and verified.
const applied = "applied"

// word is the newest word of a device: of its result, or without one of its plan.
func word(device store.Device, plan planned) string {
	switch {
	case device.Status != "":
		return device.Status
	case plan.Skipped:
		return "skipped"
	default:
		return device.Verdict
	}
}

// Verdict is the word of a device, a verdict or a status, as metrics and pages count it.
func Verdict(word string) string {
	if known, ok := verdicts[word]; ok {
		return known
	}
	return unknown
}
