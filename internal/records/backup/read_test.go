package backup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatWasWrittenIsRead(t *testing.T) {
	t.Parallel()
	wanted := manifest()
	one := 1
	wanted.Steps = []backup.Step{{Kind: "backup"}, {Kind: "import_root", Context: &one, Root: "A", SHA256: strings.Repeat("a", 64)}}
	directory := write(t, t.TempDir(), wanted)
	kept, err := backup.Read(directory)
	require.NoError(t, err)
	assert.Equal(t, directory, kept.Directory)
	assert.Equal(t, wanted.Steps, kept.Manifest.Steps)
	assert.Equal(t, wanted.Serial, kept.Manifest.Serial)
	for _, file := range files() {
		data, err := kept.File(file.Name, nil)
		require.NoError(t, err, file.Name)
		assert.Equal(t, string(file.Data), string(data), file.Name)
	}
	_, err = kept.File("tls-2/trusted-roots.pem", nil)
	require.ErrorIs(t, err, backup.ErrDamaged)
}

// TestAFlippedByteIsFound flips one bit of every byte of every file of a backup, encrypted
// and not.
func TestAFlippedByteIsFound(t *testing.T) {
	for name, recipients := range map[string][]age.Recipient{"plain": nil, "encrypted": {identity(t).Recipient()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}, Recipients: recipients}
			directory, err := store.Write(manifest(), files())
			require.NoError(t, err)
			all := filesBelow(t, directory)
			require.Len(t, all, len(files())+2)
			for file, data := range all {
				path := filepath.Join(directory, filepath.FromSlash(file))
				for position := range data {
					broken := append([]byte{}, data...)
					broken[position] ^= 1 << (position % 8)
					require.NoError(t, os.WriteFile(path, broken, 0o600))
					_, err := backup.Read(directory)
					require.ErrorIs(t, err, backup.ErrDamaged, "%s at %d", file, position)
				}
				require.NoError(t, os.WriteFile(path, data, 0o600))
			}
			_, err = backup.Read(directory)
			require.NoError(t, err, "whole again")
		})
	}
}

func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("roots\n"), 0o600))
	remove := func(name string) func(string) error {
		return func(d string) error { return os.Remove(filepath.Join(d, name)) }
	}
	add := func(name, text string) func(string) error {
		return func(d string) error {
			file, err := os.OpenFile(filepath.Join(d, name), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
			if err == nil {
				_, err = file.WriteString(text)
				_ = file.Close()
			}
			return err
		}
	}
	for name, row := range map[string]struct {
		damage func(directory string) error
		says   string
	}{
		"a file is gone":          {remove("tls-1/trusted-roots.pem"), "no such file"},
		"an empty file is gone":   {remove("tls-0/trusted-roots.pem"), "no such file"},
		"the manifest is gone":    {remove(backup.ManifestName), "manifest.json: no such file"},
		"the digest is gone":      {remove(backup.DigestName), "manifest.sha256: no such file"},
		"a file grew":             {add("tls-1/trusted-roots.pem", "x"), "more than 6 bytes"},
		"a file was cut":          {func(d string) error { return os.Truncate(filepath.Join(d, "configuration.ini"), 3) }, "has 3 bytes"},
		"a file more":             {add("tls-1/other.pem", "x"), `"tls-1/other.pem" is in it`},
		"an empty file more":      {add("x", ""), `"x" is in it`},
		"a folder more":           {func(d string) error { return os.Mkdir(filepath.Join(d, "tls-7"), 0o700) }, `"tls-7" is in it`},
		"the manifest grew":       {add(backup.ManifestName, "\n"), "does not have the SHA-256"},
		"a huge manifest":         {add(backup.ManifestName, strings.Repeat(" ", 2<<20)), "more than 1048576 bytes"},
		"a folder is a link":      {relink("tls-1", t.TempDir()), `"tls-1" is in it`},
		"a file is a link":        {relink("tls-1/trusted-roots.pem", outside), `"tls-1/trusted-roots.pem" is in it`},
		"the manifest is a link":  {relink(backup.ManifestName, outside), "not a regular file"},
		"a file is a folder":      {replaceByFolder("status.json"), `"status.json" is in it`},
		"the manifest, and a dir": {replaceByFolder(backup.ManifestName), "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := write(t, t.TempDir(), manifest())
			require.NoError(t, row.damage(directory))
			_, err := backup.Read(directory)
			require.ErrorIs(t, err, backup.ErrDamaged)
			assert.ErrorContains(t, err, row.says)
		})
	}
}

func relink(name, to string) func(string) error {
	return func(directory string) error {
		path := filepath.Join(directory, name)
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		return os.Symlink(to, path)
	}
}

func replaceByFolder(name string) func(string) error {
	return func(directory string) error {
		path := filepath.Join(directory, name)
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Mkdir(path, 0o700)
	}
}

func TestWhatIsNoDirectoryIsNotDamaged(t *testing.T) {
	t.Parallel()
	_, err := backup.Read(filepath.Join(t.TempDir(), "nowhere"))
	require.Error(t, err)
	assert.NotErrorIs(t, err, backup.ErrDamaged)
}

func TestList(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "backups")
	list, err := backup.List(parent)
	require.NoError(t, err)
	assert.Empty(t, list, "no directory")

	first, second := write(t, parent, manifest()), write(t, parent, manifest())
	require.NoError(t, os.Mkdir(filepath.Join(parent, "something else"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(parent, "file"), nil, 0o600))
	require.NoError(t, os.Rename(write(t, parent, manifest()), filepath.Join(parent, ".partial-x")))
	require.NoError(t, os.WriteFile(filepath.Join(second, backup.ManifestName), []byte("{}"), 0o600))
	list, err = backup.List(parent)
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, first, list[0].Directory)
	require.NoError(t, list[0].Err)
	assert.Equal(t, manifest().Serial, list[0].Manifest.Serial)
	require.ErrorIs(t, list[1].Err, backup.ErrDamaged)
}
