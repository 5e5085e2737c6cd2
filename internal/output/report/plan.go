package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Plan writes a plan: each device in full, and a summary when there are several.
func Plan(w io.Writer, plan remediate.Plan, style Style) error {
	return PlanStream(w, each(plan.Devices), style)
}

// summary counts the devices by verdict or status, where there are several.
func summary[K ~string](p *printer, order []K, counts map[K]int) {
	devices := 0
	var parts []string
	for _, key := range order {
		if n := counts[key]; n > 0 {
			devices += n
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(key), "_", " ")))
		}
	}
	if devices > 1 {
		p.line("\n%d devices: %s", devices, strings.Join(parts, ", "))
	}
}

func (p *printer) device(plan remediate.DevicePlan) {
	if plan.Skipped && plan.Error != nil && plan.Error.Code == remediate.CodeInterrupted {
		p.brief(plan.Target, plan.Error.Message, plan.Error.Code)
		return
	}
	p.heading(plan.Target, plan.URL)
	if plan.Error != nil {
		p.failure(*plan.Error)
		return
	}
	p.facts(plan)
	for _, context := range plan.Contexts {
		p.roots(context)
	}
	p.text.WriteString("\n  " + p.verdict(plan) + "\n")
	p.steps(plan)
	p.findings(plan.Findings)
}

func (p *printer) facts(plan remediate.DevicePlan) {
	firmware := plan.Device.Firmware
	if plan.Device.Release != "" {
		firmware += " (release " + plan.Device.Release + ")"
	}
	p.line("  Device      %s, serial number %s", or(plan.Device.Product, "unknown product"), or(plan.Device.Serial, "unknown"))
	p.line("  Firmware    %s", or(firmware, "unknown"))
	for _, leg := range plan.Teams {
		p.line("  Teams leg   Proxy Set %s -> SIP Interface %s, mutual TLS %s",
			quoted(leg.ProxySet), quoted(leg.SIPInterface), string(leg.MutualTLS))
	}
	for _, context := range plan.Contexts {
		p.line("  TLS Context %d %s, default CA bundle %s", context.ID, quoted(context.Name), onOff(context.UseDefaultCABundle))
	}
}

// stateWords says what a root's state means, and in which colour.
var stateWords = map[remediate.RootState]struct{ word, color, note string }{
	remediate.RootPresent: {"present", green, "in the trusted-root store"},
	remediate.RootBundled: {"bundled", yellow, "by the default CA bundle, as the vendor says; not seen"},
	remediate.RootMissing: {"missing", red, ""},
}

func (p *printer) roots(context remediate.ContextPlan) {
	p.line("")
	p.line("  Roots in TLS Context %d %s", context.ID, quoted(context.Name))
	for _, root := range context.Roots {
		words := stateWords[root.State]
		state := p.style.paint(words.color, fmt.Sprintf("%-8s", or(words.word, foreign.Clean(string(root.State)))))
		line := fmt.Sprintf("    %-46s %s", foreign.Clean(root.Name), state)
		if note := words.note; note != "" {
			if root.State == remediate.RootBundled && context.UseDefaultCABundle != nil && !*context.UseDefaultCABundle {
				note = "once the default CA bundle is on, as the vendor says; not seen"
			}
			line += " " + p.style.paint(dim, note)
		}
		p.text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// verdictWords says in a sentence what a verdict means, and in which colour.
var verdictWords = map[remediate.Verdict]struct{ sentence, color string }{
	remediate.Compliant:     {"Compliant: nothing to do.", green},
	remediate.Change:        {"Change", yellow},
	remediate.Blocked:       {"Blocked: a person must decide or repair first; nothing is planned.", red},
	remediate.NotApplicable: {"Not applicable: Microsoft's requirement does not concern this device.", dim},
}

func (p *printer) verdict(plan remediate.DevicePlan) string {
	words := verdictWords[plan.Verdict]
	if plan.Verdict == remediate.Change {
		return p.style.paint(words.color, fmt.Sprintf("Change: %s.", count(len(plan.Steps), "step")))
	}
	return p.style.paint(words.color, or(words.sentence, foreign.Clean(string(plan.Verdict))))
}

func (p *printer) steps(plan remediate.DevicePlan) {
	for i, step := range plan.Steps {
		p.line("    %d. %s", i+1, StepText(step.Kind, step.Context, step.Root))
		p.text.WriteString("       " + p.style.paint(dim, "because: "+foreign.Clean(step.Reason)) + "\n")
	}
}

// StepText says in words what a step does.
func StepText(kind remediate.StepKind, context *int, root string) string {
	where := ""
	if context != nil {
		where = " TLS Context " + strconv.Itoa(*context)
	}
	switch kind {
	case remediate.StepBackup:
		return "back up the device"
	case remediate.StepEnableBundle:
		return "switch \"Use default CA Bundle\" on in" + where
	case remediate.StepImportRoot:
		return "import " + root + " into" + where
	case remediate.StepRemoveRoot:
		return "remove " + root + " from" + where
	case remediate.StepDisableBundle:
		return "switch \"Use default CA Bundle\" off in" + where
	case remediate.StepSave:
		return "save to flash"
	default:
		return string(kind)
	}
}

var levelColors = map[remediate.Level]string{remediate.Info: dim, remediate.Warning: yellow, remediate.Problem: red}

// gravity is the order in which findings are shown.
var gravity = []remediate.Level{remediate.Problem, remediate.Warning, remediate.Info}

// gravest puts the gravest findings first.
func gravest(findings []remediate.Finding) []remediate.Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(a, b remediate.Finding) int {
		return slices.Index(gravity, a.Level) - slices.Index(gravity, b.Level)
	})
}

// findings leaves out what is waived, and says that it does.
func (p *printer) findings(findings []remediate.Finding) {
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("  Findings")
	shown := slices.DeleteFunc(gravest(findings), func(f remediate.Finding) bool { return f.Waived != nil })
	waived := len(findings) - len(shown)
	for _, finding := range shown {
		level := p.style.paint(levelColors[finding.Level], fmt.Sprintf("%-7s", foreign.Clean(string(finding.Level))))
		p.text.WriteString("    " + level + " " + foreign.Clean(finding.Message) + " [" + foreign.Clean(finding.Code) + "]\n")
		if finding.Hint != "" {
			p.text.WriteString("            " + p.style.paint(dim, foreign.Clean(finding.Hint)) + "\n")
		}
	}
	if waived > 0 {
		p.text.WriteString("    " + p.style.paint(dim, count(waived, "finding")+" waived by the inventory; -o json shows them") + "\n")
	}
}

func (p *printer) failure(failure remediate.Failure) {
	p.text.WriteString("  " + p.style.paint(red, "error") + ": " + foreign.Clean(failure.Message) + " [" + foreign.Clean(failure.Code) + "]\n")
	if failure.Hint != "" {
		p.text.WriteString("  hint:  " + foreign.Clean(failure.Hint) + "\n")
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func quoted(name string) string {
	if name == "" {
		return "(none)"
	}
	return `"` + name + `"`
}

func onOff(on *bool) string {
	switch {
	case on == nil:
		return "not in this firmware"
	case *on:
		return "on"
	default:
		return "off"
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
