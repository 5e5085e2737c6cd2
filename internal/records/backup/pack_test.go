package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pack(t testing.TB, recipients ...age.Recipient) (string, []byte) {
	t.Helper()
	name, data, err := backup.Store{Recipients: recipients}.Pack(manifest(), files())
	require.NoError(t, err)
	return name, data
}

func inFolder(t testing.TB) backup.Store {
	return backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}
}

// TestAPackedBackupBecomesWhatWriteWrites: the same names, bytes and modes.
func TestAPackedBackupBecomesWhatWriteWrites(t *testing.T) {
	t.Parallel()
	name, data := pack(t)
	written := write(t, t.TempDir(), manifest())
	assert.Equal(t, filepath.Base(written), name)
	fetched, err := inFolder(t).Unpack(data)
	require.NoError(t, err)
	assert.Equal(t, name, filepath.Base(fetched.Directory))
	assert.Equal(t, filesBelow(t, written), filesBelow(t, fetched.Directory))
	require.NoError(t, filepath.WalkDir(fetched.Directory, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
	read, err := backup.Read(fetched.Directory)
	require.NoError(t, err)
	assert.Equal(t, read, fetched)
}

func TestAPackedBackupIsOpenedInMemory(t *testing.T) {
	t.Parallel()
	own := identity(t)
	for name, test := range map[string]struct {
		recipients []age.Recipient
		identities []age.Identity
	}{"plain": {}, "encrypted": {[]age.Recipient{own.Recipient()}, []age.Identity{own}}} {
		_, data := pack(t, test.recipients...)
		opened, err := backup.Open(data)
		require.NoError(t, err, name)
		assert.Empty(t, opened.Directory)
		for _, file := range files() {
			content, err := opened.File(file.Name, test.identities)
			require.NoError(t, err, name)
			assert.Equal(t, string(file.Data), string(content))
		}
	}
}

func TestADamagedPackedBackupLeavesNothing(t *testing.T) {
	t.Parallel()
	_, data := pack(t)
	folder := inFolder(t)
	same, kept := 0, 0
	for position := range data {
		broken := slices.Clone(data)
		broken[position] ^= 1 << (position % 8)
		open := folder.Unpack
		if position%50 != 0 { // without the disk it is faster
			open = backup.Open
		}
		if _, err := open(broken); err != nil {
			require.ErrorIs(t, err, backup.ErrDamaged, "at %d", position)
		} else if same++; position%50 == 0 {
			kept++ // a bit of the compression's own head, such as its time
		}
	}
	assert.Less(t, same, 20)
	entries, err := os.ReadDir(folder.Directory)
	require.NoError(t, err)
	assert.Len(t, entries, kept)
	for end := range len(data) {
		_, err := backup.Open(data[:end])
		require.ErrorIs(t, err, backup.ErrDamaged, "cut at %d", end)
	}
}

// entry is one entry of an archive that acfix did not make.
type entry struct {
	tar.Header
	data []byte
}

func archiveOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	for _, e := range entries {
		if e.Typeflag == 0 || e.Typeflag == tar.TypeReg {
			e.Size = int64(len(e.data))
		}
		require.NoError(t, archive.WriteHeader(&e.Header))
		_, err := archive.Write(e.data)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, compressed.Close())
	return packed.Bytes()
}

func TestHostileArchivesAreRefused(t *testing.T) {
	t.Parallel()
	good := filesBelow(t, write(t, t.TempDir(), manifest()))
	var whole []entry
	for _, name := range slices.Sorted(maps.Keys(good)) {
		whole = append(whole, entry{tar.Header{Name: name}, good[name]})
	}
	_, err := backup.Open(archiveOf(t, whole...))
	require.NoError(t, err, "as it should be")
	many := make([]entry, 1001)
	for i := range many {
		many[i] = entry{Header: tar.Header{Name: "x"}}
	}
	for name, more := range map[string][]entry{
		"above":             {{tar.Header{Name: "../outside"}, []byte("x")}},
		"above by a folder": {{tar.Header{Name: "tls-1/../../outside"}, []byte("x")}},
		"absolute":          {{tar.Header{Name: "/tmp/outside"}, []byte("x")}},
		"too deep":          {{tar.Header{Name: "a/b/c"}, []byte("x")}},
		"backslash":         {{tar.Header{Name: `a\b`}, []byte("x")}},
		"link":              {{tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, nil}},
		"hard link":         {{tar.Header{Name: "link", Typeflag: tar.TypeLink, Linkname: backup.ManifestName}, nil}},
		"device":            {{tar.Header{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, nil}},
		"folder":            {{tar.Header{Name: "folder", Typeflag: tar.TypeDir}, nil}},
		"not listed":        {{tar.Header{Name: "more"}, []byte("x")}},
		"twice":             {whole[0]},
		"second manifest":   {{tar.Header{Name: backup.ManifestName}, []byte("{}")}},
		"too many":          many,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := inFolder(t)
			for _, archive := range [][]byte{archiveOf(t, append(slices.Clip(more), whole...)...), archiveOf(t, append(slices.Clip(whole), more...)...)} {
				_, err := folder.Unpack(archive)
				require.ErrorIs(t, err, backup.ErrDamaged)
			}
			left, err := filepath.Glob(folder.Directory + "/*")
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("backup"), "empty": archiveOf(t), "too large": hugeArchive(t), "no manifest": archiveOf(t, entry{tar.Header{Name: "x"}, nil})} {
		_, err := backup.Open(data)
		require.ErrorIs(t, err, backup.ErrDamaged, name)
	}
}

// hugeArchive begins with a file that is larger than any of a backup.
func hugeArchive(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	require.NoError(t, tar.NewWriter(compressed).WriteHeader(&tar.Header{Name: "large", Size: 65 << 20}))
	require.NoError(t, compressed.Close())
	return packed.Bytes()
}

func FuzzOpen(f *testing.F) {
	_, data := pack(f)
	f.Add(data)
	f.Add(archiveOf(f, entry{tar.Header{Name: "../x"}, []byte("x")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := backup.Open(data)
		if err != nil {
			require.ErrorIs(t, err, backup.ErrDamaged)
			return
		}
		fetched, err := inFolder(t).Unpack(data)
		require.NoError(t, err)
		read, err := backup.Read(fetched.Directory)
		require.NoError(t, err, "what opens can be kept and read again")
		require.Equal(t, read.Manifest, opened.Manifest)
	})
}
