package window_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"22:00-04:00 Europe/Berlin":         "22:00-04:00 Europe/Berlin",
		"  Sat,Sun  22:00-24:00\tUTC ":      "Sat,Sun 22:00-24:00 UTC",
		"Sun,Sat 22:00-00:00 UTC":           "Sat,Sun 22:00-00:00 UTC",
		"Mon,Tue,Wed,Thu 09:05-10:00 UTC":   "Mon-Thu 09:05-10:00 UTC",
		"Fri-Mon 00:00-01:00 UTC":           "Mon,Fri-Sun 00:00-01:00 UTC",
		"Mon-Wed,Sat 00:00-01:00 UTC":       "Mon-Wed,Sat 00:00-01:00 UTC",
		"Mon,Wed,Fri 00:00-01:00 UTC":       "Mon,Wed,Fri 00:00-01:00 UTC",
		"Mon-Sun 00:00-01:00 UTC":           "00:00-01:00 UTC",
		"Sun 23:59-23:58 America/St_Johns":  "Sun 23:59-23:58 America/St_Johns",
		"Sat-Sun 00:00-24:00 Etc/GMT+1":     "Sat,Sun 00:00-24:00 Etc/GMT+1",
		"Thu-Tue 00:00-01:00 Asia/Tokyo":    "Mon,Tue,Thu-Sun 00:00-01:00 Asia/Tokyo",
		"Tue-Wed,Sun 00:00-01:00 Asia/Dili": "Tue,Wed,Sun 00:00-01:00 Asia/Dili",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, parse(t, text).String())
			assert.Equal(t, want, parse(t, want).String())
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "days, times and a time zone are wanted",
		"22:00-04:00":                       "the time zone is missing",
		"22:00-04:00 Europe/Berlin Sat Sun": "days, times and a time zone are wanted",
		"Sat, Sun 22:00-04:00 UTC":          "days, times and a time zone are wanted",
		"Sat 22:00 - 04:00 UTC":             "days, times and a time zone are wanted",
		"Sat,Son 22:00-04:00 UTC":           `"Son" is no day`,
		"sat 22:00-04:00 UTC":               `"sat" is no day`,
		"Sat, 22:00-04:00 UTC":              `"" is no day`,
		"Sat- 22:00-04:00 UTC":              `"Sat-" is no day`,
		"Mon-Wed-Fri 22:00-04:00 UTC":       `"Mon-Wed-Fri" is no day`,
		"Mon-Mon 22:00-04:00 UTC":           `"Mon-Mon" is no day`,
		"Sat,Sat 22:00-04:00 UTC":           `Sat is named twice in "Sat,Sat"`,
		"Mon-Fri,Wed 22:00-04:00 UTC":       "Wed is named twice",
		"22-04 UTC":                         `"22-04" is no beginning and end`,
		"9:00-10:00 UTC":                    `"9:00-10:00" is no beginning and end`,
		"22:60-04:00 UTC":                   `"22:60-04:00" is no beginning and end`,
		"24:00-04:00 UTC":                   `"24:00-04:00" is no beginning and end`,
		"22:00-24:01 UTC":                   `"22:00-24:01" is no beginning and end`,
		"22:00-25:00 UTC":                   `"22:00-25:00" is no beginning and end`,
		"22:00-04:00:00 UTC":                "is no beginning and end",
		"22:00-22:00 UTC":                   "the whole day is 00:00-24:00",
		"00:00-00:00 UTC":                   "the whole day is 00:00-24:00",
		"Sat 22:00-04:00":                   "the time zone is missing",
		"Sat 22-04":                         "the time zone is missing",
		"22:00-04:00 Europe/Berlln":         `the time zone "Europe/Berlln" is not known`,
		"22:00-04:00 EST":                   `"EST" is no time zone`,
		"22:00-04:00 Local":                 `"Local" is no time zone`,
		"22:00-04:00 utc":                   `"utc" is no time zone`,
		"22:00-04:00 ../../etc/localtime":   "is not known",
		"22:00-04:00 /etc/localtime":        "is not known",
		"22:00-04:00 Europe/":               "is not known",
		"22:00-04:00 Europe/Berlin\x00":     "is not known",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w, err := window.Parse(text)
			require.ErrorContains(t, err, want)
			assert.ErrorContains(t, err, window.Form)
			assert.Equal(t, window.Window{}, w)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Sat,Sun 22:00-04:00 Europe/Berlin", int64(1792886400))
	f.Add("02:10-02:50 America/New_York", int64(1772928000))
	f.Add("Fri-Mon 00:00-24:00 Australia/Lord_Howe", int64(0))
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		w, err := window.Parse(text)
		if err != nil {
			return
		}
		again, err := window.Parse(w.String())
		require.NoError(t, err)
		require.Equal(t, w.String(), again.String())
		const century = 100 * 365 * 24 * 3600
		checkOpening(t, w, time.Unix(seconds%century, 0))
	})
}

// checkOpening: a window is closed until it opens, and open until it closes.
func checkOpening(t *testing.T, w window.Window, at time.Time) {
	t.Helper()
	from := w.Opens(at)
	require.False(t, from.Before(at))
	require.Equal(t, w.Open(at), from.Equal(at))
	require.True(t, w.Open(from))
	if from.After(at) {
		require.False(t, w.Open(from.Add(-1)))
		require.False(t, w.Open(at.Add(from.Sub(at)/2)))
	}
	until := w.Until(from)
	require.True(t, until.After(from))
	require.LessOrEqual(t, until.Sub(from), 26*time.Hour)
	require.True(t, w.Open(until.Add(-1)))
	if w.Open(until) {
		require.True(t, w.Until(until).After(until))
	}
}
