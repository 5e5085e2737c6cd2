// Package window parses and evaluates change windows: times of a week in which devices may be changed,
// such as "Sat,Sun 22:00-04:00 Europe/Berlin".
//
// Days name the day on which the window begins: one that begins Saturday at 22:00 and ends
// at 04:00 is open until Sunday at 04:00.
//
// On days when clocks change a window goes by what the clock shows, so it may be an hour
// shorter or longer. A beginning or end that the clock jumps over is reached with the jump. Of
// one that comes twice, the second beginning and the first end count: where the meaning is
// ambiguous, the window is closed, because a device that waits a night is only repaired later, but
// one that is changed outside its window drops calls. A window that begins and ends within an
// hour that comes twice doesn't open on that day.
//
// Time zones come from the system or, where it has none, from time/tzdata, which the program
// imports.
package window

import (
	"time"
)

// Window is a change window. The zero Window never opens.
type Window struct {
	days       [daysOfWeek]bool // by time.Weekday
	begin, end int              // minutes of the day; an end that is not later is of the next day
	zone       *time.Location
}

const (
	daysOfWeek = 7
	wholeDay   = 24 * 60 // minutes
)

// Open reports whether the window is open at t: from its beginning, inclusive, to its end, exclusive.
func (w Window) Open(t time.Time) bool { return !w.Until(t).IsZero() }

// Until is when the window that is open at t closes; the zero time when it is closed. The next
// may open at that very moment, as "00:00-24:00 UTC" does.
func (w Window) Until(t time.Time) time.Time {
	from, until := w.at(t, 1)
	if from.After(t) {
		return time.Time{}
	}
	return until
}

// Opens is when the window opens next, as the clocks of its own zone show it: t itself while it is open. It is the
// zero time when the window doesn't open within a month, which only the zero Window does.
func (w Window) Opens(t time.Time) time.Time {
	const month = 31
	from, _ := w.at(t, month)
	if from.IsZero() {
		return time.Time{}
	}
	if !from.After(t) {
		from = t
	}
	return from.In(w.zone)
}

// at is the opening that t lies in, or else the next one that begins within so many days.
func (w Window) at(t time.Time, days int) (from, until time.Time) {
	if w.zone == nil {
		return time.Time{}, time.Time{}
	}
	year, month, day := t.In(w.zone).Date()
	for ahead := -1; ahead <= days; ahead++ {
		from, until = w.opening(year, month, day+ahead)
		if from.Before(until) && until.After(t) {
			return from, until
		}
	}
	return time.Time{}, time.Time{}
}

// opening is the window that begins on a day; it ends before it begins on days without one.
// docs/design/fleet.md: An ambiguous clock keeps a window shut
func (w Window) opening(year int, month time.Month, day int) (from, until time.Time) {
	if !w.days[time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday()] {
		return time.Time{}, time.Time{}
	}
	end := w.end
	if end <= w.begin {
		end += wholeDay
	}
	_, from = Instants(year, month, day, w.begin, w.zone)
	until, _ = Instants(year, month, day, end, w.zone)
	return from, until
}
