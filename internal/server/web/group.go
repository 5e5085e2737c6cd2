package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/remediate"
)

// group is the first question about a device: must a person do something, will a run, or is nothing to be done?
type group struct{ Name, Word, Tone, About string }

// The groups, in the order of the page.
var groups = []group{
	{"needs_you", "need you", "bad", "blocked, failed, or not read"},
	{"will_change", "will change", "wait", "the next apply repairs them"},
	{inOrder, "in order", "good", "nothing to do"},
}

// inOrder is the group of the devices that are compliant, or not concerned, and whose last run left nothing open.
const inOrder = "in_order"

// InOrder reports whether nothing is to be done on the device.
func (r *FleetRow) InOrder() bool { return r.group() == inOrder }

// groupOf returns the name of a row's group. What is unknown needs a person.
func groupOf(verdict, result string) string {
	graveness := func(word string) int {
		_, gravity := report.ToneOf(word)
		return gravity
	}
	blocked := graveness(string(remediate.Blocked))
	switch {
	case graveness(verdict) <= blocked, result != "" && graveness(result) <= blocked:
		return groups[0].Name
	case verdict == string(remediate.Change):
		return groups[1].Name
	default:
		return groups[2].Name
	}
}

// group returns the name of the row's group.
func (r *FleetRow) group() string {
	if r.Group != "" {
		return r.Group
	}
	return groupOf(r.Verdict, r.Result)
}

// share is how many of the devices that the rule concerns are compliant, and whose last run left nothing open: those in
// order. A device without a Teams leg is not concerned; one that was never read is, and counts as not compliant.
type share struct {
	Compliant, Of, Unconcerned int
	Percent                    int
	Parts                      []part // of the bar, by group
}

func shareOf(rows []*FleetRow) share {
	var s share
	byGroup := map[string]int{}
	for _, row := range rows {
		if row.Verdict == string(remediate.NotApplicable) {
			s.Unconcerned++
			continue
		}
		s.Of++
		byGroup[row.group()]++
	}
	s.Compliant = byGroup[inOrder]
	s.Percent = summary.Percent(s.Compliant, s.Of)
	from := 0
	for _, g := range slices.Backward(groups) {
		n := byGroup[g.Name]
		if n == 0 {
			continue
		}
		width := n * 1000 / s.Of
		s.Parts = append(s.Parts, part{Tone: g.Tone, Word: g.Word, From: from, Width: width, Count: n})
		from += width
	}
	return s
}

// TrendPoint is the share at one time, of the devices that had been read by then.
type TrendPoint struct {
	At            time.Time
	Compliant, Of int
}

// Percent is the point's share in words and for the height of its bar.
func (p TrendPoint) Percent() int { return summary.Percent(p.Compliant, p.Of) }

// Rest is the bar's part above the share.
func (p TrendPoint) Rest() int { return 100 - p.Percent() }

// Day is the day of the point; the last one, which is not at midnight, is now.
func (p TrendPoint) Day() string {
	if at := p.At.UTC(); !at.Equal(at.Truncate(24 * time.Hour)) {
		return "now"
	}
	return p.At.UTC().Format("2 Jan")
}

// Label says what a bar shows.
func (p TrendPoint) Label() string {
	return fmt.Sprintf("%s: %d of %d compliant, %d %%", p.Day(), p.Compliant, p.Of, p.Percent())
}
