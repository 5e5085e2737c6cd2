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

// Overview writes a run of many devices as it is to be read first: totals, what failed, what
// is blocked, why devices were skipped, and, where something is to be written, how much of
// what, and on which devices. details says where all of it stands.
func Overview(w io.Writer, head RunHead, devices RunDevices, details string, style Style) error {
	p := newPrinter(w, style)
	var counted tally
	var planned writes
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		counted.count(e)
		planned.count(e)
	}
	p.text.WriteString(style.paint(bold, foreign.Clean(head.title())) + "\n")
	p.totals(counted)
	for _, g := range []grade{gradeFailed, gradeBlocked, gradeSkipped} {
		if counted.grades[g] == 0 {
			continue
		}
		if err := p.section(head, devices, g, counted.grades[g]); err != nil {
			return err
		}
	}
	p.writes(planned)
	if details != "" {
		p.line("\nDetails: %s", details)
	}
	return p.flush()
}

// totals is a line with the words in the order of the documents.
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
		parts = append(parts, p.style.paint(gradeWords[total.Grade].color, fmt.Sprintf("%d %s", total.Count, foreign.Clean(spaced(total.Word)))))
	}
	p.text.WriteString(count(counted.devices, "device") + ": " + or(strings.Join(parts, ", "), "none") + "\n")
}

// writes is what is planned to be written, over all devices.
type writes struct {
	devices int
	kinds   map[remediate.StepKind]int
	names   []string // of devices, mostNames at most
	// warnings are how many of the devices have a finding that asks for attention.
	warnings map[string]int
}

// mostNames is how many devices an overview names: a list that nobody can read is none.
const mostNames = 300

// stepCounts says how steps are counted, in their order.
var stepCounts = []struct {
	kind      remediate.StepKind
	one, many string
}{
	{remediate.StepBackup, "backup, before anything is written", "backups, each before anything is written"},
	{remediate.StepEnableBundle, `switch "Use default CA Bundle" on`, `switches "Use default CA Bundle" on`},
	{remediate.StepImportRoot, "import of a trusted root", "imports of trusted roots"},
	{remediate.StepSave, "save to flash", "saves to flash"},
}

func (w *writes) count(e entry) {
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
	for _, step := range stepCounts {
		switch n := planned.kinds[step.kind]; n {
		case 0:
		case 1:
			p.line("  %6d %s", n, step.one)
		default:
			p.line("  %6d %s", n, step.many)
		}
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
