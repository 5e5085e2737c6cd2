package window_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, text string) window.Window {
	t.Helper()
	w, err := window.Parse(text)
	require.NoError(t, err)
	return w
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// Each row is the first opening that begins or lasts after a moment.
func TestOpenings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ window, after, from, until string }{
		"later today":            {"08:00-17:00 UTC", "2026-06-01T06:00:00Z", "2026-06-01T08:00:00Z", "2026-06-01T17:00:00Z"},
		"tomorrow":               {"08:00-17:00 UTC", "2026-06-01T17:00:00Z", "2026-06-02T08:00:00Z", "2026-06-02T17:00:00Z"},
		"over midnight":          {"22:00-04:00 UTC", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z", "2026-06-02T04:00:00Z"},
		"until midnight":         {"22:00-24:00 UTC", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z", "2026-06-02T00:00:00Z"},
		"until midnight, as 0":   {"22:00-00:00 UTC", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z", "2026-06-02T00:00:00Z"},
		"the day it begins on":   {"Sat 22:00-04:00 UTC", "2026-06-01T12:00:00Z", "2026-06-06T22:00:00Z", "2026-06-07T04:00:00Z"},
		"a week later":           {"Mon 00:00-01:00 UTC", "2026-06-01T01:00:00Z", "2026-06-08T00:00:00Z", "2026-06-08T01:00:00Z"},
		"a list of days":         {"Tue,Thu 01:00-02:00 UTC", "2026-06-02T02:00:00Z", "2026-06-04T01:00:00Z", "2026-06-04T02:00:00Z"},
		"a range of days":        {"Mon-Fri 01:00-02:00 UTC", "2026-06-05T02:00:00Z", "2026-06-08T01:00:00Z", "2026-06-08T02:00:00Z"},
		"a range over Sunday":    {"Sat-Mon 01:00-02:00 UTC", "2026-06-07T02:00:00Z", "2026-06-08T01:00:00Z", "2026-06-08T02:00:00Z"},
		"a whole day":            {"Sun 00:00-24:00 UTC", "2026-06-01T12:00:00Z", "2026-06-07T00:00:00Z", "2026-06-08T00:00:00Z"},
		"over the year's end":    {"22:00-04:00 UTC", "2026-12-31T12:00:00Z", "2026-12-31T22:00:00Z", "2027-01-01T04:00:00Z"},
		"the leap day":           {"22:00-04:00 UTC", "2028-02-28T12:00:00Z", "2028-02-28T22:00:00Z", "2028-02-29T04:00:00Z"},
		"the day there, not UTC": {"Mon 08:00-09:00 Pacific/Auckland", "2026-06-07T12:00:00Z", "2026-06-07T20:00:00Z", "2026-06-07T21:00:00Z"},
		"five and a half hours":  {"22:00-04:00 Asia/Kolkata", "2026-06-01T12:00:00Z", "2026-06-01T16:30:00Z", "2026-06-01T22:30:00Z"},

		"winter":                            {"22:00-04:00 Europe/Berlin", "2026-01-10T12:00:00Z", "2026-01-10T21:00:00Z", "2026-01-11T03:00:00Z"},
		"summer":                            {"22:00-04:00 Europe/Berlin", "2026-07-10T12:00:00Z", "2026-07-10T20:00:00Z", "2026-07-11T02:00:00Z"},
		"an hour shorter":                   {"Sat 22:00-04:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-28T21:00:00Z", "2026-03-29T02:00:00Z"},
		"an hour longer":                    {"Sat 22:00-04:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z"},
		"a day of 23 hours":                 {"Sun 00:00-24:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"a day of 25 hours":                 {"Sun 00:00-24:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"begins in the missing hour":        {"Sun 02:30-05:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		"ends in the missing hour":          {"Sun 00:00-02:30 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"},
		"all in the missing hour":           {"02:10-02:50 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:10:00Z", "2026-03-30T00:50:00Z"},
		"begins in the doubled hour":        {"Sun 02:30-05:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T04:00:00Z"},
		"ends in the doubled hour":          {"Sun 00:00-02:30 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"},
		"closed the second time":            {"00:00-02:30 Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T23:00:00Z", "2026-10-26T01:30:00Z"},
		"all in the doubled hour":           {"02:10-02:50 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T01:10:00Z", "2026-10-26T01:50:00Z"},
		"until the doubled hour":            {"01:00-02:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z"},
		"from the doubled hour on":          {"02:00-03:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
		"around the doubled hour":           {"01:30-03:30 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z"},
		"around the missing hour":           {"01:30-03:30 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
		"New York springs forward":          {"Sun 01:30-03:30 America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"},
		"New York falls back":               {"Sun 01:30-03:30 America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T06:30:00Z", "2026-11-01T08:30:00Z"},
		"Sydney's summer begins in October": {"Sat 22:00-04:00 Australia/Sydney", "2026-10-03T06:00:00Z", "2026-10-03T12:00:00Z", "2026-10-03T17:00:00Z"},
		"Sydney's summer ends in April":     {"Sat 22:00-04:00 Australia/Sydney", "2026-04-04T06:00:00Z", "2026-04-04T11:00:00Z", "2026-04-04T18:00:00Z"},
		"Lord Howe gains half an hour":      {"Sat 22:00-04:00 Australia/Lord_Howe", "2026-04-04T06:00:00Z", "2026-04-04T11:00:00Z", "2026-04-04T17:30:00Z"},
		"Cairo has no midnight":             {"Fri 00:00-02:00 Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-23T23:00:00Z"},
		"Santiago doubles the last hour":    {"Sat 23:30-02:00 America/Santiago", "2026-04-04T12:00:00Z", "2026-04-05T03:30:00Z", "2026-04-05T06:00:00Z"},
		"Nuuk's last hour is missing":       {"Sat 23:30-02:00 America/Nuuk", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		"no daylight saving":                {"Sun 02:30-05:00 America/Phoenix", "2026-03-07T12:00:00Z", "2026-03-08T09:30:00Z", "2026-03-08T12:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, after := parse(t, test.window), moment(t, test.after)
			from, until := moment(t, test.from), moment(t, test.until)
			assert.False(t, w.Open(after))
			assert.Zero(t, w.Until(after))
			assert.Equal(t, test.from, w.Opens(after).UTC().Format(time.RFC3339))
			assert.False(t, w.Open(from.Add(-1)), "before it begins")
			for _, open := range []time.Time{from, from.Add(until.Sub(from) / 2), until.Add(-1)} {
				assert.True(t, w.Open(open), open)
				assert.True(t, open.Equal(w.Opens(open)))
				assert.Equal(t, test.until, w.Until(open).UTC().Format(time.RFC3339))
			}
			assert.False(t, w.Open(until), "when it has ended")
		})
	}
}

func TestDaysThatMeet(t *testing.T) {
	t.Parallel()
	w := parse(t, "00:00-24:00 UTC")
	midnight := moment(t, "2026-06-02T00:00:00Z")
	assert.Equal(t, midnight, w.Until(midnight.Add(-1)))
	assert.True(t, w.Open(midnight))
	nearly := parse(t, "02:45-02:30 Europe/Berlin")
	assert.True(t, nearly.Open(moment(t, "2026-10-25T00:29:00Z")))
	assert.False(t, nearly.Open(moment(t, "2026-10-25T00:45:00Z")), "the first 02:45 of two")
	assert.False(t, nearly.Open(moment(t, "2026-10-25T01:29:00Z")), "the second 02:29 of two")
	assert.True(t, nearly.Open(moment(t, "2026-10-25T01:45:00Z")))
}

func TestTheZeroWindowNeverOpens(t *testing.T) {
	t.Parallel()
	var w window.Window
	now := moment(t, "2026-06-02T00:00:00Z")
	assert.False(t, w.Open(now))
	assert.Zero(t, w.Opens(now))
	assert.Zero(t, w.Until(now))
	assert.Empty(t, w.String())
}
