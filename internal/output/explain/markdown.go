package explain

import (
	"fmt"
	"io"
	"strings"
)

// chapters are the parts of the document, by kind.
var chapters = []struct {
	kind         CodeKind
	title, intro string
}{
	{Error, "Errors", "What failed on a device: the key `error` of plans and results, with the device's own message and hint."},
	{Finding, "Findings", "What acfix noticed on a device: the key `findings`. A finding of the level `error` keeps anything from being planned for the device."},
	{Probe, "Probes", "What `acfix probe` says of an end point: its keys `error` and `findings`."},
	{Store, "Stores", "Why the store of runs (`--store`) can't be worked with. The code stands in brackets behind the message on stderr."},
}

// Markdown writes all pages as one document.
func Markdown(w io.Writer) error {
	var text strings.Builder
	text.WriteString("# Errors and findings\n\n`acfix explain CODE` shows the same text. Made by `make golden` from the pages in `explain`; change it there.\n")
	pages := Pages()
	for _, chapter := range chapters {
		fmt.Fprintf(&text, "\n## %s\n\n%s\n\n| code | means |\n|---|---|\n", chapter.title, chapter.intro)
		for _, p := range pages {
			if p.Kind == chapter.kind {
				fmt.Fprintf(&text, "| [`%s`](#%s) | %s |\n", p.Code, strings.ReplaceAll(heading(p), ": ", "-"), p.Summary)
			}
		}
		for _, p := range pages {
			if p.Kind == chapter.kind {
				section(&text, p)
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// heading is that of a page: a code of a probe may be one of a device too.
func heading(p Page) string {
	if p.Kind == Probe {
		return "probe: " + p.Code
	}
	return p.Code
}

func section(text *strings.Builder, p Page) {
	fmt.Fprintf(text, "\n### %s\n\n%s\n\n", heading(p), p.Summary)
	if p.Level != "" {
		fmt.Fprintf(text, "- **Level:** %s\n", p.Level)
	}
	fmt.Fprintf(text, "- **Cause:** %s\n- **What acfix did and did not do:** %s\n", p.Cause, p.Acfix)
	if p.Source != "" {
		fmt.Fprintf(text, "- **Source:** %s\n", p.Source)
	}
	text.WriteString("\nWhat to do:\n\n")
	for i, step := range p.Next {
		fmt.Fprintf(text, "%d. %s\n", i+1, step)
	}
}
