package metrics

import (
	"encoding/json"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// planned is the part of a plan's document that metrics need.
type planned struct {
	Skipped  bool                    `json:"skipped"`
	Contexts []remediate.ContextPlan `json:"contexts"`
}

// plan reads a device's plan; an unreadable one counts as none.
func plan(device store.Device) planned {
	var read planned
	if device.Plan == nil || json.Unmarshal(device.Plan, &read) != nil {
		return planned{}
	}
	return read
}

// missing counts the roots that some Teams TLS Context lacks; not ok if never read. A disabled bundle has no roots.
func (p planned) missing(word string) (count int, ok bool) {
	count, ok = remediate.DevicePlan{Contexts: p.Contexts}.MissingRoots()
	if ok && word == applied {
		return 0, true
	}
	return count, ok
}
