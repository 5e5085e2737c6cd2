package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/dnscheck"
)

// DNS writes how the checks of DNS records ended: what failed first.
func DNS(w io.Writer, found dnscheck.Report, style Style) error {
	p := newPrinter(w, style)
	p.heading(strings.Join(found.Domains, ", "), "profile "+found.Profile+", asked "+strings.Join(found.Resolvers, ", "))
	for _, section := range []struct {
		result       dnscheck.Verdict
		title, color string
	}{
		{dnscheck.Fail, "Fails", red}, {dnscheck.Unknown, "Could not be found out", yellow},
		{dnscheck.Info, "To know", dim}, {dnscheck.Pass, "Passes", green},
	} {
		p.records(found.Checks, section.result, section.title, section.color)
	}
	p.line("")
	if found.Result == dnscheck.Pass {
		p.text.WriteString("  " + p.style.paint(green, "Pass: the records are as the document asks.") + "\n")
	} else {
		p.text.WriteString("  " + p.style.paint(red, "Fail: not everything that is required was found.") + "\n")
	}
	return p.flush()
}

// records are the checks with one result. Of those that did not pass, the source is shown too.
func (p *printer) records(checks []dnscheck.Check, result dnscheck.Verdict, title, color string) {
	shown := false
	for _, check := range checks {
		if check.Result != result {
			continue
		}
		if !shown {
			p.line("")
			p.text.WriteString("  " + p.style.paint(color, title) + "\n")
			shown = true
		}
		p.line("    %s: %s [%s]", check.Name, check.Message, check.ID)
		if result == dnscheck.Fail || result == dnscheck.Unknown {
			p.text.WriteString("      " + p.style.paint(dim, fmt.Sprintf("rule: %s (%s)", Clean(check.Rule), Clean(check.Source))) + "\n")
		}
	}
}
