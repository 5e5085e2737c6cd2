package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Overview writes the summary of a run of many devices: totals, failures, blocked devices, reasons for skipping and,
// if the run will write, the number of steps by kind and the devices. details says where the full report is.
// docs/design/output.md: Many devices are agreed to as a summary
func Overview(w io.Writer, head RunHead, devices RunDevices, details string, style Style) error {
	p := newPrinter(w, style)
	var counted tally
	var planned writes
	var sections [grades]textSection
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		counted.count(e)
		planned.count(e)
		if err := sections[e.Grade].add(e, style); err != nil {
			return err
		}
	}
	p.text.WriteString(style.paint(bold, foreign.Clean(head.title())) + "\n")
	p.totals(counted)
	for _, g := range []grade{gradeFailed, gradeBlocked, gradeSkipped} {
		if err := sections[g].send(p, g, counted.grades[g]); err != nil {
			return err
		}
	}
	p.writes(planned)
	if details != "" {
		p.line("\nDetails: %s", details)
	}
	return p.flush()
}

// totals writes the words in the order of the documents.
func (p *printer) totals(counted tally) {
	var order []string
	for _, verdict := range remediate.Verdicts() {
		order = append(order, string(verdict))
	}
	for _, status := range remediate.Statuses() {
		order = append(order, string(status))
	}
	slices.SortStableFunc(counted.totals, func(a, b total) int {
		return slices.Index(order, a.Word) - slices.Index(order, b.Word)
	})
	parts := make([]string, 0, len(counted.totals))
	for _, total := range counted.totals {
		text := fmt.Sprintf("%d %s", total.Count, foreign.Clean(Spaced(total.Word)))
		parts = append(parts, p.style.paint(gradeWords[total.Grade].color, text))
	}
	p.text.WriteString(count(counted.devices, "device") + ": " + or(strings.Join(parts, ", "), "none") + "\n")
}

// writes sums up the planned writes of all devices.
type writes struct {
	devices int
	kinds   map[remediate.StepKind]int
	names   []string // of devices, mostNames at most
	// warnings counts devices by the code of an important finding.
	warnings map[string]int
}

// mostNames limits the device names in an overview: a longer list is unreadable.
const mostNames = 300

func (w *writes) count(e Shown) {
	if e.Grade != gradePending || e.Plan == nil {
		return
	}
	if w.kinds == nil {
		w.kinds, w.warnings = map[remediate.StepKind]int{}, map[string]int{}
	}
	for _, step := range e.Plan.Steps {
		w.kinds[step.Kind]++
	}
	codes := map[string]int{}
	for _, finding := range e.Plan.Findings {
		if finding.Level != remediate.Info && finding.Waived == nil {
			codes[finding.Code] = 1 // however often
		}
	}
	for code := range codes {
		w.warnings[code]++
	}
	w.devices++
	if len(w.names) < mostNames {
		w.names = append(w.names, e.Target)
	}
}

func (p *printer) writes(planned writes) {
	if planned.devices == 0 {
		return
	}
	p.text.WriteString("\n" + p.style.paint(yellow, "To be written to "+count(planned.devices, "device")) + "\n")
	kinds := slices.SortedFunc(maps.Keys(planned.kinds), func(a, b remediate.StepKind) int {
		return slices.Index(remediate.StepKinds(), a) - slices.Index(remediate.StepKinds(), b)
	})
	for _, kind := range kinds {
		p.line("  %6d %s", planned.kinds[kind], foreign.Clean(kind.Counted(planned.kinds[kind])))
	}
	names := folded(foreign.Clean(strings.Join(planned.names, ", ")), 2)
	p.text.WriteString("  " + names + "\n")
	if more := planned.devices - len(planned.names); more > 0 {
		p.line("  and %d more", more)
	}
	if len(planned.warnings) > 0 {
		p.line("  Warnings (acfix explain CODE)")
	}
	for _, code := range slices.Sorted(maps.Keys(planned.warnings)) {
		p.line("  %6d %s", planned.warnings[code], code)
	}
}
