// Package moment writes points in time for people, in one way wherever a terminal, a report or a page shows one:
// "2026-11-22 20:19:05 UTC" for what has happened, and "Sat 2026-12-05 22:00 Europe/Berlin" for what is planned.
// Documents for programs have RFC 3339.
package moment

import (
	"time"

	"github.com/acfix/acfix/internal/span"
)

// Text returns a point in time that has come, to the second and in UTC, as the logs of a device and of other machines
// can be compared with; "" for the zero time.
func Text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// Restated returns a time of a document as Text does. A text that is no time of RFC 3339 stays as it is.
func Restated(document string) string {
	t, err := time.Parse(time.RFC3339, document)
	if err != nil {
		return document
	}
	return Text(t)
}

// RestatedIn returns a planned time of a document as Planned does, in a zone by its name. A text that is no time of
// RFC 3339 stays as it is.
func RestatedIn(document, zone string) string {
	t, err := time.Parse(time.RFC3339, document)
	if err != nil {
		return document
	}
	if in, err := time.LoadLocation(zone); err == nil {
		return Planned(t.In(in))
	}
	return Planned(t.UTC())
}

// Planned returns a point in time that is set by a person, to the minute and in the zone that t is in, as a window or a
// schedule names it; "" for the zero time.
func Planned(t time.Time) string { return planned(t, "Mon 2006-01-02 15:04 ") }

// Ahead returns Planned and how far off it is: "Sat 22:00 Europe/Berlin, in 9 h". The date is left out where the day
// of the week says enough.
func Ahead(t, now time.Time) string {
	const week = 7 * 24 * time.Hour
	layout := "Mon 15:04 "
	if t.Sub(now) >= week-24*time.Hour {
		layout = "Mon 2006-01-02 15:04 "
	}
	if !t.After(now) {
		return planned(t, layout)
	}
	return planned(t, layout) + ", in " + span.Short(t.Sub(now))
}

// planned names the zone by area and city: "CET" is said of more than one. The zone of the machine has no such name.
func planned(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	if t.Location() == time.Local {
		t = t.UTC()
	}
	return t.Format(layout) + t.Location().String()
}
