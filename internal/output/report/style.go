// Package report shows plans and results to people. It decides nothing and prints
// nothing by itself: it writes to the writer that it is given.
//
// The rules of the text: facts first, then the verdict, then what is to be done and why,
// then what else was noticed. Words before symbols; colour repeats what a word says and
// never replaces it. Text that came from a device or an operator loses its control
// characters, so that a name can't move the cursor of a terminal.
package report

// Style says how text may look.
type Style struct {
	Color bool
	// Verbose gives devices with nothing to say about them a line each in views of runs.
	Verbose bool
}

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (s Style) paint(color, text string) string {
	if !s.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
