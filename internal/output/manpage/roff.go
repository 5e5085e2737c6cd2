package manpage

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// roff collects a page in the language of man(7).
type roff struct{ written strings.Builder }

func (r *roff) raw(format string, arguments ...any) {
	fmt.Fprintf(&r.written, format+"\n", arguments...)
}

func (r *roff) section(title string) { r.raw(".SH %s", strings.ToUpper(title)) }

// text writes paragraphs line by line, without changing the line breaks.
func (r *roff) text(text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			r.raw(".PP")
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			r.raw("%s", escaped(strings.TrimSpace(line)))
		}
	}
}

func (r *roff) terms(title, intro string, terms []Term) {
	if len(terms) == 0 {
		return
	}
	r.section(title)
	if intro != "" {
		r.text(intro)
	}
	r.list(terms)
}

func (r *roff) list(terms []Term) {
	for _, term := range terms {
		r.raw(".TP")
		r.raw(".B %s", escaped(term.Name))
		r.raw("%s", escaped(term.Text))
	}
}

func (r *roff) example(text string) {
	if text == "" {
		return
	}
	r.section("Examples")
	r.raw(".nf")
	for line := range strings.SplitSeq(text, "\n") {
		r.raw("%s", escaped(strings.TrimPrefix(line, "  ")))
	}
	r.raw(".fi")
}

func (r *roff) seeAlso(command *cobra.Command) {
	var pages []string
	if command.HasParent() {
		pages = append(pages, name(command.Parent()))
	}
	for _, child := range below(command) {
		pages = append(pages, name(child))
	}
	if len(pages) == 0 {
		return
	}
	r.section("See also")
	for i, page := range pages {
		comma := " ,"
		if i == len(pages)-1 {
			comma = ""
		}
		r.raw(".BR %s (1)%s", escaped(page), comma)
	}
}

var signs = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// escaped is text that no formatter takes for a command.
func escaped(text string) string {
	text = signs.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// argument is one argument of a macro.
func argument(text string) string { return `"` + strings.ReplaceAll(escaped(text), `"`, `\(dq`) + `"` }
