package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// refusals are the headlines, by code, of devices whose saved plan was refused without a look at the device.
var refusals = map[string]outcomeWords{
	remediate.CodePlanUsed:    {gradeFailed, "Used: nothing was written."},
	remediate.CodePlanExpired: {gradeFailed, "Expired: nothing was written."},
}

// Restored writes the result of each device of a restore.
func Restored(w io.Writer, result remediate.Result, style Style) error {
	return textOf(newPrinter(w, style), each(result.Devices), (*printer).restored, statusOf, remediate.Statuses())
}

func (p *printer) restored(device remediate.DeviceResult) {
	p.restoring = true
	p.result(device)
}

func (p *printer) result(device remediate.DeviceResult) {
	if p.untouched(device) {
		return
	}
	p.heading(device.Target, device.URL)
	p.outcome(device)
	if device.Status == remediate.StatusBlocked {
		p.findings(device.Findings)
	}
}

// untouched writes one line for a device that the operator declined or interrupted.
func (p *printer) untouched(device remediate.DeviceResult) bool {
	if device.Status != remediate.Skipped || device.Error == nil ||
		device.Backup != "" || len(device.LeftOnDevice) > 0 {
		return false
	}
	why := device.Error.Message
	switch device.Error.Code {
	case remediate.CodeDeclined:
		why = strings.TrimSuffix(why, "; nothing was written")
	case remediate.CodeInterrupted, remediate.CodeLocalFault:
	default:
		return false
	}
	p.brief(device.Target, strings.TrimSuffix(statusWords[remediate.Skipped].sentence, ".")+"; "+why, device.Error.Code)
	if device.Error.Message == remediate.ErrUnconfirmed.Error() { // no terminal to ask on
		p.labelled("  hint:  ", device.Error.Hint, "")
	}
	return true
}

// brief writes a device in one line.
func (p *printer) brief(target, sentence, code string) {
	if !p.tight && (p.started || p.text.Len() > 0) {
		p.text.WriteString("\n")
	}
	name, words := p.style.paint(bold, foreign.Clean(target)), p.style.paint(yellow, foreign.Clean(sentence))
	p.text.WriteString(name + "  " + words)
	p.line(" [%s]", code)
	p.tight = true
}

// outcome writes the result of a device.
func (p *printer) outcome(device remediate.DeviceResult) {
	if refusal, known := refusalOf(device); known {
		p.text.WriteString("  " + p.graded(refusal.grade, refusal.sentence) + "\n")
		p.failure(*device.Error)
		return
	}
	sentence := outcome(device)
	if p.restoring && device.Status == remediate.Applied {
		sentence = "Restored: every step was verified, saved, and read once more."
	}
	p.text.WriteString("  " + p.graded(statusWords[device.Status].grade, sentence) + "\n")
	for i, step := range device.Steps {
		p.line("    %d. %-7s %s", i+1, string(step.Status), step.String())
	}
	if device.BeforeAfter != nil {
		for _, sentence := range device.BeforeAfter.Text {
			p.line("  %s", sentence)
		}
	}
	if device.Backup != "" {
		p.line("  Backup: %s", device.Backup)
	}
	if len(device.LeftOnDevice) > 0 {
		p.line("  Left on the device:")
		for _, step := range device.LeftOnDevice {
			p.line("    %s%s", step.String(), Doubt(string(step.Status)))
		}
	}
	p.byHand(device.ByHand)
	if device.Error != nil {
		p.failure(*device.Error)
	}
}

// refusalOf returns the headline of a refused saved plan.
func refusalOf(device remediate.DeviceResult) (refusal outcomeWords, known bool) {
	if device.Status == remediate.Stale && device.Error != nil {
		refusal, known = refusals[device.Error.Code]
	}
	return refusal, known
}

// outcome is the status as a sentence; a failure names its step.
func outcome(device remediate.DeviceResult) string {
	if refusal, known := refusalOf(device); known {
		return refusal.sentence
	}
	sentence := or(statusWords[device.Status].sentence, foreign.Clean(string(device.Status)))
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
