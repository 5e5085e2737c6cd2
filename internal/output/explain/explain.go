// Package explain says at length what each code of an error or a finding means: cause, what
// acfix did and did not do, what to do next. The pages are data; what a device's own message
// and hint say comes first, and these pages stand behind them.
package explain

import (
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/remediate"
)

// CodeKind is the place of a code in the documents.
type CodeKind string

// The kinds of codes.
const (
	Error   CodeKind = "error"   // key "error" of a device: something failed
	Finding CodeKind = "finding" // key "findings" of a device: something to know of it
	Probe   CodeKind = "probe"   // keys "error" and "findings" of an end point of "acfix probe"
	Store   CodeKind = "store"   // on stderr, in brackets: the store of runs can't be worked with
)

// Page is all that is known of a code beforehand.
type Page struct {
	Code string   `json:"code"`
	Kind CodeKind `json:"kind"`
	// Level and Source are of findings alone: how much it matters unless the operator has
	// decided about it, and where the rule comes from.
	Level   remediate.Level `json:"level,omitempty"`
	Source  string          `json:"source,omitempty"`
	Summary string          `json:"summary"` // one line
	Cause   string          `json:"cause"`
	Acfix   string          `json:"acfix"` // what it did and did not do
	Next    []string        `json:"next"`  // what to do, in this order
}

// page is what a table of pages says of a code.
type page struct {
	summary, cause, acfix string
	next                  []string
}

// tables are all pages. A code has one of each kind at most.
var tables = []struct {
	kind  CodeKind
	pages map[string]page
}{
	{Error, failures},
	{Finding, teams},
	{Finding, device},
	{Finding, stores},
	{Finding, certificates},
	{Probe, probes},
	{Store, storeTroubles},
}

// Pages are all pages: errors, findings, those of probes, then those of stores, each kind by its codes.
func Pages() []Page {
	rules := remediate.FindingRules()
	var all []Page
	for _, table := range tables {
		for _, code := range slices.Sorted(maps.Keys(table.pages)) {
			p, rule := table.pages[code], remediate.FindingRule{}
			if table.kind == Finding {
				rule = rules[code]
			}
			all = append(all, Page{
				Code: code, Kind: table.kind, Level: rule.Level, Source: rule.Source,
				Summary: p.summary, Cause: p.cause, Acfix: p.acfix, Next: p.next,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Page) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind)) // as it happens, in the order of the kinds
		}
		return strings.Compare(a.Code, b.Code)
	})
	return all
}

// Find returns the pages of a code, in capitals or not: one of each kind that has it.
func Find(code string) []Page {
	return slices.DeleteFunc(Pages(), func(p Page) bool { return !strings.EqualFold(p.Code, code) })
}

// Codes are the codes that have a page of one of the kinds, each once, in their order.
func Codes(kinds ...CodeKind) []string {
	var codes []string
	for _, page := range Pages() {
		if slices.Contains(kinds, page.Kind) {
			codes = append(codes, page.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
