package report

import (
	"fmt"
	"io"

	"github.com/acfix/acfix/internal/output/explain"
)

// Explanation writes the pages of a code: what it means and what to do.
func Explanation(w io.Writer, pages []explain.Page, style Style) error {
	p := newPrinter(w, style)
	for i, page := range pages {
		if i > 0 {
			p.line("")
		}
		p.explain(page)
	}
	return p.flush()
}

func (p *printer) explain(page explain.Page) {
	kind := kindTexts[page.Kind]
	if page.Level != "" {
		kind = p.style.paint(levelColors[page.Level], fmt.Sprintf("%s of level %s", page.Kind, page.Level))
	}
	fmt.Fprintf(&p.text, "%s  %s\n%s\n", p.style.paint(bold, page.Code), kind, folded(page.Summary, 0))
	for _, part := range []struct{ title, text string }{
		{"Cause", page.Cause}, {"What acfix did and did not do", page.Acfix},
	} {
		fmt.Fprintf(&p.text, "\n%s\n  %s\n", part.title, folded(part.text, 2))
	}
	p.text.WriteString("\nWhat to do\n")
	for i, step := range page.Next {
		fmt.Fprintf(&p.text, "  %d. %s\n", i+1, folded(step, 5))
	}
	if page.Source != "" {
		fmt.Fprintf(&p.text, "\nSource: %s\n", page.Source)
	}
}

// kindTexts describe the kind of a code.
var kindTexts = map[explain.CodeKind]string{
	explain.Error: "error", explain.Finding: "finding", explain.Probe: "of acfix probe", explain.Store: "of a store",
}

// kindTitles are headings of lists of codes.
var kindTitles = map[explain.CodeKind]string{
	explain.Error: "Errors", explain.Finding: "Findings", explain.Probe: "Probes", explain.Store: "Stores",
}

// Explanations lists codes, a line each.
func Explanations(w io.Writer, pages []explain.Page, style Style) error {
	p := newPrinter(w, style)
	var kind explain.CodeKind
	for _, page := range pages {
		if page.Kind != kind {
			if kind != "" {
				p.line("")
			}
			kind = page.Kind
			p.text.WriteString(style.paint(bold, kindTitles[kind]) + "\n")
		}
		p.line("  %s%s", padded(page.Code, 30), page.Summary)
	}
	return p.flush()
}
