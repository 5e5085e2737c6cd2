package window_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstants(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ zone, shown, first, last string }{
		"an ordinary day":               {"Europe/Berlin", "2026-01-10 02:30", "2026-01-10T01:30:00Z", ""},
		"UTC has no changes":            {"UTC", "2026-03-29 02:30", "2026-03-29T02:30:00Z", ""},
		"before the missing hour":       {"Europe/Berlin", "2026-03-29 01:59", "2026-03-29T00:59:00Z", ""},
		"the missing hour begins":       {"Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z", ""},
		"in the missing hour":           {"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z", ""},
		"the missing hour is over":      {"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z", ""},
		"before the doubled hour":       {"Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00Z", ""},
		"the doubled hour begins":       {"Europe/Berlin", "2026-10-25 02:00", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
		"in the doubled hour":           {"Europe/Berlin", "2026-10-25 02:59", "2026-10-25T00:59:00Z", "2026-10-25T01:59:00Z"},
		"the doubled hour is over":      {"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z", ""},
		"missing, west of Greenwich":    {"America/New_York", "2026-03-08 02:15", "2026-03-08T07:00:00Z", ""},
		"doubled, west of Greenwich":    {"America/New_York", "2026-11-01 01:15", "2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"},
		"missing, southern summer":      {"Australia/Sydney", "2026-10-04 02:30", "2026-10-03T16:00:00Z", ""},
		"doubled, southern summer":      {"Australia/Sydney", "2026-04-05 02:30", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"},
		"half an hour is missing":       {"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z", ""},
		"half an hour is doubled":       {"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
		"midnight is missing":           {"Africa/Cairo", "2026-04-24 00:00", "2026-04-23T22:00:00Z", ""},
		"the hour to midnight, missing": {"America/Nuuk", "2026-03-28 23:30", "2026-03-29T01:00:00Z", ""},
		"a whole day is missing":        {"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(test.zone)
			require.NoError(t, err)
			shown, err := time.Parse("2006-01-02 15:04", test.shown)
			require.NoError(t, err)
			year, month, day := shown.Date()
			first, last := window.Instants(year, month, day, 60*shown.Hour()+shown.Minute(), zone)
			if test.last == "" {
				test.last = test.first
			}
			assert.Equal(t, test.first, first.UTC().Format(time.RFC3339))
			assert.Equal(t, test.last, last.UTC().Format(time.RFC3339))
		})
	}
}

func TestMinutesBeyondTheDayAreOfTheNext(t *testing.T) {
	t.Parallel()
	first, last := window.Instants(2026, time.December, 31, 24*60+90, time.UTC)
	assert.Equal(t, time.Date(2027, 1, 1, 1, 30, 0, 0, time.UTC), first)
	assert.Equal(t, first, last)
}

// Every moment is one of those at which the clock shows what it shows then.
func TestInstantsAreTheInverseOfTheClock(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "America/Santiago", "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone); at.Year() < 2027; at = at.Add(15 * time.Minute) {
			year, month, day := at.Date()
			first, last := window.Instants(year, month, day, 60*at.Hour()+at.Minute(), zone)
			shows := window.Shown(first).Equal(window.Shown(at)) && window.Shown(last).Equal(window.Shown(at))
			if !shows || !first.Equal(at) && !last.Equal(at) || last.Before(first) {
				require.FailNow(t, "another moment", "%s: %s to %s", at, first, last)
			}
		}
	}
}
