package evidence_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// prunerOf prunes the backups of a machine; its runs are the given ones.
func prunerOf(t *testing.T, files evidence.Files, runs map[string]store.RunState) evidence.Pruner {
	t.Helper()
	state, err := files.State()
	require.NoError(t, err)
	return evidence.Pruner{
		Directory: state.Backups(), Files: files, Journal: files, Disk: backup.OS{},
		Run: func(_ context.Context, id string) (store.Run, error) {
			if found, known := runs[id]; known {
				return store.Run{State: found}, nil
			}
			return store.Run{}, store.ErrUnknownRun
		},
	}
}

func places(pruned []evidence.Pruned) []string {
	var all []string
	for _, one := range pruned {
		all = append(all, filepath.Base(one.Place))
	}
	return all
}

// TestAJournalGoesWithTheLastBackup: never before, not while anything waits unsaved or can be resumed, and not while a
// run is at the device. What points to a journal goes after it.
func TestAJournalGoesWithTheLastBackup(t *testing.T) {
	t.Parallel()
	long, context1 := today.AddDate(-2, 0, 0), 1
	intent := journal.Entry{Time: long, Run: "r", Serial: "5", Event: remediate.EventIntent, Kind: remediate.StepImportRoot, Context: &context1}
	saved := journal.Entry{Time: long, Run: "r", Serial: "5", Event: remediate.EventSeen, Kind: remediate.StepSave}
	late := saved
	late.Time = today
	gone := journal.Entry{Time: long, Run: "r", Serial: "5", Event: remediate.EventBackup, Detail: "gone"}
	stored := gone
	stored.Detail = "store:7"
	pointer := journal.Entry{Time: long, Serial: "5", Event: journal.Named, Detail: "serial-5"}
	for name, row := range map[string]struct {
		entries []journal.Entry
		runs    map[string]store.RunState
		backup  bool // one of the device is left
		held    bool
		deleted bool
	}{
		"over":                       {entries: []journal.Entry{gone, intent, saved}, deleted: true},
		"its run is on record, done": {entries: []journal.Entry{gone, saved}, runs: map[string]store.RunState{"r": store.RunDone}, deleted: true},
		"its run is interrupted":     {entries: []journal.Entry{gone, saved}, runs: map[string]store.RunState{"r": store.RunInterrupted}},
		"its run is paused":          {entries: []journal.Entry{gone, saved}, runs: map[string]store.RunState{"r": store.RunPaused}},
		"unsaved":                    {entries: []journal.Entry{gone, intent}},
		"a backup is left":           {entries: []journal.Entry{saved}, backup: true},
		"a backup may be elsewhere":  {entries: []journal.Entry{stored, saved}},
		"used lately":                {entries: []journal.Entry{gone, late}},
		"at the device":              {entries: []journal.Entry{gone, saved}, held: true},
		"nothing can be read in it":  {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := machine(t)
			state, err := files.State()
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(state.Backups(), 0o700))
			folder := journal.Folder(state.Journals())
			require.NoError(t, os.MkdirAll(string(folder), 0o700))
			require.NoError(t, os.WriteFile(folder.Path("serial-5"), nil, 0o600))
			for _, entry := range row.entries {
				if entry.Detail == "gone" {
					entry.Detail = filepath.Join(state.Backups(), "gone")
				}
				require.NoError(t, folder.Append("serial-5", entry))
			}
			require.NoError(t, folder.Append("address-a", pointer))
			if row.backup {
				_, err := backup.Store{Directory: state.Backups(), Disk: backup.OS{}}.Write(backup.Manifest{Serial: "5", Taken: long}, nil)
				require.NoError(t, err)
			}
			if row.held {
				held, err := state.Locks().Take(t.Context(), statedir.SerialName("5"))
				require.NoError(t, err)
				defer func() { _ = held.Release() }()
			}
			asked := prunerOf(t, files, row.runs)
			asked.DryRun = true
			old, err := asked.PruneJournals(t.Context(), today.AddDate(-1, 0, 0))
			require.NoError(t, err)
			pruned, err := prunerOf(t, files, row.runs).PruneJournals(t.Context(), today.AddDate(-1, 0, 0))
			require.NoError(t, err)
			assert.Equal(t, places(old), places(pruned), "a dry run says the same")
			if row.deleted {
				assert.Equal(t, []string{"serial-5.jsonl", "address-a.jsonl"}, places(pruned))
				assert.NoFileExists(t, folder.Path("serial-5"))
				assert.NoFileExists(t, folder.Path("address-a"))
				return
			}
			assert.Empty(t, pruned)
			assert.FileExists(t, folder.Path("serial-5"))
			assert.FileExists(t, folder.Path("address-a"), "it leads to the other")
		})
	}
}

// TestAJournalInAStoreGoesByTheSameRules, under the leases of the device, and no other log with it.
func TestAJournalInAStoreGoesByTheSameRules(t *testing.T) {
	t.Parallel()
	long, context1 := today.AddDate(-2, 0, 0), 1
	entry := func(event remediate.Event, detail string) journal.Entry {
		return journal.Entry{Time: long, Run: "r", Serial: "5", Event: event, Detail: detail}
	}
	intent, saved := entry(remediate.EventIntent, ""), entry(remediate.EventSeen, "")
	intent.Kind, intent.Context, saved.Kind = remediate.StepImportRoot, &context1, remediate.StepSave
	late := saved
	late.Time = today
	for name, row := range map[string]struct {
		entries []journal.Entry
		runs    map[string]store.RunState
		backup  bool // one of the device is left
		held    string
		deleted bool
	}{
		"over":                     {entries: []journal.Entry{entry(remediate.EventBackup, "store:99"), intent, saved}, deleted: true},
		"its run is done":          {entries: []journal.Entry{saved}, runs: map[string]store.RunState{"r": store.RunDone}, deleted: true},
		"its run is paused":        {entries: []journal.Entry{saved}, runs: map[string]store.RunState{"r": store.RunPaused}},
		"its run is interrupted":   {entries: []journal.Entry{saved}, runs: map[string]store.RunState{"r": store.RunInterrupted}},
		"unsaved":                  {entries: []journal.Entry{intent}},
		"a backup is left":         {entries: []journal.Entry{saved}, backup: true},
		"a backup is on a machine": {entries: []journal.Entry{entry(remediate.EventBackup, "/elsewhere/backups/sbc"), saved}},
		"used lately":              {entries: []journal.Entry{late}},
		"at the device":            {entries: []journal.Entry{saved}, held: "serial-5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened, files := openStore(t), machine(t)
			kept := shared(t, files, opened, "this process")
			put := func(name string, what journal.Entry) {
				text, err := json.Marshal(what)
				require.NoError(t, err)
				require.NoError(t, opened.Append(t.Context(), store.Event{Device: name, Run: what.Run, Time: what.Time, Kind: string(what.Event), Entry: text}, nil))
			}
			for _, what := range row.entries {
				put("serial-5", what)
			}
			put("address-a", journal.Entry{Time: long, Serial: "5", Event: journal.Named, Detail: "serial-5"})
			put("web", entry("approve", ""))
			if row.backup {
				device := sbc
				device.Serial = "5"
				held := hold(t, kept, device)
				read := snapshot()
				read.Status.Serial = "5"
				_, err := held.Archive(read, remediate.DevicePlan{})
				require.NoError(t, err)
				held.Release()
			}
			if row.held != "" {
				other := kept.Holder
				other.Name = "another process"
				tenure, err := other.Devices(t.Context(), "r", time.Second, row.held)
				require.NoError(t, err)
				defer tenure.End()
			}
			pruner := prunerOf(t, files, row.runs)
			pruner.Journal, pruner.Stored, pruner.DryRun = kept, opened, true
			old, err := pruner.PruneJournals(t.Context(), today.AddDate(-1, 0, 0))
			require.NoError(t, err)
			left, err := opened.Events(t.Context(), "serial-5", "address-a")
			require.NoError(t, err)
			assert.Len(t, left, len(row.entries)+1, "a dry run deletes nothing")
			pruner.DryRun = false
			pruned, err := pruner.PruneJournals(t.Context(), today.AddDate(-1, 0, 0))
			require.NoError(t, err)
			assert.Equal(t, places(old), places(pruned), "a dry run says the same")
			left, err = opened.Events(t.Context(), "serial-5", "address-a")
			require.NoError(t, err)
			if row.deleted {
				assert.Equal(t, []string{"store:serial-5", "store:address-a"}, places(pruned))
				assert.Empty(t, left)
			} else {
				assert.Empty(t, pruned)
				assert.Len(t, left, len(row.entries)+1)
			}
			web, err := opened.Events(t.Context(), "web")
			require.NoError(t, err)
			assert.Len(t, web, 1)
		})
	}
}

// TestWhatAKilledProcessLeftGoes after a day, and nothing else does.
func TestWhatAKilledProcessLeftGoes(t *testing.T) {
	t.Parallel()
	files := machine(t)
	files.Now = time.Now
	state, err := files.State()
	require.NoError(t, err)
	put := func(age time.Duration, parts ...string) {
		path := filepath.Join(append([]string{string(state)}, parts...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Now().Add(-age)))
	}
	const day = 24 * time.Hour
	left := []string{".partial-plan.key-1", "used-plans/.partial-1", "used-plans/x.tmp", "journal/serial-6.jsonl.reserve", "old.tmp"}
	stay := []string{"plan.key", "backups/notes.tmp", "journal/serial-5.jsonl", "journal/serial-7.jsonl.reserve", "backups/sbc/manifest.json", "tmp", "x.tmp.txt"}
	for _, name := range append(left, stay...) {
		put(25*time.Hour, filepath.FromSlash(name))
	}
	for _, name := range []string{".partial-new", "used-plans/new.tmp", "journal/serial-8.jsonl.reserve"} {
		put(23*time.Hour, filepath.FromSlash(name))
		stay = append(stay, name)
	}
	for name, age := range map[string]time.Duration{".partial-sbc_5": 2 * day, ".partial-sbc_6": time.Hour} {
		put(age, "backups", name, "tls-1", "trusted-roots.pem")
		folder := filepath.Join(state.Backups(), name)
		require.NoError(t, os.Chtimes(folder, time.Time{}, time.Now().Add(-age)))
	}
	for name, age := range map[string]time.Duration{"old": 367 * day, "young": 365 * day} { // marks of saved plans
		put(age, "used-plans", name, "serial-1")
		require.NoError(t, os.Chtimes(filepath.Join(state.UsedPlans(), name), time.Time{}, time.Now().Add(-age)))
	}
	left, stay = append(left, "used-plans/old"), append(stay, "used-plans/young/serial-1")
	left, stay = append(left, "backups/.partial-sbc_5"), append(stay, "backups/.partial-sbc_6/tls-1/trusted-roots.pem")
	held, err := state.Locks().Take(t.Context(), statedir.SerialName("7"))
	require.NoError(t, err)
	defer func() { _ = held.Release() }()

	asked := prunerOf(t, files, nil)
	asked.DryRun = true
	old, err := asked.Leftovers()
	require.NoError(t, err)
	assert.Len(t, old, len(left))
	for _, name := range left {
		_, err := os.Lstat(filepath.Join(string(state), filepath.FromSlash(name)))
		require.NoError(t, err, "a dry run deletes nothing")
	}
	pruned, err := prunerOf(t, files, nil).Leftovers()
	require.NoError(t, err)
	assert.Equal(t, places(old), places(pruned))
	for _, name := range left {
		_, err := os.Lstat(filepath.Join(string(state), filepath.FromSlash(name)))
		require.ErrorIs(t, err, os.ErrNotExist, name)
	}
	for _, name := range stay {
		assert.FileExists(t, filepath.Join(string(state), filepath.FromSlash(name)))
	}
}

// TestBackupsInAStoreGoByTheSameRules: those of a device that has enough newer ones, unless something needs them.
func TestBackupsInAStoreGoByTheSameRules(t *testing.T) {
	t.Parallel()
	opened, files := openStore(t), machine(t)
	kept := shared(t, files, opened, "this process")
	other := sbc
	other.Serial, other.URL = "6", "https://other"
	var now time.Time
	kept.Files.Now = func() time.Time { return now }
	for day := range 4 {
		now = today.AddDate(-1, 0, day)
		for _, device := range []evidence.Subject{sbc, other} {
			held, failure := kept.Hold(t.Context(), fmt.Sprint("run-", day), device, time.Second)
			require.Nil(t, failure)
			read := snapshot()
			read.Status.Serial = device.Serial
			_, err := held.Archive(read, remediate.DevicePlan{})
			require.NoError(t, err)
			held.Release()
		}
	}
	pruner := prunerOf(t, files, map[string]store.RunState{"run-0": store.RunPaused, "run-1": store.RunDone})
	pruner.Journal, pruner.Stored = kept, opened
	old, all, err := pruner.Old(t.Context(), evidence.Rule{Last: 1, Before: today.AddDate(-1, 0, 3)})
	require.NoError(t, err)
	assert.Equal(t, 8, all)
	require.Len(t, old, 6)
	held := hold(t, kept, other)
	pruned := pruner.PruneAll(t.Context(), old)
	held.Release()
	left, err := opened.Artifacts(t.Context(), evidence.PackedBackup)
	require.NoError(t, err)
	why := map[string]string{}
	for _, one := range pruned {
		require.NoError(t, one.Err)
		why[one.Place] = one.Kept
	}
	assert.Len(t, left, 8-2, "%v", why)
	ids := map[int64]bool{}
	for _, one := range left {
		ids[one.ID] = true
		_, data, err := opened.Artifact(t.Context(), one.ID)
		require.NoError(t, err)
		whole, err := backup.Open(data)
		require.NoError(t, err)
		_, err = evidence.RestorePoint(whole, nil)
		require.NoError(t, err, "it can be restored")
	}
	assert.True(t, ids[1], "its run is paused")
	assert.True(t, ids[7] && ids[8], "the newest")
	assert.False(t, ids[3] || ids[5])

	none, _, err := pruner.Old(t.Context(), evidence.Rule{Last: 4, Before: today})
	require.NoError(t, err)
	assert.Empty(t, none)
}
