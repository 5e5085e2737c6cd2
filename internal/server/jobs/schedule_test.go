package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func scheduled(t *testing.T, fields, zone string, within time.Duration) jobs.Job {
	t.Helper()
	location, err := time.LoadLocation(zone)
	require.NoError(t, err)
	schedule, err := jobs.NewSchedule(fields, location)
	require.NoError(t, err)
	return jobs.Job{Schedule: schedule, StartWithin: within}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// Each row is a moment and the planned times that follow it, all in UTC.
func TestNext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fields, zone, after string
		want                []string
	}{
		"every night":            {"0 3 * * *", "UTC", "2026-06-01T00:00:00Z", []string{"2026-06-01T03:00:00Z", "2026-06-02T03:00:00Z"}},
		"not the moment itself":  {"0 3 * * *", "UTC", "2026-06-01T03:00:00Z", []string{"2026-06-02T03:00:00Z"}},
		"a moment before it":     {"0 3 * * *", "UTC", "2026-06-01T02:59:59Z", []string{"2026-06-01T03:00:00Z"}},
		"another zone":           {"0 3 * * *", "Asia/Kolkata", "2026-06-01T00:00:00Z", []string{"2026-06-01T21:30:00Z"}},
		"Saturdays":              {"0 22 * * 6", "Europe/Berlin", "2026-06-01T00:00:00Z", []string{"2026-06-06T20:00:00Z", "2026-06-13T20:00:00Z"}},
		"the leap day":           {"0 0 29 2 *", "UTC", "2026-06-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		"in the missing hour":    {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		"many in it come once":   {"*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
		"jumped to, and planned": {"*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"}},
		"in the doubled hour":    {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		"between its two passes": {"30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", []string{"2026-10-26T01:30:00Z"}},
		"every half an hour":     {"*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"}},
		"New York springs":       {"15 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"}},
		"New York falls":         {"15 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", []string{"2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z"}},
		"Sydney springs":         {"30 2 * * *", "Australia/Sydney", "2026-10-03T00:00:00Z", []string{"2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"}},
		"Cairo has no midnight":  {"0 0 * * 5", "Africa/Cairo", "2026-04-23T12:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-30T21:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := moment(t, test.after)
			for _, want := range test.want {
				at = jobs.Next(scheduled(t, test.fields, test.zone, 0), at)
				assert.Equal(t, want, at.UTC().Format(time.RFC3339))
			}
		})
	}
	assert.Zero(t, jobs.Next(jobs.Job{}, time.Now()), "a job without a schedule")
}

func TestDue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fields    string
		within    time.Duration
		last, now string
		want      string
	}{
		"not yet":                {"0 3 * * *", 0, "2026-06-01T03:00:00Z", "2026-06-02T02:59:59Z", ""},
		"just now":               {"0 3 * * *", 0, "2026-06-01T03:00:00Z", "2026-06-02T03:00:00Z", "2026-06-02T03:00:00Z"},
		"done already":           {"0 3 * * *", 0, "2026-06-02T03:00:00Z", "2026-06-02T03:00:30Z", ""},
		"a little late":          {"0 3 * * *", time.Hour, "2026-06-01T03:00:00Z", "2026-06-02T03:59:00Z", "2026-06-02T03:00:00Z"},
		"too late":               {"0 3 * * *", time.Hour, "2026-06-01T03:00:00Z", "2026-06-02T04:00:01Z", ""},
		"a week away":            {"0 3 * * *", 0, "2026-06-01T03:00:00Z", "2026-06-08T12:00:00Z", "2026-06-08T03:00:00Z"},
		"a minute away":          {"* * * * *", 0, "2026-06-01T03:00:00Z", "2026-06-01T03:01:10Z", "2026-06-01T03:01:00Z"},
		"years away, by minutes": {"* * * * *", 0, "2016-06-01T03:00:00Z", "2026-06-01T03:01:10Z", "2026-06-01T03:01:00Z"},
		"years away, by years":   {"0 0 29 2 *", 0, "2016-06-01T03:00:00Z", "2026-06-01T03:01:10Z", "2024-02-29T00:00:00Z"},
		"the first look":         {"0 3 * * *", 0, "", "2026-06-02T03:00:30Z", ""},
		"a clock put back":       {"0 3 * * *", 0, "2026-06-02T03:00:00Z", "2026-06-01T12:00:00Z", ""},
		"twenty at once":         {"0-19 3 * * *", 0, "2026-06-01T00:00:00Z", "2026-06-01T04:00:00Z", "2026-06-01T03:19:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var last time.Time
			if test.last != "" {
				last = moment(t, test.last)
			}
			planned, due := jobs.Due(scheduled(t, test.fields, "UTC", test.within), last, moment(t, test.now))
			assert.Equal(t, test.want != "", due)
			if due {
				assert.Equal(t, test.want, planned.Format(time.RFC3339))
			} else {
				assert.Zero(t, planned)
			}
		})
	}
	_, due := jobs.Due(jobs.Job{}, moment(t, "2026-06-01T03:00:00Z"), moment(t, "2026-06-08T03:00:00Z"))
	assert.False(t, due, "a job without a schedule")
}

// A scheduler that looks every minute through both days on which clocks change starts the job
// once a day.
func TestOnceADay(t *testing.T) {
	t.Parallel()
	for _, hour := range []string{"0", "1", "2", "3"} {
		for _, start := range []string{"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"} {
			nightly := scheduled(t, "30 "+hour+" * * *", "Europe/Berlin", time.Hour)
			last, started := moment(t, start), 0
			for now := last; now.Sub(moment(t, start)) < 48*time.Hour; now = now.Add(time.Minute) {
				if planned, due := jobs.Due(nightly, last, now); due {
					last, started = planned, started+1
				}
			}
			assert.Equal(t, 2, started, "%s %s", hour, start)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	f.Add("0 3 * * *", int64(1792886400))
	f.Add("*/7 1-3 29 2 mon", int64(1772928000))
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		schedule, err := jobs.NewSchedule(text, berlin)
		if err != nil {
			return
		}
		const decades = 60 * 365 * 24 * 3600
		at := time.Unix(max(seconds, -seconds, 0)%decades, 0)
		next := schedule.Next(at)
		if next.IsZero() {
			return
		}
		require.True(t, next.After(at))
		planned, due := jobs.Due(jobs.Job{Schedule: schedule}, at, next)
		require.True(t, due && planned.Equal(next))
	})
}

// TestASundayIsZeroOrSeven, as cron has it: alone, in lists and as the end of a range.
func TestASundayIsZeroOrSeven(t *testing.T) {
	t.Parallel()
	for written, days := range map[string]string{
		"7": "Sun", "0": "Sun", "0,7": "Sun", "7,0": "Sun", "6,7": "Sat Sun", "7,1": "Sun Mon", "7-7": "Sun",
		"5-7": "Fri Sat Sun", "0-7": "Sun Mon Tue Wed Thu Fri Sat", "1-7": "Sun Mon Tue Wed Thu Fri Sat",
		"1-7/2": "Sun Mon Wed Fri", "1-7/3": "Sun Mon Thu", "0-7/7": "Sun", "3,5-7": "Sun Wed Fri Sat", "7/2": "Sun",
		"sun": "Sun", "Sun": "Sun", "fri-sun": "Sun Fri Sat", "Mon-Sun": "Sun Mon Tue Wed Thu Fri Sat",
		"FRI-7": "Sun Fri Sat", "*": "Sun Mon Tue Wed Thu Fri Sat", "1-5": "Mon Tue Wed Thu Fri", "*/2": "Sun Tue Thu Sat",
	} {
		schedule, err := jobs.NewSchedule("0 3 * * "+written, time.UTC)
		require.NoError(t, err, written)
		at := time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC) // a Saturday
		found := map[string]bool{}
		for {
			if at = schedule.Next(at); at.After(time.Date(2026, 7, 11, 12, 0, 0, 0, time.UTC)) {
				break
			}
			found[at.Format("Mon")] = true
		}
		wanted := map[string]bool{}
		for _, day := range strings.Fields(days) {
			wanted[day] = true
		}
		assert.Equal(t, wanted, found, written)
	}
	for _, wrong := range []string{"8", "-7", "7-8", "7-1", "07-7-7", "5-7/0", "5-7/x", "5-7/", "-", "77", "sunday", "7 7"} {
		_, err := jobs.NewSchedule("0 3 * * "+wrong, time.UTC)
		assert.Error(t, err, wrong)
	}
	_, err := jobs.NewSchedule("0 3 * 7 1", time.UTC)
	require.NoError(t, err, "a month is a month")
}
