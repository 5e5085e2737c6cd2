package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/robfig/cron/v3"
)

// fiveFields reads minute, hour, day of the month, month and day of the week; no seconds, no @daily, no time zone.
var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// NewSchedule reads the five fields of cron, in a time zone. A Sunday is 0 or 7.
func NewSchedule(text string, zone *time.Location) (Schedule, error) {
	if strings.Contains(text, "=") { // the library takes TZ=… as a sixth field
		return Schedule{}, errors.New("a schedule has five fields; the time zone has a key of its own")
	}
	fields, err := fiveFields.Parse(withSundays(text))
	if err != nil {
		return Schedule{}, fmt.Errorf("%q is not a schedule: %w", text, err)
	}
	leapYear := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if fields.Next(leapYear.Add(-1)).IsZero() {
		return Schedule{}, fmt.Errorf("%q never occurs", text)
	}
	return Schedule{Text: text, Zone: zone, fields: fields}, nil
}

// Next returns the schedule's first time after a moment, in the schedule's zone; the zero time if there is none.
//
// It follows the wall clock. Times that the clock skips become one run, at the jump. A time that
// occurs twice counts only once, so a frequent job pauses during the repeated hour.
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

// Next returns the job's first planned time after a moment; the zero time if there is none.
func Next(job Job, after time.Time) time.Time { return job.Schedule.Next(after) }

// Due returns the latest planned time after last and until now, if there is one: after a week of
// downtime, one run is enough. A time older than StartWithin is given up. last is the planned time
// handled last, or the start of the schedule; with the zero time, nothing is due.
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

// latest returns the schedule's last time in (from, to]. It doubles its search interval, so missed years are quick.
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
