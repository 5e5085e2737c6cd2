package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// RunText writes a run for people: totals, failed, blocked and skipped devices; all others in a verbose style. It reads
// the devices once, and writes nothing if that fails.
// docs/design/output.md: The page of a run is packed while it waits for its totals
func RunText(w io.Writer, head RunHead, devices RunDevices, style Style) error {
	var counted tally
	var sections [grades]textSection
	var last Shown
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		counted.count(e)
		last = e
		if err := sections[e.Grade].add(e, style); err != nil {
			return err
		}
	}
	counted.sort()
	p := newPrinter(w, style)
	p.fleet = true
	p.runHead(head, counted)
	for g := range grades {
		if err := sections[g].send(p, g, counted.grades[g]); err != nil {
			return err
		}
	}
	if counted.devices == 1 && inText[last.Grade] == nil && !style.Verbose && len(last.BeforeAfter) > 0 {
		p.line("")
		p.beforeAfter("  ", last)
	}
	return p.flush()
}

func (p *printer) beforeAfter(indent string, e Shown) {
	for _, sentence := range e.BeforeAfter {
		p.line("%s%s", indent, sentence)
	}
}

// textSection is the devices of one grade, until the totals above them are known.
type textSection struct {
	devices shelf
	hints   advice
}

// inText are the grades whose devices are named in every style.
var inText = [grades]func(*printer, Shown, *advice){
	gradeFailed: (*printer).failed, gradeBlocked: (*printer).blocked, gradeSkipped: (*printer).skipped,
}

func (s *textSection) add(e Shown, style Style) error {
	p := newPrinter(&s.devices, style)
	if show := inText[e.Grade]; show != nil {
		show(p, e, &s.hints)
	}
	if style.Verbose && e.Grade > gradeBlocked {
		p.line("  %s", oneLine(e))
		p.beforeAfter("      ", e)
	}
	return p.flush()
}

func (s *textSection) send(p *printer, g grade, devices int) error {
	if devices == 0 || inText[g] == nil && !p.style.Verbose {
		return nil
	}
	title := fmt.Sprintf("%s (%d)", gradeWords[g].title, devices)
	p.text.WriteString("\n" + p.style.paint(gradeWords[g].color, title) + "\n")
	if err := p.flush(); err != nil {
		return err
	}
	if err := s.devices.empty(p.w); err != nil {
		return err
	}
	if g == gradeSkipped {
		p.reasons(s.hints)
	} else {
		p.advise(s.hints)
	}
	return nil
}

var gradeWords = [grades]struct{ title, color string }{
	gradeFailed:  {"Failed", red},
	gradeBlocked: {"Blocked", red},
	gradePending: {"Pending", yellow},
	gradeSkipped: {"Skipped", yellow},
	gradeGood:    {"In order", green},
	gradeIdle:    {"Not concerned", dim},
}

func (p *printer) runHead(head RunHead, counted tally) {
	p.text.WriteString(p.style.paint(bold, foreign.Clean(head.title())) + "\n")
	for _, fact := range head.Facts() {
		p.line("  %-9s %s", fact.Name, fact.Text)
	}
	p.line("")
	p.line("  %s", count(counted.devices, "device"))
	for _, total := range counted.totals {
		line := fmt.Sprintf("  %6d %s", total.Count, foreign.Clean(Spaced(total.Word)))
		p.text.WriteString(p.style.paint(gradeWords[total.Grade].color, line) + "\n")
	}
}

// oneLine is a device without its details.
func oneLine(e Shown) string {
	firmware := or(e.Identity.Release, e.Identity.Firmware)
	return joined(e.Target+"  "+Spaced(e.Word), prefixed("serial number ", e.Identity.Serial), firmware)
}

func (p *printer) failed(e Shown, hints *advice) {
	p.line("  %s  %s", e.Target, e.Sentence)
	if e.Failure != nil {
		p.line("      error: %s [%s]", e.Failure.Message, e.Failure.Code)
		hints.add(e.Failure.Code, e.Failure.Hint)
	}
	for _, step := range e.Left {
		p.line("      left on the device: %s%s", step.Text, Doubt(step.Status))
	}
	for _, sentence := range e.ByHand {
		p.line("      by hand: %s", sentence)
	}
	p.beforeAfter("      ", e)
}

func (p *printer) blocked(e Shown, hints *advice) {
	p.line("  %s", e.Target)
	for _, finding := range e.Findings {
		if finding.Level == remediate.Problem {
			p.line("      %s%s [%s]", finding.Message, waived(finding), finding.Code)
			hints.add(finding.Code, finding.Hint)
		}
	}
}

// skipped counts devices by reason: there may be thousands.
func (p *printer) skipped(e Shown, hints *advice) {
	if e.Failure == nil {
		hints.add("no reason given", "")
		return
	}
	hints.add(e.Failure.Message, e.Failure.Hint)
}

func (p *printer) reasons(reasons advice) {
	for _, one := range reasons.list {
		p.line("  %6d %s", one.devices, one.code)
		p.labelled("         ", one.hint, "")
	}
	p.beyond(reasons)
}

// Doubt is the remark on a change left on a device that may not have happened.
func Doubt(status string) string {
	if status == string(remediate.StepFailed) {
		return " (unknown: it may have happened, or still happen)"
	}
	return ""
}

func waived(finding remediate.Finding) string {
	if finding.Waived == nil {
		return ""
	}
	return fmt.Sprintf(" (waived until %s by %s)", finding.Waived.Until, finding.Waived.Owner)
}

// advice collects hints, each once however many devices it is for. Of more than mostAdvice
// different ones the rest is counted only: the text stays readable and the memory bounded.
type advice struct {
	list []advised
	more int
}

type advised struct {
	code, hint string // of skipped devices: the reason instead of a code
	devices    int
}

const mostAdvice = 50

func (a *advice) add(code, hint string) {
	i := slices.IndexFunc(a.list, func(one advised) bool { return one.code == code && one.hint == hint })
	switch {
	case i >= 0:
		a.list[i].devices++
	case len(a.list) < mostAdvice:
		a.list = append(a.list, advised{code, hint, 1})
	default:
		a.more++
	}
}

func (p *printer) advise(hints advice) {
	heading := false
	for _, one := range hints.list {
		if one.hint == "" {
			continue
		}
		if !heading {
			p.line("  What to do")
			heading = true
		}
		p.labelled("      ["+foreign.Clean(one.code)+"] ", one.hint, "")
	}
	p.beyond(hints)
}

func (p *printer) beyond(hints advice) {
	if hints.more > 0 {
		p.line("  %6d more; -o json has them all", hints.more)
	}
}
