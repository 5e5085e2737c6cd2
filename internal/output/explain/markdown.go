package explain

import (
	"fmt"
	"io"
	"strings"
)

// chapters are the parts of the document, a kind each, with the file of their pages.
var chapters = []struct {
	kind               CodeKind
	file, title, intro string
}{
	{Error, "errors.yaml", "Errors", "What failed on a device: the key `error` of plans and results, with the " +
		"device's own message and hint."},
	{Finding, "findings.yaml", "Findings", "What acfix noticed on a device: the key `findings`. A finding of the " +
		"level `error` stops acfix from planning anything for the device."},
	{Probe, "probes.yaml", "Probes", "What `acfix probe` reports about an endpoint: its keys `error` and `findings`."},
	{Store, "stores.yaml", "Stores", "Why acfix can't use the store of runs (`--store`). The code stands in brackets " +
		"after the message on stderr."},
}

const intro = "# Errors and findings\n\n`acfix explain CODE` and the page `/explain/CODE` of `acfix serve` show the same " +
	"text. `make golden` writes this document from the pages in `internal/output/explain/pages`; change it there.\n"

// Markdown writes all pages as one document.
func Markdown(w io.Writer) error {
	var text strings.Builder
	text.WriteString(intro)
	pages := Pages()
	for _, chapter := range chapters {
		fmt.Fprintf(&text, "\n## %s\n\n%s\n\n| code | means |\n|---|---|\n", chapter.title, chapter.intro)
		for _, p := range pages {
			if p.Kind == chapter.kind {
				anchor := strings.ReplaceAll(heading(p), ": ", "-")
				fmt.Fprintf(&text, "| [`%s`](#%s) | %s |\n", p.Code, anchor, p.Summary)
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

// heading returns a page's heading. A probe and a device may share a code.
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
