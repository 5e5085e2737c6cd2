package evidence_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	root  = strings.Repeat("cafe", 16)
	today = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	sbc   = evidence.Subject{Target: "sbc", URL: "https://sbc.example.com", Serial: "5740500"}
)

// machine is a state directory of its own.
func machine(t *testing.T) evidence.Files {
	t.Helper()
	state := statedir.Directory(filepath.Join(t.TempDir(), "acfix"))
	return evidence.Files{
		State:   func() (statedir.Directory, error) { return state, nil },
		Backups: evidence.Backups{Store: backup.Store{Disk: backup.OS{}}, Acfix: "1.2.3"},
		Now:     func() time.Time { return today },
	}
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// shared is a process of a machine that keeps its evidence in a store.
func shared(t *testing.T, files evidence.Files, opened *store.Store, name string) evidence.Shared {
	t.Helper()
	clock := retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}
	return evidence.Shared{
		Files:    files,
		Holder:   store.Holder{Store: opened, Name: name, Term: time.Hour, Clock: clock},
		Patience: store.Patience{Clock: clock, Outage: &store.Outage{}, Warn: func(string) {}},
		Abort:    t.Context(),
	}
}

// keepers runs a test with files, and with a store that machines share.
func keepers(t *testing.T, test func(*testing.T, evidence.Keeper)) {
	t.Helper()
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, machine(t))
	})
	t.Run("shared", func(t *testing.T) {
		t.Parallel()
		test(t, shared(t, machine(t), openStore(t), "this process"))
	})
}

func hold(t *testing.T, kept evidence.Keeper, device evidence.Subject) evidence.Grip {
	t.Helper()
	held, failure := kept.Hold(t.Context(), "run", device, time.Minute)
	require.Nil(t, failure)
	return held
}

func TestTheJournalIsReadAsItWasWritten(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		held := hold(t, kept, sbc)
		defer held.Release()
		record, closeJournal, err := held.Journal()
		require.NoError(t, err)
		one := 1
		imported := &remediate.Step{Kind: remediate.StepImportRoot, Context: &one, Root: "G2", SHA256: root}
		for _, written := range []remediate.Record{
			{Event: remediate.EventStart},
			{Event: remediate.EventBackup, Detail: "backups/1", Baseline: remediate.Baseline{"table": "digest"}, Clean: true},
			{Event: remediate.EventIntent, Step: imported},
		} {
			require.NoError(t, record(written))
		}
		closeJournal()

		entries, err := kept.Entries(sbc)
		require.NoError(t, err)
		whole := journal.Entry{Time: today, Run: "run", Target: "sbc", Serial: "5740500"}
		start, archived, intent := whole, whole, whole
		start.Event = remediate.EventStart
		archived.Event, archived.Detail, archived.Baseline, archived.Clean = remediate.EventBackup, "backups/1", map[string]string{"table": "digest"}, true
		intent.Event, intent.Kind, intent.Context, intent.Root = remediate.EventIntent, "import_root", &one, root
		assert.Equal(t, []journal.Entry{start, archived, intent}, entries)

		earlier, err := evidence.Earlier(kept, sbc)
		require.NoError(t, err)
		assert.Equal(t, remediate.Earlier{
			Died:     "run, begun 2026-11-22 03:00:00 UTC",
			Baseline: remediate.Baseline{"table": "digest"},
			Unsaved:  []remediate.OwnChange{{Kind: remediate.StepImportRoot, Context: 1, Root: root}},
		}, earlier)
	})
}

func TestADeviceWithoutJournalHasNoPast(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		earlier, err := evidence.Earlier(kept, sbc)
		require.NoError(t, err)
		assert.Zero(t, earlier)
	})
}

func TestAWishToStopEndsTheWait(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		held := hold(t, kept, sbc)
		defer held.Release()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, failure := kept.Hold(ctx, "another", sbc, time.Hour)
		require.NotNil(t, failure)
		assert.Equal(t, remediate.Fail(remediate.ErrInterrupted), failure)
	})
}

// TestAFileInTheWayIsNoLock: what can't be kept is said to be that, not another run.
func TestAFileInTheWayIsNoLock(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		files, isFiles := kept.(evidence.Files)
		if !isFiles {
			files = kept.(evidence.Shared).Files
		}
		state, err := files.State()
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(string(state), 0o700))
		require.NoError(t, os.WriteFile(string(state.Locks()), nil, 0o600))
		_, failure := kept.Hold(t.Context(), "run", sbc, time.Minute)
		require.NotNil(t, failure)
		assert.Equal(t, remediate.CodeBackupFailed, failure.Code)
		assert.Contains(t, failure.Message, remediate.ErrJournal.Error())
	})
}

// TestWithoutAStateDirectory nothing is written, and a shared journal can be read.
func TestWithoutAStateDirectory(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		homeless := func() (statedir.Directory, error) { return "", statedir.ErrNoHome }
		switch keeper := kept.(type) {
		case evidence.Files:
			keeper.State = homeless
			_, err := keeper.Entries(sbc)
			require.ErrorIs(t, err, statedir.ErrNoHome)
			kept = keeper
		case evidence.Shared:
			keeper.Files.State = homeless
			_, err := keeper.Entries(sbc)
			require.NoError(t, err)
			kept = keeper
		}
		_, failure := kept.Hold(t.Context(), "run", sbc, time.Minute)
		require.NotNil(t, failure)
		assert.Contains(t, failure.Message, statedir.ErrNoHome.Error())
	})
}

// snapshot is a device whose context 1 has no store that could be read.
func snapshot() remediate.Snapshot {
	const configuration = "[ TLSContexts ]\nFORMAT Index = Name;\nTLSContexts 0 = \"default\";\nTLSContexts 1 = \"Teams\";\n[ \\TLSContexts ]\n"
	read := remediate.Snapshot{Taken: today, Configuration: audiocodes.Configuration{Raw: configuration}, Contexts: []remediate.ContextFiles{
		{ID: 0, Name: "default", Roots: audiocodes.TrustedRoots{PEM: []byte("roots of 0")}, Certificate: []byte("certificate of 0")},
		{ID: 1, Name: "Teams", Roots: audiocodes.TrustedRoots{Absent: 404}},
	}}
	read.Status.Product, read.Status.Serial, read.Status.Firmware, read.Status.Raw = "Mediant VE", "5740500", "7.40A.500.357", []byte(`{}`)
	return read
}

// open reads a backup by the name that Archive gave it.
func open(t *testing.T, kept evidence.Keeper, place string) backup.Backup {
	t.Helper()
	keeper, isShared := kept.(evidence.Shared)
	if !isShared {
		read, err := backup.Read(place)
		require.NoError(t, err)
		return read
	}
	require.Equal(t, evidence.InStore+"1", place)
	artifact, data, err := keeper.Holder.Store.Artifact(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, evidence.PackedBackup, artifact.Kind)
	assert.Equal(t, "serial-5740500", artifact.Device)
	assert.Equal(t, "run", artifact.Run)
	read, err := backup.Open(data)
	require.NoError(t, err)
	return read
}

func TestABackupIsWhatARestoreGoesBackTo(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		held := hold(t, kept, sbc)
		defer held.Release()
		one := 1
		steps := []remediate.Step{{Kind: remediate.StepImportRoot, Context: &one, Root: "G2", SHA256: root}}
		place, err := held.Archive(snapshot(), remediate.DevicePlan{Steps: steps})
		require.NoError(t, err)
		read := open(t, kept, place)

		manifest := read.Manifest
		assert.Equal(t, []string{"1.2.3", "sbc", "https://sbc.example.com", "run", "Mediant VE", "5740500", "7.40A.500.357"},
			[]string{manifest.Acfix, manifest.Target, manifest.URL, manifest.Run, manifest.Product, manifest.Serial, manifest.Firmware})
		certificate, err := read.File(manifest.Contexts[0].Certificate, nil)
		require.NoError(t, err)
		assert.Equal(t, "certificate of 0", string(certificate))
		assert.Empty(t, manifest.Contexts[1].Certificate)

		point, err := evidence.RestorePoint(read, nil)
		require.NoError(t, err)
		assert.Equal(t, steps, point.Steps)
		before, wanted := point.Before, snapshot()
		assert.Equal(t, wanted.Configuration.Raw, before.Configuration.Raw)
		assert.Equal(t, wanted.Contexts[0].Roots, before.Contexts[0].Roots)
		assert.Equal(t, 404, before.Contexts[1].Roots.Absent, "or a restore would empty it")
	})
}

func TestBackupsGoWhereTheyAreTold(t *testing.T) {
	t.Parallel()
	files := machine(t)
	state, err := files.State()
	require.NoError(t, err)
	own := t.TempDir()
	for name, directory := range map[string]string{state.Backups(): "", own: own} {
		files.Backups.Store.Directory = directory
		held := hold(t, files, sbc)
		place, err := held.Archive(snapshot(), remediate.DevicePlan{})
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(place, name+string(filepath.Separator)), place)
		held.Release()
	}
}
