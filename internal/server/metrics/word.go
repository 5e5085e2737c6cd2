package metrics

import "github.com/acfix/acfix/internal/records/store"

// Words of devices as a metric has them. Those of a plan and those of a result that mean the
// same are one; what is not in the table is unknown, which is never good.
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

// good are the words after which a device was seen to be in order.
var good = []string{"compliant", "applied", "unchanged"}

// applied is the word after which a plan's missing roots were seen to be there.
const applied = "applied"

// word is the last that was said of a device: its result, or where there is none its plan.
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
