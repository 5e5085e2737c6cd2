package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const retention = "retention: {schedule: \"30 4 * * *\", time_zone: UTC, runs: {older_than_days: 30}%s}\n"

// retaining is a night's plan with a retention.
func retaining(t *testing.T, more string) *scheduled {
	t.Helper()
	n := newScheduled(t, "plan")
	text, err := os.ReadFile(n.jobs)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(n.jobs, append(text, fmt.Sprintf(retention, more)...), 0o600))
	return n
}

// takes is the size of all files below the state directory, or of the files that match a pattern in it.
func (n *scheduled) takes(pattern string) (bytes int64) {
	state, err := n.app.stateDirectory()
	require.NoError(n.t, err)
	require.NoError(n.t, filepath.WalkDir(string(state), func(path string, entry fs.DirEntry, err error) error {
		if matches, _ := filepath.Match(pattern, entry.Name()); err != nil || entry.IsDir() || !matches {
			return err
		}
		info, err := entry.Info()
		bytes += info.Size()
		return err
	}))
	return bytes
}

// night keeps what a night leaves behind: a backup of each device, and a large run.
func (n *scheduled) night(name string, at time.Time, state store.RunState) {
	ctx := n.t.Context()
	devices := make([]store.Device, 10)
	for i := range devices {
		devices[i] = store.Device{Position: i, Target: fmt.Sprint("sbc-", i), URL: fmt.Sprint("https://192.0.2.", i)}
	}
	require.NoError(n.t, n.store.CreateRun(ctx, store.Run{ID: name, Action: "apply", Created: at, State: store.RunRunning}, devices))
	plan := fmt.Appendf(nil, `{"x":"%010000d"}`, 0)
	folder, err := n.app.backupDirectory()
	require.NoError(n.t, err)
	for i := range devices {
		sight := store.Sight{Position: i, Verdict: "compliant", Read: true}
		require.NoError(n.t, n.store.PutPlan(ctx, name, sight, plan, at))
	}
	for _, serial := range []string{"1", "2"} {
		kept := backup.Manifest{Run: name, Serial: serial, Target: "sbc", URL: "https://192.0.2." + serial, Taken: at}
		_, err = backup.Store{Directory: folder, Disk: backup.OS{}}.Write(kept, []backup.File{{Name: "configuration.ini", Data: plan}})
		require.NoError(n.t, err)
	}
	require.NoError(n.t, n.store.EndRun(ctx, name, state, 0, "", at))
}

// TestServeKeepsItsRecordsSmall over many nights, by its own schedule and with two schedulers. Each time comes once, is
// on Record, and what a restore or a resumed run needs stays.
func TestServeKeepsItsRecordsSmall(t *testing.T) {
	t.Parallel()
	n := retaining(t, ", backups: {keep_last: 2, older_than_days: 30}")
	one, two := n.scheduler(), n.scheduler()
	n.night("stopped", bedtime, store.RunStopped)
	var settled int64
	for night := range 70 {
		at := bedtime.AddDate(0, 0, night)
		n.night(fmt.Sprintf("night-%02d", night), at.Add(time.Hour), store.RunDone)
		n.at(at.Add(6*time.Hour + 31*time.Minute)) // 4:31
		one.scheduler.Tick()
		n.look(two)
		one.scheduler.Wait()
		if night == 45 {
			settled = n.takes("*")
		}
	}
	assert.Less(t, n.takes("*"), settled*5/4, "what was settled after 45 nights does not grow")
	list, err := backup.List(filepath.Join(filepath.Dir(n.jobs), "acfix", "backups"))
	require.NoError(t, err)
	runs := map[string]int{}
	for _, listed := range list {
		require.NoError(t, listed.Err)
		runs[listed.Manifest.Run]++
	}
	assert.Equal(t, 2, runs["night-69"])
	assert.Zero(t, runs["night-00"])
	assert.LessOrEqual(t, len(list), 2*33)
	events, err := n.store.Events(t.Context(), "web")
	require.NoError(t, err)
	assert.Equal(t, 70, len(events), "each time once")
	assert.Contains(t, string(events[0].Entry), "backups older than 30 days, but not the newest 2 of a device")
	assert.False(t, strings.Contains(n.warned.String(), "WARNING"))
	taken, err := n.store.RetentionTaken(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "04:30", taken.UTC().Format("15:04"))
}

// TestRecordIsBoundedOnRequest: old entries of actions and logins go, by the key record alone, and no device's journal.
func TestRecordIsBoundedOnRequest(t *testing.T) {
	t.Parallel()
	for more, left := range map[string]int{"": 31, ", record: {older_than_days: 10}": 11} {
		n := retaining(t, more)
		s := n.scheduler()
		for night := range 31 {
			at := bedtime.AddDate(0, 0, night)
			entry := web.AuditEntry{Time: at, Person: "vera", Kind: web.AuditLogin}
			require.NoError(t, webdata.Record(t.Context(), n.store, entry))
			require.NoError(t, n.store.Append(t.Context(), store.Event{Device: "serial 1", Time: at, Kind: "intent", Entry: []byte("{}")}, nil))
			n.at(at.Add(6*time.Hour + 31*time.Minute)) // 4:31
			n.look(s)
		}
		deeds, err := n.store.Events(t.Context(), "web")
		require.NoError(t, err)
		assert.Len(t, deeds, left, more)
		logins, err := n.store.Events(t.Context(), "web-logins")
		require.NoError(t, err)
		assert.LessOrEqual(t, len(logins), left, more)
		assert.Positive(t, len(logins))
		journal, err := n.store.Events(t.Context(), "serial 1")
		require.NoError(t, err)
		assert.Len(t, journal, 31)
		if more != "" {
			assert.Contains(t, string(deeds[0].Entry), "entries of Record older than 10 days", "the deletion is on Record")
		}
		assert.NotContains(t, n.warned.String(), "WARNING")
	}
}

// TestBackupsThatStay: without the key none goes, and a backup whose run is paused or was interrupted never does.
func TestBackupsThatStay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		more  string
		state store.RunState
		left  int
	}{
		"no rule for backups": {"", store.RunDone, 4},
		"done":                {", backups: {keep_last: 1, older_than_days: 1}", store.RunDone, 2},
		"paused":              {", backups: {keep_last: 1, older_than_days: 1}", store.RunPaused, 4},
		"interrupted":         {", backups: {keep_last: 1, older_than_days: 1}", store.RunInterrupted, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := retaining(t, test.more)
			s := n.scheduler()
			n.night("first", bedtime.AddDate(0, 0, -20), test.state)
			n.night("second", bedtime.AddDate(0, 0, -19), store.RunDone)
			n.at(bedtime.Add(7 * time.Hour))
			require.NoError(t, s.Retain(s.jobs.Retention, n.now()))
			list, err := backup.List(filepath.Join(filepath.Dir(n.jobs), "acfix", "backups"))
			require.NoError(t, err)
			assert.Len(t, list, test.left)
			for _, listed := range list {
				_, err := backup.Read(listed.Directory)
				require.NoError(t, err, "it is whole")
			}
		})
	}
}

// TestARetentionThatFailsIsAWarning, on Record too, and serve goes on.
func TestARetentionThatFailsIsAWarning(t *testing.T) {
	t.Parallel()
	n := retaining(t, ", backups: {keep_last: 1, older_than_days: 1}")
	folder, err := n.app.backupDirectory()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(folder, []byte("no folder"), 0o600))
	s := n.scheduler()
	for day := range 2 {
		n.at(bedtime.AddDate(0, 0, day).Add(7 * time.Hour))
		n.look(s)
	}
	assert.Contains(t, n.warned.String(), "WARNING: retention: list the backups: ")
	events, err := n.store.Events(t.Context(), "web")
	require.NoError(t, err)
	require.Len(t, events, 4)
	assert.Contains(t, string(events[1].Entry), `"failed":"list the backups: `)
	assert.Len(t, n.runs(), 2, "the jobs go on")
	require.NoError(t, s.scheduler.Ready(t.Context()))
}

// TestAMistypedFolderOfBackupsIsRefused; without --dir, a folder that is not there yet has no backups.
func TestAMistypedFolderOfBackupsIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	n := retaining(t, "")
	n.app.stdout = &n.stdout
	for _, command := range [][]string{{"backup", "list"}, {"backup", "prune", "--keep-last", "1", "--older-than-days", "3", "--yes"}} {
		for _, folder := range []string{"nowhere", file} {
			assert.Equal(t, exitUsage, n.app.run(append(slices.Clone(command), "--dir", folder)), "%s %s", command, folder)
			assert.Empty(t, n.stdout.String())
		}
	}
	assert.Contains(t, n.warned.String(), "nowhere: no such file or directory")
	assert.Contains(t, n.warned.String(), file+" is not a directory")
	n.app.flags.backupDir = ""
	assert.Equal(t, exitDone, n.app.run([]string{"backup", "list"}))
}

// TestThePruneOfBackupsFitsItsSchema with every status.
func TestThePruneOfBackupsFitsItsSchema(t *testing.T) {
	t.Parallel()
	n := retaining(t, "")
	n.app.stdout = &n.stdout
	n.night("first", bedtime.AddDate(0, 0, -20), store.RunDone)
	n.night("later", bedtime.AddDate(0, 0, -19), store.RunStopped)
	n.night("third", bedtime.AddDate(0, 0, -18), store.RunDone)
	folder, err := n.app.backupDirectory()
	require.NoError(t, err)
	half := filepath.Join(folder, ".partial-killed")
	require.NoError(t, os.Mkdir(half, 0o700))
	require.NoError(t, os.Chtimes(half, time.Time{}, bedtime.AddDate(0, 0, -2)))
	arguments := []string{"backup", "prune", "--keep-last", "1", "--older-than-days", "3", "-o", "json"}
	for _, more := range []string{"--dry-run", "--yes", "--yes"} {
		n.stdout.Reset()
		require.Equal(t, exitDone, n.app.run(append(arguments, more)), n.warned)
		requireFits(t, "acfix.backup-prune/v1", n.stdout.String())
	}
	document := n.stdout.String()
	assert.Equal(t, "kept", first(t, decode(t, document), "backups", "status"))
	for key, wrong := range map[string]string{
		`"status": "kept"`: `"status": "gone"`, `"dry_run": false`: `"dry_run": "no"`, `"deleted": 0`: `"deleted": -1`,
		`"journals": []`: `"journals": null`, `"reason": "` + "its run": `"cause": "`,
	} {
		require.Contains(t, document, key)
		require.Error(t, fits(t, strings.Replace(document, key, wrong, 1)), wrong)
	}
}
