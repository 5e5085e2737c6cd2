package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
)

// Probe writes the answers of endpoints: each address in the order of the probe, then findings, then the verdict.
func Probe(w io.Writer, report probe.ProbeReport, style Style) error {
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

// endpoints sums up several endpoints.
func (p *printer) endpoints(endpoints []probe.EndpointResult) {
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
	p.line("\n%d endpoints: %d OK, %d answered but not OK, %d failed",
		len(endpoints), fine, len(endpoints)-fine-failed, failed)
}

func (p *printer) endpoint(endpoint probe.EndpointResult) {
	p.heading(probe.Endpoint{Host: endpoint.Host, Port: endpoint.Port}.String(), "")
	for _, address := range endpoint.Addresses {
		p.address(address)
	}
	p.notes(endpoint.Findings)
	p.line("")
	switch {
	case endpoint.Error != nil:
		p.text.WriteString("  " + p.style.paint(red, "Failed"))
		p.line(": %s [%s]", endpoint.Error.Message, endpoint.Error.Code)
		p.line("  hint:  %s", endpoint.Error.Hint)
	case endpoint.SIP.OK:
		p.text.WriteString("  " + p.style.paint(green, "OK: the chain is trusted and OPTIONS was answered.") + "\n")
	default:
		p.text.WriteString("  " + p.style.paint(yellow, "Answered, but not OK"))
		p.line(": %s", sipText(endpoint.SIP))
	}
}

func (p *printer) address(address probe.AddressResult) {
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

// nodes writes the certificate of each node, then whether they are the same.
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
		p.line("    Valid    to %s", moment.Restated(one.Certificate.NotAfter))
		p.line("    SHA-256  %s", one.Certificate.SHA256)
	}
	color, verdict := red, fmt.Sprintf("Failed: the nodes present %d different certificates.", len(different))
	switch {
	case compared.Same == nil:
		verdict = "Unknown: not every node presented a certificate."
	case *compared.Same:
		color, verdict = green, "OK: every node presents the same certificate."
	}
	p.text.WriteString("\n  " + p.style.paint(color, verdict) + "\n")
}

func tlsText(seen probe.TLS) string {
	others := slices.DeleteFunc(slices.Clone(seen.Versions), func(v string) bool { return v == seen.Version })
	text := seen.Version + ", " + seen.Cipher
	if len(others) > 0 {
		text += "; also accepts " + strings.Join(others, ", ")
	}
	return text
}

func rootText(seen probe.TLS) string {
	switch {
	case seen.Root == "":
		return "none that is trusted here"
	case seen.RootRequired:
		return seen.Root + ", one of the required roots, SHA-256 " + seen.RootSHA256
	default:
		return seen.Root + ", NOT one of the required roots, SHA-256 " + seen.RootSHA256
	}
}

func clientText(asked bool, offered string) string {
	switch {
	case !asked:
		return "no certificate requested"
	case offered == "":
		return "certificate requested (mutual TLS); none was given"
	default:
		return "certificate requested (mutual TLS); sent: " + offered
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

// notes are the findings of a probe, the most important first.
func (p *printer) notes(findings []probe.Remark) {
	if len(findings) == 0 {
		return
	}
	p.line("")
	p.line("  Findings")
	for _, level := range gravity {
		for _, finding := range findings {
			if finding.Level == level {
				p.finding(level, finding.Message, finding.Code, finding.Hint)
			}
		}
	}
}
