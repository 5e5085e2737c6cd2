package summary

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

//go:embed summary.html
var pageHTML string

var page = template.Must(template.New("summary").Parse(pageHTML))

// HTML writes the page as one file that needs no other and prints on one sheet of A4. Its tables and colours are those
// that mail programs show, too.
// docs/design/output.md: A summary fits one sheet of paper
func HTML(w io.Writer, s *Sheet) error {
	var text strings.Builder
	if err := page.Execute(&text, s.view()); err != nil {
		return err
	}
	_, err := io.WriteString(w, foreign.CleanLines(text.String()))
	return err
}
