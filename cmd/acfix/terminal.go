package main

import (
	"os"

	"github.com/acfix/acfix/internal/output/report"
	"golang.org/x/term"
)

// style returns how to write for people: terminal says whether it is one.
func (a *app) style(terminal bool) report.Style {
	style := report.Style{Color: terminal && !a.flags.noColor && a.getenv("NO_COLOR") == ""}
	if terminal && a.width != nil {
		style.Width = a.width()
	}
	return style
}

// drawsBars reports whether progress is drawn with a movable cursor, for that many devices; otherwise it is lines.
func (a *app) drawsBars(devices int) bool {
	return a.stderrIsTerminal && devices > 1 && a.getenv("TERM") != "dumb"
}

// terminalWidth returns the width of the terminal that acfix writes to, in cells; 0 if it writes to none.
func terminalWidth() int {
	for _, file := range []*os.File{os.Stdout, os.Stderr} {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// terminalState returns a function that restores the terminal's current state: an abandoned password prompt would leave
// it without echo.
func terminalState(fd int) func() {
	state, err := term.GetState(fd)
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(fd, state) }
}
