package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// mostHints is how many different hints stand below one reason. They differ in names of devices' own things.
const mostHints = 3

// reasonCounts counts devices by why they have their verdict; mostAdvice bounds the reasons, as everywhere.
type reasonCounts struct {
	list []*countedReason
	more int // devices with reasons beyond that
}

type countedReason struct {
	word, reason string
	grade        grade
	devices      int
	hints        []string
	moreHints    bool
}

func (c *reasonCounts) count(e Shown) {
	for _, one := range e.countedAs() {
		i := slices.IndexFunc(c.list, func(known *countedReason) bool {
			return known.word == e.Word && known.reason == one.reason
		})
		switch {
		case i < 0 && len(c.list) >= mostAdvice:
			c.more++
			continue
		case i < 0:
			i = len(c.list)
			c.list = append(c.list, &countedReason{word: e.Word, reason: one.reason, grade: e.Grade})
		}
		c.list[i].devices++
		c.list[i].addHint(one.hint)
	}
}

func (c *countedReason) addHint(hint string) {
	switch {
	case hint == "" || slices.Contains(c.hints, hint):
	case len(c.hints) < mostHints:
		c.hints = append(c.hints, hint)
	default:
		c.moreHints = true
	}
}

// reasonOf is one that devices are counted by: of failed and blocked ones the code, for their messages differ.
type reasonOf struct{ reason, hint string }

func (s Shown) countedAs() []reasonOf {
	switch s.Grade {
	case gradeSkipped, gradeFailed:
		if s.Failure == nil {
			return []reasonOf{{"no reason given", ""}}
		}
		if s.Grade == gradeSkipped {
			return []reasonOf{{s.Failure.Message, s.Failure.Hint}}
		}
		return []reasonOf{{"[" + s.Failure.Code + "]", s.Failure.Hint}}
	case gradePending:
		return []reasonOf{{lacksOf(s), ""}}
	}
	var all []reasonOf
	for _, one := range s.reasons() {
		counted := reasonOf{reason: "[" + one.code + "]"}
		for _, finding := range s.Findings {
			if finding.Code == one.code && s.Grade == gradeBlocked {
				counted.hint = or(counted.hint, finding.Hint)
			}
		}
		if !slices.ContainsFunc(all, func(known reasonOf) bool { return known.reason == counted.reason }) {
			all = append(all, counted)
		}
	}
	return all
}

func lacksOf(s Shown) string {
	if s.Plan == nil {
		return "no plan yet"
	}
	return lacks(*s.Plan)
}

// byReason writes how many devices have each reason, the most urgent first, and what to do.
func (p *printer) byReason(counts reasonCounts) {
	if len(counts.list) == 0 {
		return
	}
	slices.SortStableFunc(counts.list, func(a, b *countedReason) int {
		return cmp.Or(cmp.Compare(a.grade, b.grade), cmp.Compare(b.devices, a.devices), strings.Compare(a.reason, b.reason))
	})
	p.text.WriteString("\n" + p.style.paint(bold, "By reason") + "\n")
	for _, one := range counts.list {
		p.reason(fmt.Sprintf("  %6d %s: ", one.devices, foreign.Clean(Spaced(one.word))), one.reason)
		for _, hint := range one.hints {
			p.labelled("         ", hint, dim)
		}
		if one.moreHints {
			p.labelled("         ", "and more of the kind; acfix explain "+foreign.Clean(strings.Trim(one.reason, "[]")), dim)
		}
	}
	if counts.more > 0 {
		p.line("  %6d more; -o json has them all", counts.more)
	}
}
