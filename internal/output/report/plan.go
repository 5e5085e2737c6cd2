package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/columns"
	"github.com/acfix/acfix/remediate"
)

// summary counts the devices by verdict or status, where there are several.
func summary[K ~string](p *printer, order []K, counts map[K]int) {
	devices := 0
	var parts []string
	for _, key := range order {
		if n := counts[key]; n > 0 {
			devices += n
			parts = append(parts, fmt.Sprintf("%d %s", n, Spaced(string(key))))
		}
	}
	if devices > 1 {
		p.line("\n%d devices: %s", devices, strings.Join(parts, ", "))
	}
}

// briefCodes are the codes of unread devices that need no more than a line: the reason is the same for all.
var briefCodes = []string{remediate.CodeInterrupted, remediate.CodeLocalFault}

func (p *printer) device(plan remediate.DevicePlan) {
	if plan.Skipped && plan.Error != nil && slices.Contains(briefCodes, plan.Error.Code) {
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
		p.roots(context, rootNotes(p.policy, plan.Findings))
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
	p.identity(plan.Device.Product, plan.Device.Serial, firmware)
	for _, leg := range plan.Teams {
		p.line("  %s Proxy Set %s -> SIP Interface %s, mutual TLS %s",
			columns.Pad(serviceOf(p.policy)+" leg", 11), quoted(leg.ProxySet), quoted(leg.SIPInterface), string(leg.MutualTLS))
	}
	for _, context := range plan.Contexts {
		bundle := onOff(context.UseDefaultCABundle)
		p.line("  TLS Context %d %s, default CA bundle %s", context.ID, quoted(context.Name), bundle)
	}
}

func (p *printer) identity(product, serial, firmware string) {
	p.line("  Device      %s, serial number %s", or(product, "unknown product"), or(serial, "unknown"))
	p.line("  Firmware    %s", or(firmware, "unknown"))
}

// rootWidth is the width of the words of roots.
const rootWidth = len(wordBundleOff)

func (p *printer) roots(context remediate.ContextPlan, notes map[string]string) {
	p.line("")
	p.line("  Roots in TLS Context %d %s", context.ID, quoted(context.Name))
	for _, root := range context.Roots {
		cell := rootCell(rootWord(root, context, false))
		word := p.style.paint(toneColors[cell.Tone], columns.Pad(foreign.Clean(cell.Word), rootWidth))
		line := fmt.Sprintf("    %-46s %s", foreign.Clean(root.Name), word)
		if note := notes[cell.Word]; note != "" {
			line += gap + p.style.paint(dim, note)
		}
		p.text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func (p *printer) verdict(plan remediate.DevicePlan) string {
	words := verdictWords[plan.Verdict]
	if plan.Verdict == remediate.Change {
		return p.graded(words.grade, fmt.Sprintf("Change: %s.", count(len(plan.Steps), "step")))
	}
	return p.graded(words.grade, or(sentenceBy(p.policy, plan.Verdict), foreign.Clean(string(plan.Verdict))))
}

func (p *printer) steps(plan remediate.DevicePlan) {
	for i, step := range plan.Steps {
		p.line("    %d. %s", i+1, step.String())
		p.text.WriteString("       " + p.style.paint(dim, "because: "+foreign.Clean(step.Reason)) + "\n")
	}
}

var levelColors = map[remediate.Level]string{remediate.Info: dim, remediate.Warning: yellow, remediate.Problem: red}

// gravity is the order in which findings are shown.
var gravity = []remediate.Level{remediate.Problem, remediate.Warning, remediate.Info}

// Gravest puts the most important findings first.
func Gravest(findings []remediate.Finding) []remediate.Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(a, b remediate.Finding) int {
		return slices.Index(gravity, a.Level) - slices.Index(gravity, b.Level)
	})
}

// findings leaves out waived findings, and says how many.
func (p *printer) findings(findings []remediate.Finding) {
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("  Findings")
	shown := slices.DeleteFunc(Gravest(findings), func(f remediate.Finding) bool { return f.Waived != nil })
	waived := len(findings) - len(shown)
	for _, finding := range shown {
		p.finding(finding.Level, finding.Message, finding.Code, finding.Hint)
	}
	if waived > 0 {
		note := count(waived, "finding") + " waived by the inventory; -o json shows them"
		p.text.WriteString("    " + p.style.paint(dim, note) + "\n")
	}
}

func (p *printer) finding(level remediate.Level, message, code, hint string) {
	p.text.WriteString("    " + p.style.paint(levelColors[level], fmt.Sprintf("%-7s", foreign.Clean(string(level)))))
	p.line(" %s [%s]", message, code)
	p.labelled("            ", hint, dim)
}

func (p *printer) failure(failure remediate.Failure) {
	p.text.WriteString("  " + p.style.paint(red, "error"))
	p.line(": %s [%s]", failure.Message, failure.Code)
	p.labelled("  hint:  ", failure.Hint, "")
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
