package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// printer collects text, so that writing is few calls and can fail in one place only.
type printer struct {
	style   Style
	text    strings.Builder
	w       io.Writer
	started bool // something was written before what is collected
	tight   bool // the device before was written as one line
	// restoring: what is written is the result of a restore.
	restoring bool
}

func newPrinter(w io.Writer, style Style) *printer { return &printer{style: style, w: w} }

// flush writes what was collected.
func (p *printer) flush() error {
	if p.text.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(p.w, p.text.String())
	p.text.Reset()
	p.started = true
	return err
}

// line writes one line of foreign text: every string argument is cleaned. Coloured
// pieces are written directly.
func (p *printer) line(format string, arguments ...any) {
	for i, argument := range arguments {
		if text, ok := argument.(string); ok {
			arguments[i] = foreign.Clean(text)
		}
	}
	fmt.Fprintf(&p.text, format+"\n", arguments...)
}

// heading starts a device, with a blank line to the one before.
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
