package jobs_test

import (
	"testing"

	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const aPlanJob = "jobs: [{name: p, action: plan, inventory: i}]\n"

func TestRetention(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		days    int
		backups jobs.KeptBackups
	}{
		"runs alone: no backup goes": {"runs: {older_than_days: 365}", 365, jobs.KeptBackups{}},
		"backups alone":              {"backups: {keep_last: 3, older_than_days: 90}", 0, jobs.KeptBackups{Last: 3, Days: 90}},
		"both":                       {"runs: {older_than_days: 1}, backups: {older_than_days: 2, keep_last: 1}", 1, jobs.KeptBackups{Last: 1, Days: 2}},
	} {
		file, err := jobs.Parse([]byte(aPlanJob+"retention: {schedule: 30 4 * * *, time_zone: Europe/Berlin, "+test.text+"}\n"), "")
		require.NoError(t, err, name)
		assert.Equal(t, test.days, file.Retention.RunDays, name)
		assert.Equal(t, test.backups, file.Retention.Backups, name)
		assert.Equal(t, "2026-06-01T02:30:00Z",
			file.Retention.Schedule.Next(moment(t, "2026-06-01T00:00:00Z")).UTC().Format("2006-01-02T15:04:05Z"), name)
	}
	file, err := jobs.Parse([]byte(aPlanJob), "")
	require.NoError(t, err)
	assert.Zero(t, file.Retention)
	file, err = jobs.Parse([]byte(aPlanJob+"retention: {schedule: 30 4 * * *, time_zone: UTC, record: {older_than_days: 730}}\n"), "")
	require.NoError(t, err)
	assert.Equal(t, 730, file.Retention.RecordDays)
	assert.Zero(t, file.Retention.RunDays)
}

func TestMistakesOfARetention(t *testing.T) {
	t.Parallel()
	const when = "schedule: 30 4 * * *, time_zone: UTC, "
	for text, wrong := range map[string]string{
		"[]":                           "2:12: retention has the keys schedule, time_zone, runs, backups and record",
		"nightly":                      "2:12: retention has the keys schedule, time_zone, runs, backups and record",
		"{}":                           "2:12: the retention has no schedule (and 1 more)",
		"{runs: {older_than_days: 1}}": "2:12: the retention has no schedule",
		"{schedule: 30 4 * * *, runs: {older_than_days: 1}}": "2:23: a schedule needs a time_zone",
		"{" + when + "}": "2:12: retention deletes nothing",
		"{schedule: 30 4 * *, time_zone: UTC, runs: {older_than_days: 1}}":    `2:23: "30 4 * *" is not a schedule`,
		"{schedule: 30 4 * * *, time_zone: Mars, runs: {older_than_days: 1}}": "2:46: ",
		"{" + when + "runs: {older_than_days: 1}, journals: {}}":              `2:79: unknown key "journals"`,
		"{" + when + "runs: 365}":                                              "2:57: runs is keys and values",
		"{" + when + "record: {}}":                                             "2:59: record has no older_than_days",
		"{" + when + "record: {older_than_days: 0}}":                           `2:77: "0" is not a whole number from 1 to 36525`,
		"{" + when + "record: {older_than_days: 9, keep_last: 1}}":             `2:80: unknown key "keep_last"`,
		"{" + when + "runs: {}}":                                               "2:57: runs has no older_than_days",
		"{" + when + "runs: {older_than_days: 0}}":                             `2:75: "0" is not a whole number from 1 to 36525`,
		"{" + when + "runs: {older_than_days: -3}}":                            `2:75: "-3" is not a whole number`,
		"{" + when + "runs: {older_than_days: 36526}}":                         `2:75: "36526" is not a whole number`,
		"{" + when + "runs: {older_than_days: 1y}}":                            `2:75: "1y" is not a whole number`,
		"{" + when + "runs: {older_than_days: }}":                              "2:",
		"{" + when + "runs: {older_than_days: 1, keep_last: 3}}":               `2:78: unknown key "keep_last"`,
		"{" + when + "backups: {older_than_days: 1}}":                          "2:60: backups has no keep_last",
		"{" + when + "backups: {keep_last: 1}}":                                "2:60: backups has no older_than_days",
		"{" + when + "backups: {keep_last: 0, older_than_days: 1}}":            `2:72: "0" is not a whole number`,
		"{" + when + "runs: {older_than_days: 1}, runs: {older_than_days: 2}}": `2:79: the key "runs" is already given`,
	} {
		_, err := jobs.Parse([]byte(aPlanJob+"retention: "+text+"\n"), "")
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), wrong, text)
	}
}
