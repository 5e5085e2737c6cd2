package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Overview writes the summary of a run of many devices: totals, failures, blocked devices, reasons for skipping and
// what a run in progress still writes. A run that only plans is a table. details says where the full report is.
func Overview(w io.Writer, head RunHead, devices RunDevices, details string, style Style) error {
	if head.plans() || head.dry() {
		return FleetPlan(w, head, devices, details, style)
	}
	p := newPrinter(w, style)
	p.fleet = true
	var counted tally
	var planned writes
	var sections [grades]textSection
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		counted.count(e)
		planned.count(e)
		if err := sections[e.Grade].add(e, style); err != nil {
			return err
		}
	}
	p.policy = head.Policy
	p.text.WriteString(style.paint(bold, foreign.Clean(head.title())) + "\n")
	p.byPolicy()
	p.totals(counted)
	for _, g := range []grade{gradeFailed, gradeBlocked, gradeSkipped} {
		if err := sections[g].send(p, g, counted.grades[g]); err != nil {
			return err
		}
	}
	p.writes(planned)
	p.named(planned)
	if details != "" {
		p.line("\nDetails: %s", details)
	}
	return p.flush()
}

// totals writes the words in the order of the documents.
func (p *printer) totals(counted tally) {
	var order []string
	for _, verdict := range remediate.Verdicts() {
		order = append(order, string(verdict))
	}
	for _, status := range remediate.Statuses() {
		order = append(order, string(status))
	}
	slices.SortStableFunc(counted.totals, func(a, b total) int {
		return slices.Index(order, a.Word) - slices.Index(order, b.Word)
	})
	parts := make([]string, 0, len(counted.totals))
	for _, total := range counted.totals {
		text := fmt.Sprintf("%d %s", total.Count, foreign.Clean(Spaced(total.Word)))
		parts = append(parts, p.style.paint(gradeWords[total.Grade].color, text))
	}
	p.text.WriteString(count(counted.devices, "device") + ": " + or(strings.Join(parts, ", "), "none") + "\n")
}
