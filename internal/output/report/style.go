// Package report shows plans and results to people. It decides nothing and writes only to the given writer.
//
// Texts start with facts; then come the verdict, the steps with their reasons, and the findings.
// Words come before symbols; colour repeats what a word says and never replaces it. Text from a
// device or an operator loses its control characters, so that a name can't move the cursor.
package report

// Style says how text may look.
type Style struct {
	Color bool
	// Width is that of the terminal, in cells; 0 where it is not known. A text about several devices then has 80.
	Width int
	// Verbose adds a line for each device that needs no attention.
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

// Where the width of the terminal is not known, or is too small for a table.
const (
	usualWidth = 80
	leastWidth = 40
)

func (s Style) width() int {
	if s.Width == 0 {
		return usualWidth
	}
	return max(leastWidth, s.Width)
}
