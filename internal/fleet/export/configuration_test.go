package export_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func inUTF16(text []byte, order binary.AppendByteOrder, mark bool) []byte {
	var data []byte
	if mark {
		data = order.AppendUint16(data, 0xfeff)
	}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		data = order.AppendUint16(data, unit)
	}
	return data
}

func replaced(text []byte, old, by string) []byte {
	return bytes.ReplaceAll(text, []byte(old), []byte(by))
}

// TestUntidyConfigurationsAreRead: what browsers, editors and mail do to a file changes nothing that a plan needs.
func TestUntidyConfigurationsAreRead(t *testing.T) {
	t.Parallel()
	tidy := replaced(presetINI(t), "\r\n", "\n")
	for name, data := range map[string][]byte{
		"as exported":            presetINI(t),
		"LF":                     tidy,
		"CRLF":                   replaced(tidy, "\n", "\r\n"),
		"CR":                     replaced(tidy, "\n", "\r"),
		"UTF-8 with a mark":      append([]byte("\xef\xbb\xbf"), tidy...),
		"UTF-16LE with a mark":   inUTF16(tidy, binary.LittleEndian, true),
		"UTF-16BE with a mark":   inUTF16(tidy, binary.BigEndian, true),
		"UTF-16LE without":       inUTF16(tidy, binary.LittleEndian, false),
		"UTF-16BE without":       inUTF16(tidy, binary.BigEndian, false),
		"leading blank lines":    append([]byte("\r\n \n\t\n"), tidy...),
		"blanks behind lines":    replaced(tidy, "\n", "  \n"),
		"no line end at the end": bytes.TrimRight(tidy, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := export.Reader{}.Read(written(t, "board.ini", data))
			require.NoError(t, err)
			assert.Equal(t, "7.40A.500.357", read.Status.Firmware)
			assert.Equal(t, "5740500", read.Status.Serial)
			assert.Equal(t, "Mediant VE SBC", read.Status.Product)
			contexts, err := read.ContextIDs()
			require.NoError(t, err)
			assert.Equal(t, map[int]string{0: "default", 1: "Teams"}, contexts)
		})
	}
}

func TestAHeadThatIsLostIsUnknown(t *testing.T) {
	t.Parallel()
	text := presetINI(t)
	path := written(t, "paste.ini", text[bytes.IndexByte(text, '['):])
	read, err := export.Reader{}.Read(path)
	require.NoError(t, err)
	assert.Empty(t, read.Status.Firmware+read.Status.Serial)
	read, err = export.Reader{Firmware: "7.40A.604.077"}.Read(path)
	require.NoError(t, err)
	assert.Equal(t, "7.40A.604.077", read.Status.Firmware)
}

func TestFilesThatAreNoConfigurations(t *testing.T) {
	t.Parallel()
	tidy := replaced(presetINI(t), "\r\n", "\n")
	at := bytes.Index(tidy, []byte("[ \\TLSContexts ]"))
	require.Positive(t, at)
	for name, row := range map[string]struct {
		data []byte
		says string
	}{
		"a web page":               {[]byte("\n<!DOCTYPE html><html><title>Login</title>"), "it is a web page"},
		"a web page in capitals":   {[]byte("<HTML><BODY>"), "it is a web page"},
		"a web page in UTF-16":     {inUTF16([]byte("<html>"), binary.LittleEndian, true), "it is a web page"},
		"ZIP":                      {[]byte("PK\x03\x04\x14\x00"), "it is a ZIP archive"},
		"7z":                       {[]byte("7z\xbc\xaf\x27\x1c\x00"), "its name must end in .7z"},
		"gzip":                     {[]byte("\x1f\x8b\x08\x00"), "its name must end in .tar.gz"},
		"certificates":             {root(t), "it is a file of certificates or keys"},
		"a key":                    {[]byte("-----BEGIN PRIVATE KEY-----\n"), "it is a file of certificates or keys"},
		"JSON":                     {[]byte(`{"files": []}`), "it is JSON"},
		"a CLI script":             {[]byte("configure system\n hostname x\n"), "it is a CLI script"},
		"empty":                    {nil, "is empty"},
		"blank":                    {[]byte(" \r\n\r\n"), "is empty"},
		"text":                     {[]byte("hello\nworld\n"), "no whole configuration"},
		"cut off in a table":       {tidy[:at-20], "no whole configuration"},
		"cut off in a section":     {tidy[:at+6], "no whole configuration"},
		"a paste without its head": {tidy[bytes.Index(tidy, []byte("FORMAT")):], "text before the first section"},
		"half a letter of UTF-16":  {inUTF16(tidy, binary.LittleEndian, true)[:4001], "no whole configuration"},
		"40 MiB":                   {bytes.Repeat([]byte("; line\n"), 6<<20), "is larger than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := written(t, "board.ini", row.data)
			read, err := export.Reader{}.Read(path)
			var told *usage.Error
			require.ErrorAs(t, err, &told)
			assert.Contains(t, told.Problem, row.says)
			assert.Contains(t, told.Problem, path)
			assert.NotEmpty(t, told.Hint)
			assert.Equal(t, remediate.Source{Kind: remediate.SourceINI, File: path}, read.Source)
		})
	}
}

func TestAnExportIsAsOldAsItsFile(t *testing.T) {
	t.Parallel()
	path := written(t, "board.ini", presetINI(t))
	then := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.NoError(t, os.Chtimes(path, then, then))
	read, err := export.Reader{}.Read(path)
	require.NoError(t, err)
	assert.True(t, then.Equal(read.Taken))
}

func TestAFolderStandsForItsExports(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"b.ini", "a.INI", "c.7z", "d.tar.gz", "notes.txt", ".hidden.ini", "roots.pem"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "pipe.ini"), 0o600))
	found, err := export.Find(folder)
	require.NoError(t, err)
	var names []string
	for _, path := range found {
		names = append(names, filepath.Base(path))
	}
	assert.Equal(t, "a.INI b.ini c.7z d.tar.gz", strings.Join(names, " "))
	_, err = export.Find(t.TempDir())
	require.ErrorContains(t, err, "holds no export of a device")
}

func TestStoresThatAreGiven(t *testing.T) {
	t.Parallel()
	pem := written(t, "roots.pem", root(t))
	for name, row := range map[string]struct {
		given []string
		says  string
		size  int
	}{
		"by number":     {[]string{"1=" + pem}, "", len(root(t))},
		"by name":       {[]string{"Teams=" + pem}, "", len(root(t))},
		"empty":         {[]string{"1=" + written(t, "none.pem", nil)}, "", 0},
		"unknown":       {[]string{"7=" + pem}, `has no TLS Context "7"`, 0},
		"twice":         {[]string{"1=" + pem, "Teams=" + pem}, "gives TLS Context 1 twice", 0},
		"no context":    {[]string{pem}, "it has the form CONTEXT=FILE", 0},
		"no file":       {[]string{"1="}, "it has the form CONTEXT=FILE", 0},
		"no such file":  {[]string{"1=nowhere.pem"}, "can't be read", 0},
		"no certicates": {[]string{"1=" + written(t, "x.pem", []byte("hello"))}, "holds no certificate that can be read", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := export.Reader{}.Read(written(t, "board.ini", presetINI(t)))
			require.NoError(t, err)
			stores, err := export.ReadStores(row.given)
			if err == nil {
				err = export.AddStores(&read, stores)
			}
			if row.says != "" {
				require.ErrorContains(t, err, row.says)
				return
			}
			require.NoError(t, err)
			require.Contains(t, read.Stores, 1)
			assert.Len(t, read.Stores[1].PEM, row.size)
		})
	}
}
