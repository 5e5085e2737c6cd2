package summary

import (
	"time"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
)

// Week is the state of the devices at an earlier time, as far as readings of that time are on record.
type Week struct {
	At              time.Time
	Compliant, Read int
}

// mostWeeks is how far a trend goes back.
const mostWeeks = 6

// WeeksBefore returns the times of a trend, oldest first: one, two and more weeks before now.
func WeeksBefore(now time.Time) []time.Time {
	times := make([]time.Time, mostWeeks)
	for i := range times {
		times[i] = now.AddDate(0, 0, -7*(mostWeeks-i))
	}
	return times
}

// AddTrend counts the devices of the sheet at earlier times. past has, by address, the newest reading until each of
// the times. Times before the first reading on record are left out.
func (s *Sheet) AddTrend(past map[string][]store.PastReading, times []time.Time) {
	weeks := make([]Week, len(times))
	for i, at := range times {
		var share known.Share
		reading := func(address string) (read store.PastReading) {
			if readings := past[address]; i < len(readings) {
				read = readings[i]
			}
			return read
		}
		for _, addresses := range s.addresses {
			share.Add(known.LastReading(addresses, reading))
		}
		weeks[i] = Week{At: at, Compliant: share.Compliant, Read: share.Of}
	}
	for len(weeks) > 0 && weeks[0].Read == 0 {
		weeks = weeks[1:]
	}
	s.Weeks = weeks
}

// noTrend is the sentence in the place of a trend.
const noTrend = "No trend yet: the store has no reading of these devices that is older than a week."

// week is a line of the trend, with the present as its last.
type week struct {
	Day   string
	Part  int // percent of the devices that were read by then; now, of all
	Words string
}

func (s *Sheet) weeks() []week {
	if len(s.Weeks) == 0 {
		return nil
	}
	var lines []week
	for _, w := range s.Weeks {
		lines = append(lines, week{day(w.At), Percent(w.Compliant, w.Read), of(w.Compliant, w.Read) + " read by then"})
	}
	return append(lines, week{day(s.Made), Percent(s.counts[Compliant], s.Total()), of(s.counts[Compliant], s.Total())})
}
