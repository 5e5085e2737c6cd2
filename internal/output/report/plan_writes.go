package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/columns"
	"github.com/acfix/acfix/remediate"
)

// writes sums up the planned writes of all devices.
type writes struct {
	devices int
	kinds   map[remediate.StepKind]int
	because map[string]map[string]int // how often a step is planned, by its reason
	// warnings counts devices by the code of an important finding.
	warnings map[string]int
	names    []string // of devices, mostNames at most
}

// mostNames limits the device names in an overview: a longer list is unreadable.
const mostNames = 300

// mostBecause bounds the different reasons of steps, and the steps of one: devices' own names stand in them.
const mostBecause = 30

func (w *writes) count(e Shown) {
	if e.Grade != gradePending || e.Plan == nil {
		return
	}
	if w.kinds == nil {
		w.kinds, w.warnings = map[remediate.StepKind]int{}, map[string]int{}
		w.because = map[string]map[string]int{}
	}
	w.devices++
	if len(w.names) < mostNames {
		w.names = append(w.names, e.Target)
	}
	changes := slices.ContainsFunc(e.Plan.Steps, func(step remediate.Step) bool { return step.Kind.Changes() })
	for _, step := range e.Plan.Steps {
		w.kinds[step.Kind]++
		if step.Kind.Changes() || step.Kind == remediate.StepSave && !changes {
			w.addReason(step)
		}
	}
	for _, code := range warnings(e.Plan.Findings) {
		w.warnings[code]++
	}
}

// addReason counts a step by its reason. The reasons of backups, and of saves after changes, are always the same.
func (w *writes) addReason(step remediate.Step) {
	steps := w.because[step.Reason]
	if steps == nil {
		if len(w.because) >= mostBecause {
			return
		}
		steps = map[string]int{}
		w.because[step.Reason] = steps
	}
	if text := step.String(); steps[text] > 0 || len(steps) < mostBecause {
		steps[text]++
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
		p.line("  %6d %s", planned.kinds[kind], kind.Counted(planned.kinds[kind]))
	}
	p.because(planned.because)
	if len(planned.warnings) > 0 {
		p.line("  Warnings (acfix explain CODE)")
	}
	for _, code := range slices.Sorted(maps.Keys(planned.warnings)) {
		p.line("  %6d %s", planned.warnings[code], code)
	}
}

// because writes each reason once, the most frequent first, with the steps that have it.
func (p *printer) because(all map[string]map[string]int) {
	often := func(reason string) (steps int) {
		for _, n := range all[reason] {
			steps += n
		}
		return steps
	}
	reasons := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(often(b), often(a)), strings.Compare(a, b))
	})
	for _, reason := range reasons {
		p.reason("  because: ", reason)
		for _, step := range slices.Sorted(maps.Keys(all[reason])) {
			p.reason(fmt.Sprintf("  %6d ", all[reason][step]), step)
		}
	}
}

// named lists the devices that are written to, for a view without a table of them.
func (p *printer) named(planned writes) {
	for _, line := range columns.Fold(foreign.Clean(strings.Join(planned.names, ", ")), p.style.width()-len(gap)) {
		p.text.WriteString(gap + line + "\n")
	}
	if more := planned.devices - len(planned.names); more > 0 {
		p.line("  and %d more", more)
	}
}
