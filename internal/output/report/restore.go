package report

import (
	"fmt"
	"io"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/remediate"
)

// Restore writes the plan of a restore.
func Restore(w io.Writer, plan remediate.RestorePlan, style Style) error {
	p := newPrinter(w, style)
	p.heading(plan.Target, plan.URL)
	p.restore(plan)
	return p.flush()
}

func (p *printer) restore(plan remediate.RestorePlan) {
	if plan.Error != nil {
		p.failure(*plan.Error)
		return
	}
	p.line("  Backup      %s, of %s", plan.Backup, moment.Text(plan.Taken))

	p.identity(plan.Device.Product, plan.Device.Serial, plan.Device.Firmware)
	p.text.WriteString("\n  " + p.restoreVerdict(plan) + "\n")
	for i, step := range plan.Steps {
		p.line("    %d. %s", i+1, step.String())
		p.text.WriteString("       " + p.style.paint(dim, "because: "+foreign.Clean(step.Reason)) + "\n")
	}
	p.byHand(plan.ByHand)
	p.findings(plan.Findings)
}

func (p *printer) restoreVerdict(plan remediate.RestorePlan) string {
	switch plan.Verdict {
	case remediate.Compliant:
		return p.style.paint(green, "Nothing to put back.")
	case remediate.Change:
		return p.style.paint(yellow, fmt.Sprintf("Restore: %s.", count(len(plan.Steps), "step")))
	default:
		return p.style.paint(red, "Blocked: a person must decide or repair first; nothing is planned.")
	}
}

// byHand lists the tasks that a restore leaves to the operator.
func (p *printer) byHand(sentences []string) {
	if len(sentences) == 0 {
		return
	}
	p.line("")
	p.line("  Left to do by hand")
	for _, sentence := range sentences {
		p.line("    %s", sentence)
	}
}
