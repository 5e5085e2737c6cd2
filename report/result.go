package report

import (
	"fmt"
	"io"

	"github.com/acfix/acfix/remediate"
)

// statusWords says in a sentence what became of a device, and in which colour.
var statusWords = map[remediate.Status]struct{ sentence, color string }{
	remediate.Applied:             {"Applied: every step was verified, saved, and read once more.", green},
	remediate.Unchanged:           {"Unchanged: nothing had to be done.", green},
	remediate.Planned:             {"Planned: nothing was written.", yellow},
	remediate.StatusBlocked:       {"Blocked: a person must decide or repair first; nothing was written.", red},
	remediate.StatusNotApplicable: {"Not applicable: nothing was written.", dim},
	remediate.Stale:               {"Stale: the device is not as planned; nothing was written.", red},
	remediate.Failed:              {"Failed.", red},
	remediate.RolledBack:          {"Rolled back: the configuration is as it was; nothing was saved.", red},
	remediate.Skipped:             {"Skipped: nothing was written.", yellow},
}

// Result writes what became of each device.
func Result(w io.Writer, result remediate.Result, style Style) error {
	return ResultStream(w, each(result.Devices), style)
}

func (p *printer) result(device remediate.DeviceResult) {
	p.heading(device.Target, device.URL)
	p.outcome(device)
	if device.Status == remediate.StatusBlocked {
		p.findings(device.Findings)
	}
}

// outcome is what became of a device.
func (p *printer) outcome(device remediate.DeviceResult) {
	p.text.WriteString("  " + p.style.paint(statusWords[device.Status].color, outcome(device)) + "\n")
	for i, step := range device.Steps {
		p.line("    %d. %-7s %s", i+1, string(step.Status), StepText(step.Kind, step.Context, step.Root))
	}
	if device.Backup != "" {
		p.line("  Backup: %s", device.Backup)
	}
	if len(device.LeftOnDevice) > 0 {
		p.line("  Left on the device:")
		for _, step := range device.LeftOnDevice {
			p.line("    %s%s", StepText(step.Kind, step.Context, step.Root), doubt(string(step.Status)))
		}
	}
	p.byHand(device.ByHand)
	if device.Error != nil {
		p.failure(*device.Error)
	}
}

// outcome is the status in a sentence; a failure says how far it came.
func outcome(device remediate.DeviceResult) string {
	sentence := or(statusWords[device.Status].sentence, Clean(string(device.Status)))
	if device.Status != remediate.Failed {
		return sentence
	}
	for i, step := range device.Steps {
		if step.Status == remediate.StepFailed {
			return fmt.Sprintf("Failed at step %d of %d.", i+1, len(device.Steps))
		}
	}
	return sentence
}
