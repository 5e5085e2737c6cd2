package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/foreign"
)

// Probe writes what endpoints answered: each address in the order of the work, then what else
// was noticed, then the verdict.
func Probe(w io.Writer, report probe.Report, style Style) error {
	p := newPrinter(w, style)
	for _, endpoint := range report.Endpoints {
		p.endpoint(endpoint)
	}
	p.endpoints(report.Endpoints)
	if report.Nodes != nil {
		p.nodes(*report.Nodes)
	}
	return p.flush()
}

// endpoints counts them where there are several.
func (p *printer) endpoints(endpoints []probe.Result) {
	if len(endpoints) < 2 {
		return
	}
	fine, failed := 0, 0
	for _, endpoint := range endpoints {
		switch {
		case endpoint.Error != nil:
			failed++
		case endpoint.SIP.OK:
			fine++
		}
	}
	p.line("\n%d endpoints: %d OK, %d answered but not OK, %d failed", len(endpoints), fine, len(endpoints)-fine-failed, failed)
}

func (p *printer) endpoint(endpoint probe.Result) {
	p.heading(probe.Endpoint{Host: endpoint.Host, Port: endpoint.Port}.String(), "")
	for _, address := range endpoint.Addresses {
		p.address(address)
	}
	p.notes(endpoint.Findings)
	p.line("")
	switch {
	case endpoint.Error != nil:
		p.text.WriteString("  " + p.style.paint(red, "Failed") + ": " + foreign.Clean(endpoint.Error.Message) + " [" + foreign.Clean(endpoint.Error.Code) + "]\n")
		p.line("  hint:  %s", endpoint.Error.Hint)
	case endpoint.SIP.OK:
		p.text.WriteString("  " + p.style.paint(green, "OK: the chain is trusted and OPTIONS was answered.") + "\n")
	default:
		p.text.WriteString("  " + p.style.paint(yellow, "Answered, but not OK") + ": " + foreign.Clean(sipText(endpoint.SIP)) + "\n")
	}
}

func (p *printer) address(address probe.Address) {
	p.line("  %s", address.Address)
	if address.TLS.Version != "" {
		p.line("    TLS     %s", tlsText(address.TLS))
		p.line("    Root    %s", rootText(address.TLS))
	}
	if mutual := address.TLS.Mutual; mutual != nil {
		p.line("    Client  %s", clientText(*mutual, address.TLS.Offered))
	}
	if address.SIP.Sent > 0 {
		p.line("    SIP     %s", sipText(address.SIP))
	}
	for _, value := range address.SIP.ReasonHeaders {
		p.line("    Reason  %s", value)
	}
	for _, value := range address.SIP.WarningHeaders {
		p.line("    Warning %s", value)
	}
	if address.Error != nil {
		p.text.WriteString("    " + p.style.paint(red, "error") + "   " + foreign.Clean(address.Error.Message) + "\n")
	}
}

// nodes shows what each node presents, then whether that is one certificate.
func (p *printer) nodes(compared probe.Nodes) {
	p.heading("Certificates of the nodes", "")
	different := map[string]bool{}
	for _, one := range compared.Presented {
		p.line("  %s", strings.TrimSpace(probe.Endpoint{Host: one.Node, Port: one.Port}.String()+"  "+one.Address))
		if one.Error != nil {
			p.text.WriteString("    " + p.style.paint(red, "error"))
			p.line("    %s [%s]", one.Error.Message, one.Error.Code)
			continue
		}
		different[one.Certificate.SHA256] = true
		p.line("    Subject  %s", or(one.Certificate.Subject, "none"))
		p.line("    Valid    to %s", one.Certificate.NotAfter)
		p.line("    SHA-256  %s", one.Certificate.SHA256)
	}
	color, verdict := red, fmt.Sprintf("Failed: the nodes present %d different certificates.", len(different))
	switch {
	case compared.Same == nil:
		verdict = "Can't be told: not every node presented a certificate."
	case *compared.Same:
		color, verdict = green, "OK: every node presents the same certificate."
	}
	p.text.WriteString("\n  " + p.style.paint(color, verdict) + "\n")
}

func tlsText(seen probe.TLS) string {
	others := slices.DeleteFunc(slices.Clone(seen.Versions), func(version string) bool { return version == seen.Version })
	text := seen.Version + ", " + seen.Cipher
	if len(others) > 0 {
		text += "; takes " + strings.Join(others, ", ") + " too"
	}
	return text
}

func rootText(seen probe.TLS) string {
	switch {
	case seen.Root == "":
		return "none of those that are trusted here"
	case seen.RootRequired:
		return seen.Root + ", one of the seven, SHA-256 " + seen.RootSHA256
	default:
		return seen.Root + ", NOT one of the seven, SHA-256 " + seen.RootSHA256
	}
}

func clientText(asked bool, offered string) string {
	switch {
	case !asked:
		return "no certificate asked for"
	case offered == "":
		return "a certificate is asked for (mutual TLS); none was given"
	default:
		return "a certificate is asked for (mutual TLS); sent: " + offered
	}
}

func sipText(seen probe.SIP) string {
	if seen.Status == nil {
		return fmt.Sprintf("no answer to %s", count(seen.Sent, "request"))
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s", *seen.Status, seen.Reason))
	text += fmt.Sprintf(" in %.1f ms", *seen.RTT)
	if seen.Sent > 1 {
		text += fmt.Sprintf(" (%.1f to %.1f), %d of %d answered", *seen.RTTMin, *seen.RTTMax, seen.Answered, seen.Sent)
	}
	if seen.Server != "" {
		text += ", by " + seen.Server
	}
	return text
}

var noteColors = map[probe.Level]string{probe.Info: dim, probe.Warning: yellow, probe.Problem: red}

// notes are the findings of a probe, the gravest first.
func (p *printer) notes(findings []probe.Finding) {
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("  Findings")
	for _, level := range []probe.Level{probe.Problem, probe.Warning, probe.Info} {
		for _, finding := range findings {
			if finding.Level == level {
				p.text.WriteString("    " + p.style.paint(noteColors[level], fmt.Sprintf("%-7s", string(level))) + " " + foreign.Clean(finding.Message) + " [" + foreign.Clean(finding.Code) + "]\n")
				p.text.WriteString("            " + p.style.paint(dim, foreign.Clean(finding.Hint)) + "\n")
			}
		}
	}
}
