package journal

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheRoomOfARunIsTakenOnDisk: a size alone would be a promise of the file system's.
func TestTheRoomOfARunIsTakenOnDisk(t *testing.T) {
	t.Parallel()
	file, err := Folder(t.TempDir()).Open("serial-1")
	require.NoError(t, err)
	info, err := os.Stat(file.reserve)
	require.NoError(t, err)
	taken, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	assert.GreaterOrEqual(t, taken.Blocks*512, int64(room))
	require.NoError(t, file.Close())
	assert.NoFileExists(t, file.reserve)
}
