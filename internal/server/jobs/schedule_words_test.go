package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestASchedulesWords has every form of a field that a jobs file takes: numbers, lists, ranges, steps, names, stars and
// the Sunday 7. A schedule without short words has none, so that pages show the fields.
func TestASchedulesWords(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for fields, want := range map[string]string{
		"0 3 * * *":            "daily at 03:00 Europe/Berlin",
		"00 03 ? * ?":          "daily at 03:00 Europe/Berlin",
		"0 3 1-31 * 0-7":       "daily at 03:00 Europe/Berlin",
		"0 3 * 1-12 *":         "daily at 03:00 Europe/Berlin",
		"0 3 1 * 0-6":          "daily at 03:00 Europe/Berlin", // either day counts
		"5 0,12 * * *":         "daily at 00:05 and 12:05 Europe/Berlin",
		"0 */6 * * *":          "daily at 00:00, 06:00, 12:00 and 18:00 Europe/Berlin",
		"0 8-18/2 * * *":       "daily at 08:00, 10:00, 12:00, 14:00, 16:00 and 18:00 Europe/Berlin",
		"*/20 2 * * *":         "daily at 02:00, 02:20 and 02:40 Europe/Berlin",
		"0 22 * * 6":           "every Saturday at 22:00 Europe/Berlin",
		"0 22 * * sat":         "every Saturday at 22:00 Europe/Berlin",
		"0 22 * * 7":           "every Sunday at 22:00 Europe/Berlin",
		"0 22 * * 0":           "every Sunday at 22:00 Europe/Berlin",
		"0 22 * * SUN":         "every Sunday at 22:00 Europe/Berlin",
		"0 22 * * 6,7":         "every Saturday and Sunday at 22:00 Europe/Berlin",
		"0 22 * * 5-7":         "Friday to Sunday at 22:00 Europe/Berlin",
		"0 22 * * fri-sun":     "Friday to Sunday at 22:00 Europe/Berlin",
		"0 22 * * 1-5":         "Monday to Friday at 22:00 Europe/Berlin",
		"0 22 * * mon,wed,fri": "every Monday, Wednesday and Friday at 22:00 Europe/Berlin",
		"0 22 * * 1-7/2":       "every Monday, Wednesday, Friday and Sunday at 22:00 Europe/Berlin",
		"0 22 * * */2":         "every Tuesday, Thursday, Saturday and Sunday at 22:00 Europe/Berlin",
		"0 3 1 * *":            "on the 1st of each month at 03:00 Europe/Berlin",
		"0 3 1,15 * *":         "on the 1st and 15th of each month at 03:00 Europe/Berlin",
		"0 3 1-7 * *":          "on the 1st to 7th of each month at 03:00 Europe/Berlin",
		"0 3 1-7 * 6":          "on the 1st to 7th of each month and every Saturday at 03:00 Europe/Berlin",
		"0 3 22,23 1 *":        "on the 22nd and 23rd of January at 03:00 Europe/Berlin",
		"0 3 11,12,13 jan,7 *": "on the 11th to 13th of January and July at 03:00 Europe/Berlin",
		"0 3 1 */3 *":          "on the 1st of January, April, July and October at 03:00 Europe/Berlin",
		"0 3 * 6-8 *":          "daily in June to August at 03:00 Europe/Berlin",
		"0 3 * 6-8 6":          "every Saturday in June to August at 03:00 Europe/Berlin",
		"* * * * *":            "every minute (Europe/Berlin)",
		"*/1 * * * *":          "every minute (Europe/Berlin)",
		"0-59 * * * *":         "every minute (Europe/Berlin)",
		"*/15 * * * *":         "every 15 minutes (Europe/Berlin)",
		"0,15,30,45 * * * *":   "every 15 minutes (Europe/Berlin)",
		"*/15 * * * 1-5":       "every 15 minutes, Monday to Friday (Europe/Berlin)",
		"*/25 * * * *":         "every hour at :00, :25 and :50 (Europe/Berlin)",
		"0 * * * *":            "every hour at :00 (Europe/Berlin)",
		"5,35 * * * *":         "every hour at :05 and :35 (Europe/Berlin)",
		"30 */2 * * *":         "every 2 hours from 00:30 (Europe/Berlin)",
		"30 1/2 * * *":         "every 2 hours from 01:30 (Europe/Berlin)",
		"0 8-18 * * 1-5":       "every hour from 08:00 to 18:00, Monday to Friday (Europe/Berlin)",
		"*/15 8-18 * * *":      "every 15 minutes from 08:00 to 18:45 (Europe/Berlin)",
		"* 8-18 1 * *":         "every minute from 08:00 to 18:59, on the 1st of each month (Europe/Berlin)",
		"*/7 3 * * *":          "every 7 minutes from 03:00 to 03:56 (Europe/Berlin)",
		"3-50 22 * * 6":        "every minute from 22:03 to 22:50, every Saturday (Europe/Berlin)",
		// Without short words.
		"*/7 * * * *": "", "*/30 */2 * * *": "", "0 3 */2 * *": "", "0 3 * 1-5,7,9,11 *": "", "3-50 1-7 * * *": "",
	} {
		schedule, err := jobs.NewSchedule(fields, berlin)
		require.NoError(t, err, fields)
		assert.Equal(t, want, schedule.Words(), fields)
	}
	assert.Empty(t, jobs.Schedule{}.Words(), "on demand")
	for _, refused := range []string{"@daily", "@hourly", "@every 1h", "0 0 3 * * *"} {
		_, err := jobs.NewSchedule(refused, berlin)
		assert.Error(t, err, "a jobs file takes five fields: %s", refused)
	}
}

// FuzzWords: no schedule makes Words fail, and one that is said to be daily has a time on every day.
func FuzzWords(f *testing.F) {
	f.Add("0 3 * * *")
	f.Add("*/7 1-3 29 2 mon")
	f.Fuzz(func(t *testing.T, text string) {
		schedule, err := jobs.NewSchedule(text, time.UTC)
		if err != nil {
			return
		}
		if strings.HasPrefix(schedule.Words(), "daily at ") {
			at := schedule.Next(time.Date(2026, 5, 31, 23, 59, 0, 0, time.UTC))
			for day := range 60 {
				require.Equal(t, time.Date(2026, 6, 1+day, 0, 0, 0, 0, time.UTC), at.Truncate(24*time.Hour), text)
				at = schedule.Next(at.Truncate(24 * time.Hour).Add(24*time.Hour - 1))
			}
		}
	})
}
