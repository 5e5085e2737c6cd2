package changepackage

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
)

const width = 100

// text renders a guide for a terminal or an editor.
func (g guide) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", g.title, strings.Repeat("=", len([]rune(g.title))))
	if g.caution != "" {
		fold(&b, "", g.caution)
		b.WriteString("\n")
	}
	for _, fact := range g.facts {
		fmt.Fprintf(&b, "%-15s%s\n", fact[0], fact[1])
	}
	for _, s := range g.sections {
		fmt.Fprintf(&b, "\n%s\n%s\n\n", s.heading, strings.Repeat("-", len([]rune(s.heading))))
		if s.words != "" {
			fold(&b, "", s.words)
			b.WriteString("\n")
		}
		for i, item := range s.items {
			fold(&b, fmt.Sprintf("%3d. ", i+1), item)
		}
	}
	return b.String()
}

// fold writes a paragraph whose further lines are indented as its first.
func fold(b *strings.Builder, head, text string) {
	line := head
	for i, word := range strings.Fields(text) {
		if i > 0 && len([]rune(line))+1+len([]rune(word)) > width {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", len(head)) + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}

var pageOf = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Title}}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #111; background: #fff; }
th { text-align: left; padding-right: 2em; font-weight: normal; color: #555; }
li { margin: 0.4em 0; }
li::before { content: "\2610\00a0"; }
@media print { body { margin: 0; font-size: 12px; } section { break-inside: avoid; } }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{with .Caution}}<p><strong>{{.}}</strong></p>
{{end}}<table>
{{range .Facts}}<tr><th scope="row">{{index . 0}}</th><td>{{index . 1}}</td></tr>
{{end}}</table>
{{range .Sections}}<section>
<h2>{{.Heading}}</h2>
{{with .Words}}<p>{{.}}</p>
{{end}}{{with .Items}}<ol>
{{range .}}<li>{{.}}</li>
{{end}}</ol>
{{end}}</section>
{{end}}</body>
</html>
`))

// page renders a guide as one HTML file that loads nothing and can be printed.
func (g guide) page() ([]byte, error) {
	type shownSection struct {
		Heading, Words string
		Items          []string
	}
	shown := struct {
		Title, Caution string
		Facts          [][2]string
		Sections       []shownSection
	}{Title: g.title, Caution: g.caution, Facts: g.facts}
	for _, s := range g.sections {
		shown.Sections = append(shown.Sections, shownSection{s.heading, s.words, s.items})
	}
	var page bytes.Buffer
	err := pageOf.Execute(&page, shown)
	return page.Bytes(), err
}
