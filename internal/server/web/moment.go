package web

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/moment"
)

// clock gives a page the time that has passed since, or is left until, another time.
type clock struct{ now time.Time }

// shownTime is a time as pages show it: how long ago, the time in UTC, and the stamp from which the page's script makes
// the visitor's own time.
type shownTime struct{ Stamp, UTC, Text, Ago string }

// Moment returns a time as pages show it; nil for the zero time.
func (c clock) Moment(t time.Time) *shownTime {
	if t.IsZero() {
		return nil
	}
	return &shownTime{
		Stamp: t.UTC().Format(time.RFC3339), UTC: moment.Text(t), Text: t.UTC().Format("2 Jan 2006 15:04 UTC"), Ago: c.ago(t),
	}
}

// spans are the units of a time that has passed, the longest first. One is used from twice its length.
var spans = []struct {
	unit   string
	length time.Duration
}{
	{"weeks", 7 * 24 * time.Hour}, {"days", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute},
}

// ago is "12 min ago", "in 9 h" or "just now".
func (c clock) ago(t time.Time) string {
	passed := c.now.Sub(t)
	if passed < 0 {
		if length := inWords(-passed); length != "" {
			return "in " + length
		}
		return "now"
	}
	if length := inWords(passed); length != "" {
		return length + " ago"
	}
	return "just now"
}

// inWords is a duration in its longest fitting unit; "" for less than a minute.
func inWords(d time.Duration) string {
	for _, span := range spans {
		if d >= 2*span.length || span.length <= time.Hour && d >= span.length {
			return fmt.Sprintf("%d %s", d/span.length, span.unit)
		}
	}
	return ""
}
