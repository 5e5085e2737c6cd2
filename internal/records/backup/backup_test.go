package backup_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var taken = time.Date(2026, 11, 22, 13, 14, 15, 0, time.FixedZone("CET", 3600))

func manifest() backup.Manifest {
	return backup.Manifest{
		Schema: "whatever the caller says", Acfix: "1.2.3", Taken: taken,
		Target: "sbc1.example.com", URL: "https://sbc1.example.com",
		Product: "Mediant VE SBC", Serial: "1234567", Firmware: "7.40A.500.357",
		Contexts: []backup.Context{
			{ID: 0, Name: "default", TrustedRoots: "tls-0/trusted-roots.pem", Absent: 404},
			{ID: 1, Name: "Teams", TrustedRoots: "tls-1/trusted-roots.pem", Certificate: "tls-1/certificate.pem"},
		},
		Files: []backup.Entry{{Name: "not there"}},
	}
}

func files() []backup.File {
	return []backup.File{
		{Name: "status.json", Data: []byte(`{"saveNeeded":false}`)},
		{Name: "configuration.ini", Data: []byte("[ A ]\r\n[ \\A ]\r\n")},
		{Name: "tls-0/trusted-roots.pem"},
		{Name: "tls-1/trusted-roots.pem", Data: []byte("roots\n")},
		{Name: "tls-1/certificate.pem", Data: []byte("\x00\xff")},
	}
}

func write(t *testing.T, directory string, manifest backup.Manifest) string {
	t.Helper()
	path, err := backup.Store{Directory: directory, Disk: backup.OS{}}.Write(manifest, files())
	require.NoError(t, err)
	return path
}

func readManifest(t *testing.T, directory string) backup.Manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(directory, backup.ManifestName))
	require.NoError(t, err)
	var manifest backup.Manifest
	require.NoError(t, json.Unmarshal(text, &manifest))
	return manifest
}

// filesBelow are all files of a directory, by slash-separated name.
func filesBelow(t *testing.T, directory string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(directory, path)
		found[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	}))
	return found
}

// requireWhole checks that the manifest lists every other file as it is on disk.
func requireWhole(t *testing.T, directory string) {
	t.Helper()
	manifest, found := readManifest(t, directory), filesBelow(t, directory)
	require.Len(t, manifest.Files, len(found)-2)
	for _, entry := range manifest.Files {
		data, there := found[entry.Name]
		require.True(t, there, entry.Name)
		sum := sha256.Sum256(data)
		require.Equal(t, hex.EncodeToString(sum[:]), entry.SHA256, entry.Name)
		require.Equal(t, len(data), entry.Size, entry.Name)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "state", "acfix", "backups")
	directory := write(t, parent, manifest())
	assert.Equal(t, filepath.Join(parent, "sbc1.example.com_1234567_20261122T121415Z"), directory, "the time in UTC")

	found := filesBelow(t, directory)
	require.Len(t, found, len(files())+2)
	for _, file := range files() {
		assert.Equal(t, string(file.Data), string(found[file.Name]), file.Name)
	}
	requireWhole(t, directory)

	got := readManifest(t, directory)
	wanted := manifest()
	wanted.Schema, wanted.Files = backup.ManifestSchema, got.Files
	wanted.Steps = []backup.Step{}
	assert.True(t, wanted.Taken.Equal(got.Taken))
	wanted.Taken = got.Taken
	assert.Equal(t, wanted, got)
	assert.Equal(t, "status.json", got.Files[0].Name, "in the order given")

	left, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, left, 1, "no partial directory is left")
}

func TestManifestKeys(t *testing.T) {
	t.Parallel()
	text := string(filesBelow(t, write(t, t.TempDir(), manifest()))[backup.ManifestName])
	assert.True(t, strings.HasPrefix(text, "{\n  \"schema\": \"acfix.backup-manifest/v1\",\n"), "the schema comes first")
	assert.True(t, strings.HasSuffix(text, "}\n"))
	for _, key := range []string{"acfix", "taken", "target", "url", "product", "serial", "firmware", "contexts", "steps", "encryption", "files",
		"id", "name", "trusted_roots", "absent", "certificate", "size", "sha256"} {
		assert.Contains(t, text, `"`+key+`": `)
	}
}

func TestWriteWithoutFiles(t *testing.T) {
	t.Parallel()
	directory, err := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}.Write(manifest(), nil)
	require.NoError(t, err)
	assert.Contains(t, string(filesBelow(t, directory)[backup.ManifestName]), `"files": []`, "a list, not null")
}

func TestWriteLeavesTheCallersFilesAlone(t *testing.T) {
	t.Parallel()
	all := append(files(), backup.File{Name: "kept"})
	_, err := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}}.Write(manifest(), all[:len(all)-1])
	require.NoError(t, err)
	assert.Equal(t, "kept", all[len(all)-1].Name)
}

func TestBackupsOfOneSecondGetNumbers(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	first, second, third := write(t, parent, manifest()), write(t, parent, manifest()), write(t, parent, manifest())
	assert.Equal(t, first+"-2", second)
	assert.Equal(t, first+"-3", third)
	for _, directory := range []string{first, second, third} {
		requireWhole(t, directory)
	}
}

func TestBackupsAtTheSameTimeDoNotMeet(t *testing.T) {
	t.Parallel()
	const writers = 16
	parent := t.TempDir()
	directories, errs := make([]string, writers), make([]error, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			directories[i], errs[i] = backup.Store{Directory: parent, Disk: backup.OS{}}.Write(manifest(), files())
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for i, directory := range directories {
		require.NoError(t, errs[i])
		assert.False(t, seen[directory], "%s was given twice", directory)
		seen[directory] = true
		requireWhole(t, directory)
	}
}

func TestAPartialDirectoryOfAnotherRunIsLeftAlone(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	stale := filepath.Join(parent, ".partial-sbc1.example.com_1234567_20261122T121415Z")
	require.NoError(t, os.Mkdir(stale, 0o700))
	directory := write(t, parent, manifest())
	assert.True(t, strings.HasSuffix(directory, "-2"))
	assert.DirExists(t, stale)
}

func TestForeignNamesStayInTheDirectory(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	tests := map[string]struct{ target, serial, wanted string }{
		"plain":                 {"10.0.0.1", "42", "10.0.0.1_42"},
		"a URL":                 {"https://10.0.0.1:8443", "42", "10.0.0.1-8443_42"},
		"a URL with a path":     {"http://sbc.example.com/sbc", "42", "sbc.example.com-sbc_42"},
		"an IPv6 address":       {"https://[2001:db8::1]", "42", "2001-db8--1_42"},
		"parents":               {"../../x", "../../../etc/passwd", "x_etc-passwd"},
		"parents with \\":       {`..\..\x`, `C:\x`, "x_C--x"},
		"only dots":             {"..", ".", "unknown_unknown"},
		"absolute":              {"/etc/passwd", "/", "etc-passwd_unknown"},
		"hidden":                {".partial-x", ".x", "partial-x_x"},
		"empty":                 {"", "", "unknown_unknown"},
		"control characters":    {"a\x00b\nc\x1b[31m", "\r\n", "a-b-c--31m_unknown"},
		"letters beyond ASCII":  {"Zürich", "\u202e42", "Z-rich_42"},
		"invalid UTF-8":         {"a\xffb", "42", "a-b_42"},
		"the separator":         {"a_b", "1_2", "a-b_1-2"},
		"blanks and shell text": {"a b;$(c)", "*", "a-b---c_unknown"},
		"very long":             {long, long, long[:80] + "_" + long[:80]},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outside := t.TempDir()
			parent := filepath.Join(outside, "a", "b", "backups")
			foreign := manifest()
			foreign.Target, foreign.Serial = test.target, test.serial
			directory := write(t, parent, foreign)

			assert.Equal(t, filepath.Join(parent, test.wanted+"_20261122T121415Z"), directory)
			assert.Len(t, filesBelow(t, outside), len(files())+2, "nothing was written elsewhere")
			assert.Len(t, filesBelow(t, directory), len(files())+2)
			assert.Equal(t, strings.ToValidUTF8(test.target, "\ufffd"), readManifest(t, directory).Target, "the manifest has the name as it is")
		})
	}
}

func TestFileNamesStayInTheDirectory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../x", "../../x", "/etc/x", "tls-0/../../x", "", ".", "tls-0/", "tls-0//x", "a\x00b"} {
		outside := t.TempDir()
		_, err := backup.Store{Directory: filepath.Join(outside, "backups"), Disk: backup.OS{}}.
			Write(manifest(), []backup.File{{Name: name, Data: []byte("x")}})
		require.Error(t, err, "%q", name)
		assert.Empty(t, filesBelow(t, outside), "%q", name)
	}
}
