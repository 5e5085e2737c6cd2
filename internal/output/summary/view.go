package summary

import (
	"fmt"

	"github.com/acfix/acfix/internal/foreign"
)

// view is what every form of the page shows, in words and bounded, so that it fits one sheet of paper.
type view struct {
	Intro                 []string
	Title, Made, Headline string
	Bar                   []bar
	Notes                 []string
	Weeks                 []week
	NoTrend               string
	Reasons               []row
	Left, More            string
	Deadline              string
	Decisions             []choice
	MoreDecisions         string
	Link                  string
}

// bar is a group in the bar below the headline.
type bar struct {
	Words, Color string
	Part         int // percent
}

type row struct {
	Devices          int
	Why, What, Which string
}

type choice struct{ Who, Text string }

// Bounds of the lists of a page.
const (
	mostReasons   = 5
	mostDecisions = 4
)

func (s *Sheet) view() view {
	v := view{
		Intro: s.Intro, Title: foreign.Bounded(s.Title, maxTitle), Made: "Made " + moment(s.Made), Headline: s.Headline(),
		Notes: s.Notes(), Weeks: s.weeks(), Deadline: s.due(), Link: s.Link,
	}
	for _, share := range shares {
		if n := s.counts[share.group]; n > 0 {
			v.Bar = append(v.Bar, bar{fmt.Sprintf("%d %s", n, share.word), share.color, Percent(n, s.Total())})
		}
	}
	if len(v.Weeks) == 0 {
		v.NoTrend = noTrend
	}
	v.left(s)
	v.decisions(s.Decisions)
	return v
}

// left fills in what is left. Reasons beyond the most frequent share a line.
func (v *view) left(s *Sheet) {
	switch {
	case s.Total() == 0:
		v.Left = "Nothing is known to be left."
	case s.Left() == 0:
		v.Left = "Nothing is left: all devices are compliant."
	case s.Left() == 1:
		v.Left = "1 device left, with its first reason."
	default:
		v.Left = Devices(s.Left()) + " left, each with its first reason."
	}
	shown := min(len(s.reasons), mostReasons)
	for _, reason := range s.reasons[:shown] {
		why, what := reason.Words()
		v.Reasons = append(v.Reasons, row{reason.Devices, why, what, reason.Which()})
	}
	more := 0
	for _, reason := range s.reasons[shown:] {
		more += reason.Devices
	}
	if more > 0 {
		v.More = fmt.Sprintf("and %d more reasons, of %s: see the full report.", len(s.reasons)-shown, Devices(more))
	}
}

func (v *view) decisions(all []Decision) {
	for _, one := range all[:min(len(all), mostDecisions)] {
		v.Decisions = append(v.Decisions, choice{foreign.Bounded(one.Who, maxName), one.Text()})
	}
	if more := len(all) - mostDecisions; more > 0 {
		v.MoreDecisions = fmt.Sprintf("and %d more.", more)
	}
}

// nothingWaits is the sentence in the place of decisions.
const nothingWaits = "Nothing waits for a decision."
