//go:build unix

package ownership

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fileIn makes a file of a mode in a folder of a mode, whoever runs this.
func fileIn(t *testing.T, folder, file fs.FileMode) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "folder")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path, []byte("content"), 0o600))
	require.NoError(t, os.Chmod(path, file))
	require.NoError(t, os.Chmod(dir, folder))
	return path
}

func TestARealFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		folder, file fs.FileMode
		refused      string
	}{
		{0o700, 0o600, ""},
		{0o755, 0o644, ""},
		{0o777 | fs.ModeSticky, 0o600, ""},
		{0o700, 0o666, "any user can write to it (mode 0666)"},
		{0o700, 0o622, "any user can write to it (mode 0622)"},
		{0o777, 0o600, "any user can write to its folder"},
		{0o777 | fs.ModeSticky, 0o602, "any user can write to it"},
		{0o311, 0o600, ""},
		{0o333, 0o600, "any user can write to its folder"},
	} {
		path := fileIn(t, row.folder, row.file)
		file, err := For(os.Geteuid()).Open(path)
		if row.refused != "" {
			require.ErrorIs(t, err, ErrRefused, "%o in %o", row.file, row.folder)
			require.ErrorContains(t, err, row.refused)
			require.Nil(t, file)
		} else {
			require.NoError(t, err, "%o in %o", row.file, row.folder)
			content, err := io.ReadAll(file)
			require.NoError(t, err)
			assert.Equal(t, "content", string(content))
			require.NoError(t, file.Close())
		}
		require.NoError(t, os.Chmod(filepath.Dir(path), 0o700)) // so that it can be removed
	}
}

// TestALinkDoesNotHideAFolder: whoever can put another link there, or another file where it
// leads to, decides.
func TestALinkDoesNotHideAFolder(t *testing.T) {
	t.Parallel()
	good, bad := fileIn(t, 0o700, 0o600), fileIn(t, 0o777, 0o600)
	for _, row := range []struct {
		folder, target string
		refused        bool
	}{{bad, good, true}, {good, bad, true}, {good, good, false}} {
		link := filepath.Join(filepath.Dir(row.folder), "link")
		_ = os.Remove(link)
		require.NoError(t, os.Symlink(row.target, link))
		file, err := For(os.Geteuid()).Open(link)
		if row.refused {
			assert.ErrorContains(t, err, "any user can write to its folder", row)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
}

// TestWhatIsReadIsWhatWasLookedAt: a file that was put in its place meanwhile is another.
func TestWhatIsReadIsWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	path := fileIn(t, 0o700, 0o600)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	require.NoError(t, For(os.Geteuid()).Check(file, path))
	require.NoError(t, os.Rename(path, path+".old"))
	require.NoError(t, os.WriteFile(path, []byte("another"), 0o600))
	err = For(os.Geteuid()).Check(file, path)
	require.ErrorIs(t, err, ErrRefused)
	assert.ErrorContains(t, err, "another file was put in its place")
}

// TestAPipeOfTheShells as in "--password-file <(pass show sbc)".
func TestAPipeOfTheShells(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _, _ = reader.Close(), writer.Close() }()
	require.NoError(t, For(os.Geteuid()).Check(reader, path))
}

// TestATrustedOwner: the file belongs to another user than the one who runs this.
func TestATrustedOwner(t *testing.T) {
	t.Parallel()
	const stranger = 4711
	path := fileIn(t, 0o700, 0o600)
	user, owner := stranger, os.Geteuid()
	if os.Geteuid() == 0 { // root's own files may always decide
		user, owner = 0, stranger
		require.NoError(t, os.Chown(path, owner, -1))
		require.NoError(t, os.Chown(filepath.Dir(path), owner, -1))
	}
	_, err := For(user).Open(path)
	require.ErrorIs(t, err, ErrRefused)
	assert.ErrorContains(t, err, fmt.Sprintf("belongs to the user with number %d", owner))
	file, err := For(user, owner).Open(path)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, os.Chmod(path, 0o666))
	_, err = For(user, owner).Open(path)
	require.ErrorContains(t, err, "any user can write to it")
}

func TestWhatIsNotThereIsNotRefused(t *testing.T) {
	t.Parallel()
	_, err := For(os.Geteuid()).Open(filepath.Join(t.TempDir(), "nowhere"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.NotErrorIs(t, err, ErrRefused)
}

// TestTheZeroGuardTrustsRootAlone: one that was forgotten refuses.
func TestTheZeroGuardTrustsRootAlone(t *testing.T) {
	t.Parallel()
	file, err := Guard{}.Open(fileIn(t, 0o700, 0o600))
	if os.Geteuid() == 0 {
		require.NoError(t, err)
		require.NoError(t, file.Close())
		return
	}
	require.ErrorIs(t, err, ErrRefused)
}
