package report

import (
	"io"
	"strings"

	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/internal/moment"
)

var checkColors = map[check.Result]string{
	check.Pass: green, check.Fail: red, check.Info: yellow, check.Unknown: yellow,
}

// Certificate writes the check of a certificate, with the source of each broken rule.
func Certificate(w io.Writer, from, counterpart string, found check.Report, style Style) error {
	p := newPrinter(w, style)
	p.line("%s", from)
	p.line("  Certificate %s", or(found.Subject, "without a subject"))
	p.line("  Issuer      %s", or(found.Issuer, "without a name"))
	p.line("  Names       %s", or(strings.Join(found.Names, ", "), "none"))
	p.line("  Valid       from %s to %s", moment.Restated(found.NotBefore), moment.Restated(found.NotAfter))
	p.line("  SHA-256     %s", found.SHA256)
	p.line("  Rules       %s: %s", found.Profile, counterpart)
	p.line("")
	counts := map[check.Result]int{}
	for _, row := range found.Checks {
		counts[row.Result]++
		p.check(row)
	}
	p.line("")
	verdict := "Passes"
	switch {
	case found.Result == check.Fail:
		verdict = "Fails"
	case counts[check.Unknown] > 0:
		verdict = "Passes as far as could be checked"
	}
	p.text.WriteString("  " + p.style.paint(checkColors[found.Result], verdict))
	p.line(": %d passed, %d failed, %d to note, %d unknown.",
		counts[check.Pass], counts[check.Fail], counts[check.Info], counts[check.Unknown])
	return p.flush()
}

func (p *printer) check(row check.Check) {
	word := string(row.Result) + strings.Repeat(" ", len(check.Unknown)-len(row.Result))
	p.text.WriteString("  " + p.style.paint(checkColors[row.Result], word))
	p.line("  %-20s %s", row.ID, row.Message)
	if row.Result == check.Fail || row.Result == check.Info {
		p.line("%s rule:   %s", strings.Repeat(" ", 31), row.Rule)
		p.line("%s source: %s", strings.Repeat(" ", 31), row.Source)
	}
}
