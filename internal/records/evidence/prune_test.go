package evidence_test

import (
	"context"
	"os"
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

// TestWhatIsStillNeededIsNotPruned: a backup goes only if nothing of its device waits unsaved, its run can't be
// resumed, and no run is at the device.
func TestWhatIsStillNeededIsNotPruned(t *testing.T) {
	t.Parallel()
	context1 := 1
	intent := journal.Entry{
		Run: "r", Serial: "5", Event: remediate.EventIntent, Kind: remediate.StepImportRoot, Context: &context1, Root: "ab",
	}
	saved := journal.Entry{Run: "r", Serial: "5", Event: remediate.EventSeen, Kind: remediate.StepSave}
	for name, row := range map[string]struct {
		entries []journal.Entry
		state   store.RunState
		lacking int // devices that a prune of runs deleted
		held    bool
		dryRun  bool
		kept    string
	}{
		"saved and done":    {entries: []journal.Entry{intent, saved}, state: store.RunDone},
		"no run on record":  {},
		"unsaved":           {entries: []journal.Entry{intent}, state: store.RunDone, kept: evidence.KeptUnsaved},
		"stopped":           {state: store.RunStopped, kept: evidence.KeptRun},
		"interrupted":       {state: store.RunInterrupted, kept: evidence.KeptRun},
		"running":           {state: store.RunRunning, kept: evidence.KeptRun},
		"paused":            {state: store.RunPaused, kept: evidence.KeptRun},
		"lacking devices":   {state: store.RunInterrupted, lacking: 1},
		"at the device":     {held: true, kept: evidence.KeptHeld},
		"only asked for":    {dryRun: true},
		"unsaved, no run":   {entries: []journal.Entry{intent}, kept: evidence.KeptUnsaved},
		"failed, resumable": {state: store.RunFailed, kept: evidence.KeptRun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := statedir.Directory(t.TempDir())
			for _, entry := range row.entries {
				require.NoError(t, journal.Folder(state.Journals()).Append(statedir.SerialName("5"), entry))
			}
			kept := backup.Store{Directory: state.Backups(), Disk: backup.OS{}}
			directory, err := kept.Write(backup.Manifest{Serial: "5", URL: "https://a", Run: "r", Taken: time.Now()}, nil)
			require.NoError(t, err)
			list, err := backup.List(state.Backups())
			require.NoError(t, err)
			if row.held {
				held, err := state.Locks().Take(t.Context(), statedir.SerialName("5"))
				require.NoError(t, err)
				defer func() { _ = held.Release() }()
			}
			files := evidence.Files{State: func() (statedir.Directory, error) { return state, nil }, Now: time.Now}
			pruner := evidence.Pruner{Files: files, Journal: files, Disk: backup.OS{}, DryRun: row.dryRun}
			pruner.Run = func(context.Context, string) (store.Run, error) {
				if row.state == "" {
					return store.Run{}, store.ErrUnknownRun
				}
				return store.Run{State: row.state, Pruned: row.lacking}, nil
			}
			why, err := pruner.Prune(t.Context(), list[0])
			require.NoError(t, err)
			assert.Equal(t, row.kept, why)
			left, err := os.ReadDir(state.Backups())
			require.NoError(t, err)
			if row.kept == "" && !row.dryRun {
				assert.Empty(t, left)
				return
			}
			assert.DirExists(t, directory)
		})
	}
}
