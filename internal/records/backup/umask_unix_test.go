//go:build unix

package backup_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The umask is the whole process's, so this test must not be parallel: the parallel ones
// wait until it is over.
func TestModesWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077, 0o377, 0o777} {
		outside := t.TempDir()
		parent := filepath.Join(outside, "state", "backups")
		_, err := writeWithUmask(parent, umask)
		require.NoError(t, err, "umask %04o", umask)
		require.NoError(t, filepath.WalkDir(outside, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || path == outside {
				return err
			}
			info, err := entry.Info()
			require.NoError(t, err)
			wanted := fs.FileMode(0o600)
			if entry.IsDir() {
				wanted = 0o700
			}
			assert.Equal(t, wanted, info.Mode().Perm(), "umask %04o: %s", umask, path)
			return nil
		}))
		assert.Len(t, filesBelow(t, outside), len(files())+2)
	}
}

func writeWithUmask(directory string, umask int) (string, error) {
	defer syscall.Umask(syscall.Umask(umask))
	return backup.Store{Directory: directory, Disk: backup.OS{}}.Write(manifest(), files())
}

func TestADirectoryThatIsThereKeepsItsMode(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "backups")
	require.NoError(t, os.Mkdir(parent, 0o700))
	require.NoError(t, os.Chmod(parent, 0o755))
	directory := write(t, parent, manifest())
	for path, wanted := range map[string]fs.FileMode{parent: 0o755, directory: 0o700} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, wanted, info.Mode().Perm(), path)
	}
}
