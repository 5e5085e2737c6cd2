package report

import (
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

const (
	// mostInTable is how many devices have a line each, whatever is planned. Of more, only those have one that need a
	// person or a change.
	mostInTable = 50
	// mostRows bounds the lines, and the memory: a longer table is unreadable.
	mostRows = 300
)

// FleetPlan writes the plans of several devices: a line for each, those that need a person first, then their number by
// reason, what is to be written and why, and who is in which wave. details says where the full plans are. It reads the
// devices once, and writes nothing if that fails.
// docs/design/output.md: Many devices are agreed to as a table
func FleetPlan(w io.Writer, head RunHead, devices RunDevices, details string, style Style) error {
	var view fleetPlan
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		view.add(e)
	}
	p := newPrinter(w, style)
	p.fleet = true
	p.policy = head.Policy
	p.text.WriteString(style.paint(bold, foreign.Clean(head.title())) + "\n")
	p.byPolicy()
	p.planTable(view)
	p.byReason(view.reasons)
	p.writes(view.planned)
	p.waves(view.waves)
	if details != "" {
		p.line("\nDetails: %s", details)
	}
	p.text.WriteString("\n")
	p.totals(view.counted)
	return p.flush()
}

// fleetPlan is what the view of a fleet's plans needs to know of its devices.
type fleetPlan struct {
	counted tally
	rows    [grades][]planRow // mostRows of each grade at the most
	reasons reasonCounts
	planned writes
	waves   waves
}

// planRow is a device in the table.
type planRow struct {
	name, firmware, word string
	grade                grade
	steps, wave          int
	reasons              []string
}

func (f *fleetPlan) add(e Shown) {
	f.counted.count(e)
	f.reasons.count(e)
	f.planned.count(e)
	f.waves.count(e)
	if len(f.rows[e.Grade]) >= mostRows {
		return
	}
	row := planRow{
		name: foreign.Clean(e.Target), firmware: foreign.Bounded(or(e.Identity.Release, e.Identity.Firmware), 24),
		word: foreign.Clean(Spaced(e.Word)), grade: e.Grade, wave: e.Wave,
	}
	if e.Plan != nil {
		row.steps = len(e.Plan.Steps)
	}
	for _, reason := range e.reasons() {
		row.reasons = append(row.reasons, foreign.Clean(reason.String()))
	}
	f.rows[e.Grade] = append(f.rows[e.Grade], row)
}

// listed returns the rows to show, the most urgent first, and what is left out by grade.
func (f *fleetPlan) listed() (rows []planRow, left [grades]int) {
	for g := range grades {
		left[g] = f.counted.grades[g]
		if f.counted.devices > mostInTable && g > gradePending {
			continue
		}
		shown := f.rows[g][:min(len(f.rows[g]), mostRows-len(rows))]
		rows = append(rows, shown...)
		left[g] -= len(shown)
	}
	return rows, left
}

// reason is why a device has its verdict.
type reason struct{ text, code string }

func (r reason) String() string {
	switch {
	case r.code == "":
		return r.text
	case r.text == "":
		return "[" + r.code + "]"
	default:
		return r.text + " [" + r.code + "]"
	}
}

// reasons are why a device failed, is blocked or skipped, what it lacks, or why it is not concerned.
func (s Shown) reasons() []reason {
	var all []reason
	if s.Failure != nil {
		all = append(all, reason{s.Failure.Message, s.Failure.Code})
	}
	for _, finding := range Gravest(s.Findings) {
		switch {
		case s.Grade == gradeBlocked && finding.Level == remediate.Problem:
			all = append(all, reason{finding.Message + waived(finding), finding.Code})
		case s.Grade == gradeIdle && len(all) == 0:
			all = append(all, reason{finding.Message, finding.Code})
		}
	}
	if s.Grade == gradePending && s.Plan != nil {
		all = append(all, reason{text: lacks(*s.Plan)})
		if codes := warnings(s.Plan.Findings); len(codes) > 0 {
			all = append(all, reason{text: "warnings: " + strings.Join(codes, ", ")})
		}
	}
	return all
}

// lacks says in a few words what the steps of a plan bring: "bundle off, 2 roots missing".
func lacks(plan remediate.DevicePlan) string {
	var off, missing, unknown int
	for _, step := range plan.Steps {
		switch {
		case step.Kind == remediate.StepEnableBundle:
			off++
		case step.Kind == remediate.StepImportRoot && isUnknown(plan, step):
			unknown++
		case step.Kind == remediate.StepImportRoot:
			missing++
		}
	}
	var parts []string
	if off > 0 {
		parts = append(parts, wordBundleOff)
	}
	if missing > 0 {
		parts = append(parts, count(missing, "root")+" "+wordMissing)
	}
	if unknown > 0 {
		parts = append(parts, count(unknown, "root")+" "+wordUnknown)
	}
	return or(strings.Join(parts, ", "), "not saved to flash")
}

// isUnknown reports whether the store that the step imports into was not read.
func isUnknown(plan remediate.DevicePlan, step remediate.Step) bool {
	for _, context := range plan.Contexts {
		for _, root := range context.Roots {
			if step.Context != nil && *step.Context == context.ID && root.SHA256 == step.SHA256 {
				return root.State == remediate.RootUnknown
			}
		}
	}
	return false
}

// warnings are the codes of findings that an operator should know before a write, each once.
func warnings(findings []remediate.Finding) []string {
	var codes []string
	seen := map[string]bool{}
	for _, finding := range findings {
		if finding.Level != remediate.Info && finding.Waived == nil && !seen[finding.Code] {
			codes = append(codes, finding.Code)
			seen[finding.Code] = true
		}
	}
	return codes
}
