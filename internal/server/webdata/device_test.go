package webdata_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// TestADeviceIsKnownByWhatItSaidLast: a device that can't be read now says no serial number, and
// its journal is found all the same.
func TestADeviceIsKnownByWhatItSaidLast(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan"}, 1)
	d.plan("run1", 0, "77", remediate.Change)
	d.end("run1", store.RunDone)
	d.now = d.now.AddDate(0, 0, 1)
	d.run(store.Run{ID: "run2", Action: "plan"}, 1)
	d.plan("run2", 0, "", remediate.Errored)
	d.end("run2", store.RunDone)
	d.kept["serial-77"] = []journal.Entry{
		{Time: noon, Run: "run1", Event: remediate.EventBackup, Detail: "/one"}, {Time: noon, Run: "run2", Event: remediate.EventBackup, Detail: "/two"},
	}
	device, err := d.Device(t.Context(), "https://sbc-0")
	require.NoError(t, err)
	assert.Equal(t, "run2", device.Head.ID)
	assert.Equal(t, remediate.Errored, device.Device.Plan.Verdict)
	require.Len(t, device.History, 2)
	assert.Equal(t, []string{"error", "change"}, []string{device.History[0].Word, device.History[1].Word}, "newest first")
	assert.Len(t, device.Journal, 2)
	assert.Equal(t, []web.BackupEntry{{Run: "run2", Taken: noon, Place: "/two"}, {Run: "run1", Taken: noon, Place: "/one"}}, device.Backups)

	delete(d.kept, "serial-77")
	device, err = d.Device(t.Context(), "https://sbc-0")
	require.NoError(t, err, "the rest is shown all the same")
	assert.Equal(t, "there is no journal serial-77", device.JournalError)
	_, err = d.Device(t.Context(), "https://sbc-9")
	assert.ErrorIs(t, err, web.ErrUnknown)
}

// TestABackupIsThatOfItsDeviceAndRun: the journal says where it is, and what is there must agree
// whose it is.
func TestABackupIsThatOfItsDeviceAndRun(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan"}, 2)
	d.plan("run1", 0, "1", remediate.Change)
	d.plan("run1", 1, "2", remediate.Change)
	d.end("run1", store.RunDone)
	inStore := func(kind string) string {
		kept, err := d.store.PutArtifact(t.Context(), store.Artifact{Run: "run1", Device: "serial-1", Kind: kind, Name: "sbc"}, []byte("packed"), nil)
		require.NoError(t, err)
		return fmt.Sprintf("store:%d", kept.ID)
	}
	place, other := inStore(evidence.PackedBackup), inStore("bug report")
	directory, err := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}.Write(
		backup.Manifest{Taken: noon, Serial: "1", Run: "run1", Contexts: []backup.Context{}}, []backup.File{{Name: "status.json", Data: []byte("{}")}})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		device     int
		run, place string
		want       error
	}{
		"its own":                 {0, "run1", place, nil},
		"its own directory":       {0, "run1", directory, nil},
		"another device":          {1, "run1", place, web.ErrUnknown},
		"another run":             {0, "run2", place, web.ErrUnknown},
		"another run's directory": {0, "run2", directory, web.ErrTrouble},
		"another thing":           {0, "run1", other, web.ErrUnknown},
		"none":                    {0, "run1", "store:99", web.ErrUnknown},
		"no number":               {0, "run1", "store:x", web.ErrUnknown},
		"a directory without":     {0, "run1", t.TempDir(), web.ErrTrouble},
	} {
		entry := journal.Entry{Event: remediate.EventBackup, Run: test.run, Detail: test.place}
		d.kept["serial-1"], d.kept["serial-2"] = []journal.Entry{entry}, []journal.Entry{entry}
		found, err := d.Backup(t.Context(), fmt.Sprintf("https://sbc-%d", test.device), test.run)
		if test.want != nil {
			assert.ErrorIs(t, err, test.want, name)
			assert.Empty(t, found.Data, name)
			continue
		}
		require.NoError(t, err, name)
		assert.NotEmpty(t, found.Data, name)
		assert.Regexp(t, `.\.tar\.gz$`, found.Name, name)
	}
	_, err = d.Backup(t.Context(), "https://sbc-0", "run9")
	assert.ErrorIs(t, err, web.ErrUnknown, "the journal has none of that run")
}

// TestFactsFromBeforeWritesAreCalledSo: a run that failed in the middle, or a restore, leaves other facts than were read.
func TestFactsFromBeforeWritesAreCalledSo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status remediate.Status
		wrote  bool
		want   string
	}{
		"failed after writes": {remediate.Failed, true, "run1"}, "failed before any": {remediate.Failed, false, ""},
		"rolled back": {remediate.RolledBack, true, "run1"}, "applied and verified": {remediate.Applied, true, ""},
	} {
		d := newTestProvider(t)
		d.run(store.Run{ID: "run1", Action: "apply"}, 1)
		d.plan("run1", 0, "77", remediate.Change)
		d.failed("run1", test.status, test.wrote)
		d.end("run1", store.RunDone)
		device, err := d.Device(t.Context(), "https://sbc-0")
		require.NoError(t, err, name)
		assert.Equal(t, test.want, device.BeforeWrites, name)
	}
}
