package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/foreign"
)

// DNS writes the results of DNS checks, failures first.
func DNS(w io.Writer, found dns.DomainReport, style Style) error {
	p := newPrinter(w, style)
	asked := "profile " + found.Profile + ", asked " + strings.Join(found.Resolvers, ", ")
	p.heading(strings.Join(subjects(found), ", "), asked)
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

// subjects are the domains, or without a domain the checked hosts.
func subjects(found dns.DomainReport) []string {
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

// dnsSection is a part of the text: the checks with one result, warnings apart from information.
type dnsSection struct {
	result       dns.CheckResult
	warnings     bool
	title, color string
}

var dnsSections = []dnsSection{
	{dns.Fail, false, "Fails", red},
	{dns.Unknown, false, "Unknown", yellow},
	{dns.Info, true, "Warnings", yellow},
	{dns.Info, false, "Information", dim},
	{dns.Pass, false, "Passes", green},
}

func (s dnsSection) holds(check dns.RecordCheck) bool {
	isWarning := check.Result == dns.Info && check.Severity == dns.Warning
	return check.Result == s.result && isWarning == s.warnings
}

// records writes the checks of one section, with the source of a rule that did not pass.
func (p *printer) records(checks []dns.RecordCheck, section dnsSection) {
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
			rule := fmt.Sprintf("rule: %s (%s)", foreign.Clean(check.Rule), foreign.Clean(check.Source))
			p.text.WriteString("      " + p.style.paint(dim, rule) + "\n")
		}
	}
}
