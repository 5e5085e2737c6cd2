package web

import (
	"fmt"
	"time"
)

// timed is a value that a template shows with times from now.
type timed struct {
	Now time.Time
	Of  any
}

func timedOf(now time.Time, of any) timed { return timed{now, of} }

// zoned is a time as the clocks of its own zone show it: "Sat 5 Dec 22:00 Europe/Berlin". The year stands there where
// it is not that of now.
func zoned(now, t time.Time) string {
	layout := "Mon 2 Jan 15:04 "
	if t.Year() != now.In(t.Location()).Year() {
		layout = "Mon 2 Jan 2006 15:04 "
	}
	return t.Format(layout) + t.Location().String()
}

// fromNow is how far a time is from now: "in 9 h" or "2 h ago".
func fromNow(now, t time.Time) string {
	if t.After(now) {
		return "in " + roughly(t.Sub(now))
	}
	return roughly(now.Sub(t)) + " ago"
}

// ago is how much time has passed since: "2 h".
func ago(now, since time.Time) string { return roughly(now.Sub(since)) }

// roughly is a length of time in its largest fitting unit, rounded down.
func roughly(length time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case length < time.Minute:
		return "less than a minute"
	case length < time.Hour:
		return fmt.Sprintf("%d min", length/time.Minute)
	case length < 2*day:
		return fmt.Sprintf("%d h", length/time.Hour)
	default:
		return fmt.Sprintf("%d days", length/day)
	}
}
