package window

import "time"

// Instants are the first and the last moment at which clocks in the zone show that minute of
// that day; they differ when the clock is set back over it. A time that the clock jumps over
// is reached with the jump: both are the moment of the jump. Minutes of 24*60 and more belong
// to the days that follow.
func Instants(year int, month time.Month, day, minutes int, zone *time.Location) (first, last time.Time) {
	shown := time.Date(year, month, day, 0, minutes, 0, 0, time.UTC)
	at := moment(shown, zone)
	start, end := at.ZoneBounds()
	if shift := Shown(at).Compare(shown); shift != 0 {
		if shift > 0 { // time.Date went on by the missing time; else it went back
			return start, start
		}
		return end, end
	}
	first, last = at, at
	for _, neighbour := range []time.Time{start.Add(-1), end} {
		_, offset := neighbour.Zone()
		other := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case !Shown(other).Equal(shown):
		case other.Before(first):
			first = other
		case other.After(last):
			last = other
		}
	}
	return first, last
}

// Shown is what the clock of t's zone shows, written as if it were UTC: a time for
// arithmetic without missing or doubled hours.
func Shown(t time.Time) time.Time { return moment(t, time.UTC) }

// moment reads what the clock of t's zone shows on the clock of another zone.
func moment(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
