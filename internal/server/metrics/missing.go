package metrics

import (
	"encoding/json"

	"github.com/acfix/acfix/internal/records/store"
)

// planned is what metrics want of a plan's document.
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

// plan reads the document of a device's plan. One that can't be read tells nothing.
func plan(device store.Device) planned {
	var read planned
	if device.Plan == nil || json.Unmarshal(device.Plan, &read) != nil {
		return planned{}
	}
	return read
}

// missing counts the roots that a TLS Context of Teams lacks, each once; ok is false where
// that was never seen. A bundle that is still switched off brings no roots yet.
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
