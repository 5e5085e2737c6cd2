package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/moment"
)

// Doctor writes an examination: first the failed assumptions, then the confirmed, then the unknown by reason.
func Doctor(w io.Writer, found doctor.Examination, style Style) error {
	p := newPrinter(w, style)
	p.heading(found.Target, found.URL)
	p.examined(found)
	for _, section := range []struct {
		result doctor.AssumptionResult
		title  string
		color  string
	}{
		{doctor.DoesNotHold, "Does not hold", red},
		{doctor.Holds, "Holds", green},
	} {
		p.checks(found.Checks, section.result, section.title, section.color)
	}
	p.unknowns(found.Checks)
	p.requests(found.Requests)
	p.line("")
	p.line("  Assumptions that hold: %d; that do not: %d; unknown: %d.",
		found.Summary[doctor.Holds], found.Summary[doctor.DoesNotHold], found.Summary[doctor.Unknown])
	return p.flush()
}

func (p *printer) examined(found doctor.Examination) {
	firmware := found.Device.Firmware
	if found.Device.Release != "" {
		firmware += " (release " + found.Device.Release + ")"
	}

	p.identity(found.Device.Product, found.Device.Serial, firmware)
	c := found.Connection
	p.line("  Connection  %s, %s", or(c.TLSVersion, "no TLS"), or(c.CipherSuite, "no cipher suite"))
	if c.Certificate != "" {
		p.line("  Certificate %s, valid to %s, SHA-256 %s", c.KeyType, moment.Restated(c.NotAfter), c.Certificate)
	}
	offered := strings.Join(c.Offered, ", ")
	p.line("  Login       %s used; offered: %s", or(c.Authentication, "none"), or(offered, "nothing"))
	for _, problem := range found.Problems {
		p.line("  Problem     %s", problem)
	}
}

func (p *printer) checks(checks []doctor.AssumptionCheck, result doctor.AssumptionResult, title, color string) {
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
		p.line("    %-4s %-42s %s", fmt.Sprintf("A%d", check.Number), check.Title, check.Seen)
	}
}

func (p *printer) unknowns(checks []doctor.AssumptionCheck) {
	var reasons []string
	numbers := map[string][]string{}
	for _, check := range checks {
		if check.Result != doctor.Unknown {
			continue
		}
		if numbers[check.Seen] == nil {
			reasons = append(reasons, check.Seen)
		}
		numbers[check.Seen] = append(numbers[check.Seen], fmt.Sprintf("A%d", check.Number))
	}
	if len(reasons) == 0 {
		return
	}
	p.line("")
	p.line("  Unknown")
	for _, reason := range reasons {
		p.line("    %s: %s", reason, strings.Join(numbers[reason], ", "))
	}
}

func (p *printer) requests(requests []doctor.RequestTrace) {
	if len(requests) == 0 {
		return
	}
	p.line("")
	p.line("  Requests (milliseconds to the first byte and to the last)")
	for _, r := range requests {
		reused := "new connection"
		if r.Reused {
			reused = "same connection"
		}
		p.line("    GET %-30s %3d %9d bytes  %6d %6d  by %s, %s",
			r.Path, r.Status, r.Bytes, r.FirstByteMS, r.TookMS, string(r.Framing), reused)
	}
}
