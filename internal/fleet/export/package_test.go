package export_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// marks are parts of the private key in the packages: as it is written there, and what it says.
var marks = []string{"UExBTlRFRC1LRVkt", "PLANTED-KEY", "PRIVATE KEY"}

func typed(password string) func(string) (string, error) {
	return func(string) (string, error) { return password, nil }
}

func TestPackagesAreRead(t *testing.T) {
	t.Parallel()
	for name, reader := range map[string]export.Reader{
		"plain.7z":  {},
		"locked.7z": {Password: typed("Secret-1")},
		"hidden.7z": {Password: typed("Secret-1")},
		"nested.7z": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := reader.Read(filepath.Join("testdata", name))
			require.NoError(t, err)
			checkRead(t, read, name != "nested.7z")
		})
	}
}

func checkRead(t *testing.T, read remediate.Export, both bool) {
	t.Helper()
	assert.Equal(t, remediate.SourcePackage, read.Source.Kind)
	assert.Equal(t, "7.40A.500.357", read.Status.Firmware)
	assert.Equal(t, "5740500", read.Status.Serial)
	assert.Contains(t, string(read.Stores[1].PEM), "BEGIN CERTIFICATE")
	_, given := read.Stores[0]
	assert.Equal(t, both, given, "an empty file is an empty store; without a file the store is unknown")
	shown := fmt.Sprintf("%+v %s", read, read.Stores[1].PEM)
	for _, mark := range marks {
		assert.NotContains(t, shown, mark)
	}
}

// member is a file of an archive that a test makes.
type member struct {
	name     string
	data     []byte
	modified time.Time
}

func tarGz(t *testing.T, members ...member) string {
	t.Helper()
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	require.NoError(t, err)
	archive := tar.NewWriter(zip)
	for _, m := range members {
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.data)), Typeflag: tar.TypeReg, ModTime: m.modified}))
		_, err := archive.Write(m.data)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zip.Close())
	return written(t, "package.tar.gz", packed.Bytes())
}

func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func file(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return data
}

func presetINI(t *testing.T) []byte {
	t.Helper()
	return file(t, "..", "..", "..", "mockdevice", "presets", "7.4.500.ini")
}

func root(t *testing.T) []byte {
	t.Helper()
	return file(t, "..", "..", "..", "certs", "roots", "digicert-global-root-g2.pem")
}

func TestTarPackagesAreRead(t *testing.T) {
	t.Parallel()
	key := member{name: "Teams.pkey", data: []byte("-----BEGIN PRIVATE KEY-----\nUExBTlRFRC1LRVktbmV2ZXItc2hvd24=\n-----END PRIVATE KEY-----\n")}
	for name, members := range map[string][]member{
		"by name":        {{name: "ini.ini", data: presetINI(t)}, {name: "Teams.root", data: root(t)}, key, {name: "default.root", data: nil}},
		"by number":      {{name: "ini.ini", data: presetINI(t)}, {name: "1.root", data: root(t)}, key, {name: "0.root", data: nil}},
		"in folders":     {{name: "./a/ini.ini", data: presetINI(t)}, {name: "./a/b/TEAMS.ROOT", data: root(t)}, key, {name: "default.root", data: nil}},
		"the other name": {{name: "BOARD.INI", data: presetINI(t)}, {name: "Teams.root", data: root(t)}, key, {name: "default.root", data: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := export.Reader{}.Read(tarGz(t, members...))
			require.NoError(t, err)
			checkRead(t, read, true)
		})
	}
}

func TestPackagesThatAreRefused(t *testing.T) {
	t.Parallel()
	plain := file(t, "testdata", "plain.7z")
	many := make([]member, 5000)
	for i := range many {
		many[i].name = fmt.Sprintf("%d.txt", i)
	}
	for name, row := range map[string]struct {
		path   string
		reader export.Reader
		says   string
	}{
		"no password":            {"testdata/locked.7z", export.Reader{}, "the password is missing or wrong"},
		"wrong password":         {"testdata/locked.7z", export.Reader{Password: typed("Secret-2")}, "the password is missing or wrong"},
		"no password for names":  {"testdata/hidden.7z", export.Reader{}, "the password is missing or wrong"},
		"wrong one for names":    {"testdata/hidden.7z", export.Reader{Password: typed("x")}, "the password is missing or wrong"},
		"two configurations":     {"testdata/two.7z", export.Reader{}, "it holds 2 INI files, and none is called ini.ini"},
		"another method":         {"testdata/ppmd.7z", export.Reader{}, "packed by a method that no device uses"},
		"a bomb":                 {"testdata/bomb.7z", export.Reader{}, "it unpacks to more than any device's package"},
		"a huge window":          {written(t, "a.7z", hugeWindow(t, plain)), export.Reader{}, "it would take more memory than any device's package"},
		"cut off":                {written(t, "a.7z", plain[:len(plain)/2]), export.Reader{}, "is no configuration package that can be read"},
		"cut off at once":        {written(t, "a.7z", plain[:20]), export.Reader{}, "is no configuration package that can be read"},
		"empty":                  {written(t, "a.7z", nil), export.Reader{}, "is no configuration package that can be read"},
		"an INI file named so":   {written(t, "a.7z", presetINI(t)), export.Reader{}, "is no configuration package that can be read"},
		"a tar.gz of two":        {tarGz(t, member{name: "a.ini", data: nil}, member{name: "b.ini", data: nil}), export.Reader{}, "it holds 2 INI files"},
		"a tar.gz of none":       {tarGz(t, member{name: "a.txt", data: nil}), export.Reader{}, "it holds 0 INI files"},
		"a tar.gz bomb":          {tarGz(t, member{name: "ini.ini", data: make([]byte, 40<<20)}), export.Reader{}, "it unpacks to more than any device's package"},
		"a bomb beside":          {tarGz(t, member{name: "log.bin", data: make([]byte, 130<<20)}), export.Reader{}, "it unpacks to more than any device's package"},
		"a tar.gz of many files": {tarGz(t, many...), export.Reader{}, "it unpacks to more than any device's package"},
		"a cut tar.gz":           {written(t, "a.tar.gz", cut(file(t, tarGz(t, member{name: "ini.ini", data: presetINI(t)})))), export.Reader{}, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := row.reader.Read(row.path)
			require.ErrorContains(t, err, row.says)
			assert.Equal(t, row.path, read.Source.File, "an error names its file too")
			assert.Empty(t, read.Configuration.Raw)
		})
	}
}

func cut(data []byte) []byte { return data[:len(data)/2] }

// hugeWindow lets an archive ask for a window of 4 GiB. Its header is as 7zFormat.txt of 7-Zip has it: the method 21
// with one byte of properties, and checksums of the header and of the place where it is.
func hugeWindow(t *testing.T, archive []byte) []byte {
	t.Helper()
	data := bytes.Clone(archive)
	begins := 32 + binary.LittleEndian.Uint64(data[12:])
	header := data[begins : begins+binary.LittleEndian.Uint64(data[20:])]
	at := bytes.Index(header, []byte{0x21, 0x21, 0x01})
	require.Positive(t, at)
	header[at+3] = 40
	binary.LittleEndian.PutUint32(data[28:], crc32.ChecksumIEEE(header))
	binary.LittleEndian.PutUint32(data[8:], crc32.ChecksumIEEE(data[12:32]))
	return data
}

// TestDamagedPackagesNeverPanic breaks some bytes of a package, one at a time.
func TestDamagedPackagesNeverPanic(t *testing.T) {
	t.Parallel()
	plain := file(t, "testdata", "plain.7z")
	path := written(t, "a.7z", plain)
	for at := 0; at < len(plain); at += 41 {
		broken := bytes.Clone(plain)
		broken[at] ^= 0xff
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		read, err := export.Reader{}.Read(path)
		if err == nil {
			checkRead(t, read, true) // a byte that does not count, such as a time
		}
	}
}

func TestAPromptThatIsAbandonedIsNoPassword(t *testing.T) {
	t.Parallel()
	gone := errors.New("interrupted")
	_, err := export.Reader{Password: func(string) (string, error) { return "", gone }}.Read("testdata/locked.7z")
	require.ErrorIs(t, err, gone)
	_, err = export.Reader{Password: func(string) (string, error) { return "", io.EOF }}.Read("testdata/plain.7z")
	require.NoError(t, err, "a package without a password asks for none")
}

func link(t *testing.T, to, at string) {
	t.Helper()
	require.NoError(t, os.Symlink(to, at))
}

// TestAPackageIsAsOldAsItsConfiguration: a copy of a package is younger than what is in it.
func TestAPackageIsAsOldAsItsConfiguration(t *testing.T) {
	t.Parallel()
	copied := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		modified, wanted time.Time
		by               remediate.TakenBy
	}{
		"older within":         {copied.AddDate(0, -2, 0), copied.AddDate(0, -2, 0), remediate.TakenByMember},
		"no time within":       {time.Time{}, copied, remediate.TakenByFile},
		"a clock that was 0":   {time.Unix(0, 0), copied, remediate.TakenByFile},
		"a clock that was off": {time.Date(2000, 1, 1, 0, 5, 0, 0, time.UTC), copied, remediate.TakenByFile},
		"a clock ahead":        {copied.AddDate(1, 0, 0), copied, remediate.TakenByFile},
	} {
		path := tarGz(t, member{name: "ini.ini", data: presetINI(t), modified: row.modified})
		require.NoError(t, os.Chtimes(path, copied, copied))
		read, err := export.Reader{}.Read(path)
		require.NoError(t, err, name)
		assert.True(t, row.wanted.Equal(read.Taken), "%s: %s", name, read.Taken)
		assert.Equal(t, row.by, read.TakenBy, name)
	}
	read, err := export.Reader{}.Read("testdata/plain.7z")
	require.NoError(t, err)
	assert.Equal(t, remediate.TakenByMember, read.TakenBy, "7z keeps the time too")
}

// TestTheHintOfABombIsNoTryAgain: such a package is nothing that a device made.
func TestTheHintOfABombIsNoTryAgain(t *testing.T) {
	t.Parallel()
	huge := written(t, "a.7z", hugeWindow(t, file(t, "testdata", "plain.7z")))
	for _, path := range []string{"testdata/bomb.7z", huge} {
		_, err := export.Reader{}.Read(path)
		var told *usage.Error
		require.ErrorAs(t, err, &told, path)
		assert.Contains(t, told.Hint, "no device makes such a package")
		assert.NotContains(t, told.Hint, "cut off")
	}
}
