package journal

import (
	"os"
	"syscall"
	"testing"

	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheRoomOfARunIsTakenOnDisk, in no other file, and freed with the journal, whose size is that of its entries
// throughout. A size alone would be a promise of the file system's.
func TestTheRoomOfARunIsTakenOnDisk(t *testing.T) {
	t.Parallel()
	folder := Folder(t.TempDir())
	require.NoError(t, folder.Append("serial-1", Entry{Event: remediate.EventBackup}))
	taken := func() (size, blocks int64) {
		info, err := os.Stat(folder.Path("serial-1"))
		require.NoError(t, err)
		system, ok := info.Sys().(*syscall.Stat_t)
		require.True(t, ok)
		return info.Size(), system.Blocks * 512
	}
	before, _ := taken()
	file, err := folder.Open("serial-1")
	require.NoError(t, err)
	size, blocks := taken()
	assert.Equal(t, before, size)
	assert.GreaterOrEqual(t, blocks, int64(room))
	require.NoError(t, file.Record(Entry{Event: remediate.EventBackup}))
	require.NoError(t, file.Close())
	size, blocks = taken()
	assert.Equal(t, 2*before, size)
	assert.Less(t, blocks, int64(room))
	entries, err := folder.Read("serial-1")
	require.NoError(t, err)
	assert.Len(t, entries, 2)
	files, err := os.ReadDir(string(folder))
	require.NoError(t, err)
	assert.Len(t, files, 1)
}

// TestTheNextRunFreesTheRoomOfAKilledOne.
func TestTheNextRunFreesTheRoomOfAKilledOne(t *testing.T) {
	t.Parallel()
	folder := Folder(t.TempDir())
	killed, err := folder.Open("serial-1")
	require.NoError(t, err)
	require.NoError(t, killed.file.Close())
	next, err := folder.Open("serial-1")
	require.NoError(t, err)
	require.NoError(t, next.Close())
	info, err := os.Stat(folder.Path("serial-1"))
	require.NoError(t, err)
	system, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	assert.Zero(t, system.Blocks)
}
