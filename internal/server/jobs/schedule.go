package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/robfig/cron/v3"
)

// fiveFields is minute, hour, day of the month, month, day of the week; no seconds, no
// @daily, and no time zone of its own.
var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// NewSchedule reads five fields, as cron knows them, that count in a time zone.
func NewSchedule(text string, zone *time.Location) (Schedule, error) {
	if strings.Contains(text, "=") { // the library takes TZ=… as a sixth field
		return Schedule{}, errors.New("a schedule has five fields; the time zone has a key of its own")
	}
	fields, err := fiveFields.Parse(text)
	if err != nil {
		return Schedule{}, fmt.Errorf("%q is no schedule: %w", text, err)
	}
	leapYear := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if fields.Next(leapYear.Add(-1)).IsZero() {
		return Schedule{}, fmt.Errorf("%q never comes", text)
	}
	return Schedule{Text: text, Zone: zone, fields: fields}, nil
}

// Next is the schedule's first time after a moment, in the zone of the schedule; the zero time
// where there is none, as for the zero Schedule.
//
// It goes by what the clock shows. A time that the clock jumps over comes with the jump, once
// however many times are jumped over. A time that comes twice counts the first time alone; so
// what is to happen every few minutes pauses for the second pass of a doubled hour.
// docs/design/server.md: A job has one planned time for each time on the clock
func (s Schedule) Next(after time.Time) time.Time {
	if s.fields == nil {
		return time.Time{}
	}
	shown := window.Shown(after.In(s.Zone))
	for {
		shown = s.fields.Next(shown)
		if shown.IsZero() {
			return time.Time{}
		}
		year, month, day := shown.Date()
		first, _ := window.Instants(year, month, day, 60*shown.Hour()+shown.Minute(), s.Zone)
		if first.After(after) {
			return first
		}
	}
}

// Next is the job's first planned time after a moment; the zero time where there is none.
func Next(job Job, after time.Time) time.Time { return job.Schedule.Next(after) }

// Due is the planned time at which the job should have started after last and until now, if
// there is one. Of several the latest counts: who was away for a week wants one run, not one for each day.
// Later than StartWithin it is given up. Last is the planned time that was dealt with last, or
// when the schedule was first looked at; the zero time is none, and nothing is due.
func Due(job Job, last, now time.Time) (planned time.Time, due bool) {
	if last.IsZero() {
		return time.Time{}, false
	}
	planned = latest(job.Schedule, last, now)
	late := job.StartWithin > 0 && now.Sub(planned) > job.StartWithin
	if planned.IsZero() || late {
		return time.Time{}, false
	}
	return planned, true
}

// latest is the last time of the schedule in (from, to]. It looks back twice as far each time,
// so that there are few times to go through even when years were missed.
func latest(s Schedule, from, to time.Time) time.Time {
	none := func(t time.Time) bool { return t.IsZero() || t.After(to) }
	if none(s.Next(from)) {
		return time.Time{}
	}
	back := time.Minute
	for back < to.Sub(from) && none(s.Next(to.Add(-back))) {
		back *= 2
	}
	start := to.Add(-min(back, to.Sub(from)))
	found := s.Next(start)
	for next := found; !none(next); next = s.Next(next) {
		found = next
	}
	return found
}
