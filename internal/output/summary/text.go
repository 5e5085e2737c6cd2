package summary

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// barWidth is the width of the bar in text, in characters.
const barWidth = 40

// liner writes one line, with everything in it cleaned.
type liner = func(format string, arguments ...any)

// Text writes the page as plain text.
func Text(w io.Writer, s *Sheet) error {
	v := s.view()
	var text strings.Builder
	line := func(format string, arguments ...any) {
		text.WriteString(strings.TrimRight(foreign.Clean(fmt.Sprintf(format, arguments...)), " ") + "\n")
	}
	v.opening(line, s)
	v.trend(line)
	v.remaining(line)
	v.closing(line)
	_, err := io.WriteString(w, text.String())
	return err
}

func (v view) opening(line liner, s *Sheet) {
	for i, intro := range v.Intro {
		line("%s", intro)
		if i == len(v.Intro)-1 {
			line("")
		}
	}
	line("%s", v.Title)
	line("%s", v.Made)
	line("")
	line("%s", v.Headline)
	if s.Total() > 0 {
		line("[%s] %s", drawn(Percent(s.counts[Compliant], s.Total())), v.legend())
	}
	for _, note := range v.Notes {
		line("%s", note)
	}
}

func (v view) trend(line liner) {
	line("")
	line("Trend")
	for _, week := range v.Weeks {
		line("  %11s  [%s] %s", week.Day, drawn(week.Part), week.Words)
	}
	if v.NoTrend != "" {
		line("  %s", v.NoTrend)
	}
}

func (v view) remaining(line liner) {
	line("")
	line("What is left, and why")
	line("  %s", v.Left)
	for _, row := range v.Reasons {
		line("  %5d  %s", row.Devices, row.Why)
		if row.What != "" {
			line("         What to do: %s", row.What)
		}
		line("         %s", row.Which)
	}
	if v.More != "" {
		line("         %s", v.More)
	}
}

func (v view) closing(line liner) {
	if v.Deadline != "" {
		line("")
		line("%s", v.Deadline)
	}
	line("")
	line("Who decides")
	if len(v.Decisions) == 0 {
		line("  %s", nothingWaits)
	}
	for _, one := range v.Decisions {
		line("  %s: %s", one.Who, one.Text)
	}
	if v.MoreDecisions != "" {
		line("  %s", v.MoreDecisions)
	}
	if v.Link != "" {
		line("")
		line("More: %s", v.Link)
	}
}

// legend is the groups of the bar in words.
func (v view) legend() string {
	var words []string
	for _, part := range v.Bar {
		words = append(words, part.Words)
	}
	return strings.Join(words, ", ")
}

func drawn(percent int) string {
	full := barWidth * percent / 100
	return strings.Repeat("#", full) + strings.Repeat(".", barWidth-full)
}
