package report

import (
	"io"
	"strconv"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/output/columns"
)

// stateColors are the colours of a run's states; others have none.
var stateColors = map[string]string{
	"done": green, "running": yellow, "paused": yellow, "waiting": yellow, "approved": yellow,
	"stopped": red, "interrupted": red, "failed": red,
}

// History writes a line for each run, in the order given, and below it what came of its devices, their inventory, and
// the reason if it was stopped.
func History(w io.Writer, runs []RunHead, style Style) error {
	p := newPrinter(w, style)
	if len(runs) == 0 {
		p.line("No runs.")
	} else {
		columns := padded("RUN", 17) + padded("STARTED", 25) + padded("ACTION", 9) + padded("STATE", 13)
		p.text.WriteString(style.paint(bold, columns+padded("EXIT", 5)+"JOB") + "\n")
	}
	for _, run := range runs {
		p.run(run)
	}
	return p.flush()
}

func (p *printer) run(run RunHead) {
	exit := "-"
	if run.Exit != nil {
		exit = strconv.Itoa(*run.Exit)
	}
	p.text.WriteString(padded(foreign.Clean(run.ID), 17) + padded(or(moment.Text(run.Created), "unknown"), 25))
	p.text.WriteString(padded(foreign.Clean(Spaced(run.Action)), 9))
	p.text.WriteString(p.style.paint(stateColors[run.State], padded(foreign.Clean(run.State), 13)) + padded(exit, 5))
	p.line("%s", or(run.Job, "-"))
	if outcome := joinedBy("; ", run.Tally, prefixed("inventory ", run.Inventory)); outcome != "" {
		p.line("    %s", outcome)
	}
	if run.Reason != "" {
		p.line("    %s", run.Reason)
	}
}

// padded adds at least one blank.
func padded(text string, width int) string { return columns.Pad(text+" ", width) }
