package report

import (
	"io"
	"strings"

	"github.com/acfix/acfix/certcheck"
)

var checkColors = map[certcheck.Result]string{certcheck.Pass: green, certcheck.Fail: red, certcheck.Info: yellow, certcheck.Unknown: yellow}

// Certificate writes what a check of a certificate found. Who made a rule stands where it
// does not hold.
func Certificate(w io.Writer, from, counterpart string, found certcheck.Report, style Style) error {
	p := newPrinter(w, style)
	p.line("%s", from)
	p.line("  Certificate %s", or(found.Subject, "without a subject"))
	p.line("  Issuer      %s", or(found.Issuer, "without a name"))
	p.line("  Names       %s", or(strings.Join(found.Names, ", "), "none"))
	p.line("  Valid       from %s to %s", found.NotBefore, found.NotAfter)
	p.line("  SHA-256     %s", found.SHA256)
	p.line("  Rules       %s: %s", found.Profile, counterpart)
	p.line("")
	counts := map[certcheck.Result]int{}
	for _, check := range found.Checks {
		counts[check.Result]++
		p.check(check)
	}
	p.line("")
	verdict := "Passes"
	switch {
	case found.Result == certcheck.Fail:
		verdict = "Fails"
	case counts[certcheck.Unknown] > 0:
		verdict = "Passes as far as could be told"
	}
	p.text.WriteString("  " + p.style.paint(checkColors[found.Result], verdict))
	p.line(": %d passed, %d failed, %d to note, %d unknown.",
		counts[certcheck.Pass], counts[certcheck.Fail], counts[certcheck.Info], counts[certcheck.Unknown])
	return p.flush()
}

func (p *printer) check(check certcheck.Check) {
	word := string(check.Result) + strings.Repeat(" ", len(certcheck.Unknown)-len(check.Result))
	p.text.WriteString("  " + p.style.paint(checkColors[check.Result], word))
	p.line("  %-20s %s", check.ID, check.Message)
	if check.Result == certcheck.Fail || check.Result == certcheck.Info {
		p.line("%s rule:   %s", strings.Repeat(" ", 31), check.Rule)
		p.line("%s source: %s", strings.Repeat(" ", 31), check.Source)
	}
}
