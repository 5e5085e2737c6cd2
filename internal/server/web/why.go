package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// Why is one reason for which a device needs a person: an error, or a finding that keeps it from being planned.
type Why struct {
	Code string // of the error or the finding, see package explain
	Text string // as the report has it
	Hint string // what to do
}

// mostOfWhy bounds a reason in a row; the device's page has the whole.
const mostOfWhy = 160

// Short is the reason as a row has it.
func (w Why) Short() string { return foreign.Bounded(w.Text, mostOfWhy) }

// whyNotRead is the reason of a device that no run could read.
var whyNotRead = Why{Code: wordNotRead, Text: "No run has read this device yet."}

// mostWhys is how many reasons stand in a row; the device's page has all.
const mostWhys = 3

// whyDocument is the part of a plan or a result that says why.
type whyDocument struct {
	Error    *remediate.Failure  `json:"error"`
	Findings []remediate.Finding `json:"findings"`
}

// WhysIn returns the reasons in a plan or a result, as the store has it. An unreadable document has none.
func WhysIn(document json.RawMessage) []Why {
	var read whyDocument
	if document == nil || json.Unmarshal(document, &read) != nil {
		return nil
	}
	return whysOf(read.Error, read.Findings)
}

// whysOf returns the error, or without one the findings that block the device.
func whysOf(failure *remediate.Failure, findings []remediate.Finding) []Why {
	if failure != nil {
		return []Why{{Code: failure.Code, Text: failure.Message, Hint: failure.Hint}}
	}
	var all []Why
	for _, finding := range findings {
		if finding.Level == remediate.Problem && finding.Waived == nil {
			all = append(all, Why{Code: finding.Code, Text: finding.Message, Hint: finding.Hint})
		}
	}
	return all
}

// ReasonOf says what a device's row in a run belongs to: the codes of what is wrong, or else what its word means.
func ReasonOf(shown report.Shown) string {
	var codes []string
	for _, why := range whysShown(shown) {
		if !slices.Contains(codes, why.Code) {
			codes = append(codes, why.Code)
		}
	}
	return cmp.Or(strings.Join(codes, ", "), shown.Sentence)
}

// whysShown are the reasons of a device whose result needs a person, or that was left out.
func whysShown(shown report.Shown) []Why {
	if shown.Failure != nil || shown.Word == string(remediate.Blocked) {
		return whysOf(shown.Failure, shown.Findings)
	}
	return nil
}

// reasons are those of the last run, if that went wrong, and those of the last reading. Each code stands once for each
// text.
func (r *FleetRow) reasons() []Why {
	var all []Why
	for _, why := range slices.Concat(r.ResultWhys, r.ReadingWhys) {
		if !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	if len(all) == 0 && r.Verdict == wordNotRead {
		all = []Why{whyNotRead}
	}
	return all[:min(len(all), mostWhys)]
}

// hasWhy reports whether one of the row's reasons has that code.
func (r *FleetRow) hasWhy(code string) bool {
	return slices.ContainsFunc(r.Whys, func(why Why) bool { return why.Code == code })
}
