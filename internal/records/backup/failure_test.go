package backup_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errDisk = errors.New("input/output error")

// failingDisk is the real file system until call number failAt (from 1); that call fails,
// and with forGood every later one too. A write that fails leaves half of the file.
type failingDisk struct {
	backup.OS
	failAt  int
	forGood bool

	mu     sync.Mutex
	calls  int
	failed string // the operation that failed first
}

func (d *failingDisk) fails(operation string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.calls == d.failAt {
		d.failed = operation
	}
	return d.calls == d.failAt || d.forGood && d.calls > d.failAt
}

func (d *failingDisk) MkdirAll(path string) error {
	if d.fails("MkdirAll") {
		return errDisk
	}
	return d.OS.MkdirAll(path)
}

func (d *failingDisk) Mkdir(path string) error {
	if d.fails("Mkdir") {
		return errDisk
	}
	return d.OS.Mkdir(path)
}

func (d *failingDisk) WriteFile(path string, data []byte) error {
	if d.fails("WriteFile") {
		return errors.Join(errDisk, d.OS.WriteFile(path, data[:len(data)/2]))
	}
	return d.OS.WriteFile(path, data)
}

func (d *failingDisk) SyncDirectory(path string) error {
	if d.fails("SyncDirectory") {
		return errDisk
	}
	return d.OS.SyncDirectory(path)
}

func (d *failingDisk) Rename(from, to string) error {
	if d.fails("Rename") {
		return errDisk
	}
	return d.OS.Rename(from, to)
}

func (d *failingDisk) RemoveAll(path string) error {
	if d.fails("RemoveAll") {
		return errDisk
	}
	return d.OS.RemoveAll(path)
}

// backupsIn are the directories that can pass for a backup: a manifest under a name that
// is not a partial one.
func backupsIn(t *testing.T, parent string) []string {
	t.Helper()
	manifests, err := filepath.Glob(filepath.Join(parent, "*", backup.ManifestName))
	require.NoError(t, err)
	var found []string
	for _, path := range manifests {
		if directory := filepath.Dir(path); !strings.HasPrefix(filepath.Base(directory), ".partial-") {
			found = append(found, directory)
		}
	}
	return found
}

// callsOfAWrite is how many operations a backup takes when all goes well.
func callsOfAWrite(t *testing.T) int {
	t.Helper()
	disk := &failingDisk{}
	_, err := backup.Store{Directory: t.TempDir(), Disk: disk}.Write(manifest(), files())
	require.NoError(t, err)
	return disk.calls
}

func TestEveryOperationOfTheDiskFailsInTurn(t *testing.T) {
	t.Parallel()
	failed := map[string]int{}
	for n := range callsOfAWrite(t) {
		disk, parent := &failingDisk{failAt: n + 1}, t.TempDir()
		directory, err := backup.Store{Directory: parent, Disk: disk}.Write(manifest(), files())
		require.ErrorIs(t, err, errDisk, "call %d", n+1)
		assert.Empty(t, directory)
		assert.Empty(t, backupsIn(t, parent), "call %d, %s", n+1, disk.failed)
		assert.Empty(t, filesBelow(t, parent), "call %d, %s: what was half-made is taken away", n+1, disk.failed)
		failed[disk.failed]++
	}
	assert.Equal(t, map[string]int{"MkdirAll": 1, "Mkdir": 3, "WriteFile": 7, "SyncDirectory": 4, "Rename": 1}, failed)
}

// When the disk is gone for good nothing can be taken away. What is left has a partial
// name; only when the very last sync fails it has its final one, and is whole.
func TestTheDiskFailsForGood(t *testing.T) {
	t.Parallel()
	calls := callsOfAWrite(t)
	for n := range calls {
		t.Run(fmt.Sprintf("from call %d on", n+1), func(t *testing.T) {
			t.Parallel()
			disk, parent := &failingDisk{failAt: n + 1, forGood: true}, t.TempDir()
			_, err := backup.Store{Directory: parent, Disk: disk}.Write(manifest(), files())
			require.ErrorIs(t, err, errDisk)
			left := backupsIn(t, parent)
			if n+1 < calls {
				assert.Empty(t, left, disk.failed)
				return
			}
			require.Len(t, left, 1)
			requireWhole(t, left[0])
		})
	}
}

func TestErrorsSayWhatFailed(t *testing.T) {
	t.Parallel()
	wanted := map[string]string{
		"MkdirAll": "make the backup directory: ", "Mkdir": "make ", "WriteFile": "write ",
		"SyncDirectory": "sync ", "Rename": "finish the backup: ",
	}
	for n := range callsOfAWrite(t) {
		disk := &failingDisk{failAt: n + 1}
		_, err := backup.Store{Directory: t.TempDir(), Disk: disk}.Write(manifest(), files())
		require.Error(t, err)
		assert.True(t, strings.HasPrefix(err.Error(), wanted[disk.failed]), "%s: %v", disk.failed, err)
	}
}

func TestTheDirectoryIsAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("kept"), 0o600))
	for _, directory := range []string{file, filepath.Join(file, "backups"), filepath.Join(file, "a", "b")} {
		_, err := backup.Store{Directory: directory, Disk: backup.OS{}}.Write(manifest(), files())
		require.ErrorContains(t, err, "make the backup directory: ")
	}
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "kept", string(data))
}

func TestNoDirectoryGiven(t *testing.T) {
	t.Parallel()
	_, err := backup.Store{Disk: backup.OS{}}.Write(manifest(), files())
	require.Error(t, err)
}

func TestTwoFilesOfOneName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"status.json", backup.ManifestName} {
		parent := t.TempDir()
		_, err := backup.Store{Directory: parent, Disk: backup.OS{}}.Write(manifest(), append(files(), backup.File{Name: name}))
		require.ErrorIs(t, err, os.ErrExist)
		assert.Empty(t, filesBelow(t, parent))
	}
}

// fullDisk has every name taken.
type fullDisk struct{ backup.OS }

func (fullDisk) Mkdir(string) error { return os.ErrExist }

func TestEveryNameIsTaken(t *testing.T) {
	t.Parallel()
	_, err := backup.Store{Directory: t.TempDir(), Disk: fullDisk{}}.Write(manifest(), files())
	require.ErrorIs(t, err, os.ErrExist)
}
