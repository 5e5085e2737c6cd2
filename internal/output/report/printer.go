package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/columns"
	"github.com/acfix/acfix/remediate"
)

// printer collects text, so that it is written in few calls that can fail in one place.
type printer struct {
	style   Style
	text    strings.Builder
	w       io.Writer
	started bool // something was written already
	tight   bool // the previous device took one line
	fleet   bool // the text is about several devices, of which none is shown in full
	// restoring: the text is about a restore.
	restoring bool
	// policy is the rule of the plans; the zero reference is read as the default policy.
	policy remediate.PolicyReference
}

func newPrinter(w io.Writer, style Style) *printer { return &printer{style: style, w: w} }

// flush writes the collected text.
func (p *printer) flush() error {
	if p.text.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(p.w, p.text.String())
	p.text.Reset()
	p.started = true
	return err
}

// line writes one line, with every string argument cleaned. Coloured pieces bypass it.
func (p *printer) line(format string, arguments ...any) {
	for i, argument := range arguments {
		if text, ok := argument.(string); ok {
			arguments[i] = foreign.Clean(text)
		}
	}
	fmt.Fprintf(&p.text, format+"\n", arguments...)
}

// heading starts a device, after a blank line.
func (p *printer) heading(target, url string) {
	if p.started || p.text.Len() > 0 {
		p.text.WriteString("\n")
	}
	p.tight = false
	title := p.style.paint(bold, foreign.Clean(target))
	if url != "" && url != target {
		title += "  " + p.style.paint(dim, foreign.Clean(url))
	}
	p.text.WriteString(title + "\n")
}

// graded paints a text by how urgently its device needs attention.
func (p *printer) graded(g grade, text string) string {
	return p.style.paint(gradeWords[g].color, text)
}

// labelled writes what to do, if there is something, after a label, and folds it to the width of the terminal. Where
// that is not known, the text about one device stays on its line.
func (p *printer) labelled(label, text, color string) {
	p.foldedIf(p.fleet || p.style.Width > 0, label, text, color)
}

// reason writes a text after a label, folded where the width of the terminal is known: programs search the rest.
func (p *printer) reason(label, text string) { p.foldedIf(p.style.Width > 0, label, text, "") }

func (p *printer) foldedIf(fold bool, label, text, color string) {
	if text == "" {
		return
	}
	lines, margin := []string{foreign.Clean(text)}, strings.Repeat(" ", columns.Width(label))
	if fold {
		lines = columns.Fold(lines[0], p.style.width()-len(margin))
	}
	for _, line := range lines {
		p.text.WriteString(label + p.style.paint(color, line) + "\n")
		label = margin
	}
}
