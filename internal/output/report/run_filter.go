package report

import (
	"slices"

	"github.com/acfix/acfix/remediate"
)

// DeviceFilter selects devices of a run. An empty list selects all; one matching word is enough.
type DeviceFilter struct {
	// Target selects by name; nil selects all.
	Target             func(name string) bool
	Verdicts, Statuses []string
	// Codes are codes of findings or errors.
	Codes []string
}

// Filtered yields the devices of a run that a filter selects.
func Filtered(head RunHead, devices RunDevices, filter DeviceFilter) RunDevices {
	return func(yield func(RunDevice, error) bool) {
		for device, err := range devices {
			if err == nil && !filter.selects(head, device) {
				continue
			}
			if !yield(device, err) || err != nil {
				return
			}
		}
	}
}

func (f DeviceFilter) selects(head RunHead, device RunDevice) bool {
	if f.Target != nil && !f.Target(device.Target) {
		return false
	}
	e := head.Show(device)
	return among(f.Verdicts, string(head.planOf(device).Verdict)) && among(f.Statuses, e.Word) && f.code(e)
}

func among(wanted []string, word string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, word)
}

func (f DeviceFilter) code(e Shown) bool {
	if len(f.Codes) == 0 || e.Failure != nil && slices.Contains(f.Codes, e.Failure.Code) {
		return true
	}
	return slices.ContainsFunc(e.Findings, func(finding remediate.Finding) bool {
		return slices.Contains(f.Codes, finding.Code)
	})
}
