package metrics

import (
	"encoding/json"

	"github.com/acfix/acfix/internal/records/store"
)

// planned is the part of a plan's document that metrics need.
type planned struct {
	Skipped  bool `json:"skipped"`
	Contexts []struct {
		UseDefaultCABundle *bool `json:"use_default_ca_bundle"` // before the plan is carried out
		Roots              []struct {
			SHA256 string `json:"sha256"`
			State  string `json:"state"`
		} `json:"roots"`
	} `json:"contexts"`
}

// plan reads a device's plan; an unreadable one counts as none.
func plan(device store.Device) planned {
	var read planned
	if device.Plan == nil || json.Unmarshal(device.Plan, &read) != nil {
		return planned{}
	}
	return read
}

// missing counts the roots that some Teams TLS Context lacks, each once; ok is false if they were
// never read. A bundle that is switched off brings no roots.
func (p planned) missing(word string) (count int, ok bool) {
	lacked := map[string]bool{}
	for _, context := range p.Contexts {
		off := context.UseDefaultCABundle == nil || !*context.UseDefaultCABundle
		for _, root := range context.Roots {
			ok = true
			if root.State == "missing" || root.State == "bundled" && off {
				lacked[root.SHA256] = true
			}
		}
	}
	if ok && word == applied {
		return 0, true
	}
	return len(lacked), ok
}
