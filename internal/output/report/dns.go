package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/foreign"
)

// DNS writes how the checks of DNS records ended: what failed first.
func DNS(w io.Writer, found dns.Report, style Style) error {
	p := newPrinter(w, style)
	p.heading(strings.Join(subjects(found), ", "), "profile "+found.Profile+", asked "+strings.Join(found.Resolvers, ", "))
	for _, section := range dnsSections {
		p.records(found.Checks, section)
	}
	p.line("")
	if found.Result == dns.Pass {
		p.text.WriteString("  " + p.style.paint(green, "Pass: the records are as the document asks.") + "\n")
	} else {
		p.text.WriteString("  " + p.style.paint(red, "Fail: not everything that is required was found.") + "\n")
	}
	return p.flush()
}

// subjects are the domains, or where none was named the hosts that were looked at.
func subjects(found dns.Report) []string {
	if len(found.Domains) > 0 {
		return found.Domains
	}
	var names []string
	for _, check := range found.Checks {
		if !slices.Contains(names, check.Name) {
			names = append(names, check.Name)
		}
	}
	return names
}

// dnsSection is a part of the text: the checks with one result, warnings apart from what is good
// to know.
type dnsSection struct {
	result       dns.Verdict
	warnings     bool
	title, color string
}

var dnsSections = []dnsSection{
	{dns.Fail, false, "Fails", red},
	{dns.Unknown, false, "Could not be found out", yellow},
	{dns.Info, true, "Warnings", yellow},
	{dns.Info, false, "To know", dim},
	{dns.Pass, false, "Passes", green},
}

func (s dnsSection) holds(check dns.Check) bool {
	isWarning := check.Result == dns.Info && check.Severity == dns.Warning
	return check.Result == s.result && isWarning == s.warnings
}

// records are the checks of one section. Of those that did not pass, the source is shown too.
func (p *printer) records(checks []dns.Check, section dnsSection) {
	shown := false
	for _, check := range checks {
		if !section.holds(check) {
			continue
		}
		if !shown {
			p.line("")
			p.text.WriteString("  " + p.style.paint(section.color, section.title) + "\n")
			shown = true
		}
		p.line("    %s: %s [%s]", check.Name, check.Message, check.ID)
		if section.warnings || check.Result == dns.Fail || check.Result == dns.Unknown {
			p.text.WriteString("      " + p.style.paint(dim, fmt.Sprintf("rule: %s (%s)", foreign.Clean(check.Rule), foreign.Clean(check.Source))) + "\n")
		}
	}
}
