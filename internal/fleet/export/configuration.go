package export

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
)

// largestINI is what a device's configuration has at most; acfix reads no more over REST either.
const largestINI = 32 << 20

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestINI+1))
	switch {
	case err != nil:
		return nil, unreadable(path, err)
	case len(data) > largestINI:
		return nil, tooLarge(path, largestINI)
	}
	return data, nil
}

// mistaken tells by its beginning what a file is that someone gave for a configuration. A byte that is no UTF-8 is
// U+FFFD to a regular expression.
var mistaken = []struct {
	begins *regexp.Regexp
	what   string
}{
	{regexp.MustCompile(`(?i)^\s*(<!doctype html|<html)`), "a web page: the browser saved the page, perhaps that of the login, " +
		"and not the file"},
	{regexp.MustCompile(`^\s*-----BEGIN`), "a file of certificates or keys"},
	{regexp.MustCompile(`^PK\x03\x04`), "a ZIP archive: unpack it first"},
	{regexp.MustCompile(`^7z\x{FFFD}\x{FFFD}'\x1c`), "a 7z archive: its name must end in .7z"},
	{regexp.MustCompile(`^\x1f\x{FFFD}`), "a gzip archive: its name must end in .tar.gz"},
	{regexp.MustCompile(`^\s*[{\[]\s*"`), "JSON"},
	{regexp.MustCompile(`(?s)^\s*(configure |# (running|startup)|## )`), "a CLI script: export the INI file instead"},
}

// whereToExport is the hint for files that are no configurations.
const whereToExport = "export it in the web interface: Setup > Administration > Maintenance > Configuration File, " +
	"Save INI File"

// parseConfiguration reads a configuration as people save it: with any line ends, also in UTF-16 and UTF-32. Bytes of
// other encodings stay as they are, as in an answer of the device: a row that is written back must be the device's own.
func parseConfiguration(path string, data []byte) (audiocodes.Configuration, error) {
	text := lineEnds(textfile.UTF8(data))
	if len(bytes.TrimSpace(text)) == 0 {
		return audiocodes.Configuration{}, usage.Errorf("%s is empty", path).Hint(whereToExport)
	}
	for _, row := range mistaken {
		if row.begins.Match(text) {
			return audiocodes.Configuration{},
				usage.Errorf("%s is no configuration: it is %s", path, row.what).Hint(whereToExport)
		}
	}
	file, err := ini.Parse(string(text))
	if err != nil {
		return audiocodes.Configuration{}, notWhole(path, whyNotWhole(text, err), err)
	}
	return audiocodes.Configuration{Raw: string(text), File: file}, nil
}

// carriageReturns are those that programs put before a line feed, more than one where a file was converted twice.
var carriageReturns = regexp.MustCompile(`\r\r+\n`)

// lineEnds mends line ends that the parser does not know: those of old editors, and those that were converted twice.
func lineEnds(text []byte) []byte {
	if !bytes.ContainsRune(text, '\n') {
		return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	if !bytes.Contains(text, []byte("\r\r\n")) {
		return text
	}
	return carriageReturns.ReplaceAll(text, []byte("\r\n"))
}

func notWhole(path, reason string, err error) error {
	return &usage.Error{
		Problem: path + " is no whole configuration: " + reason, Cause: err,
		Hint: whereToExport + "; a part of a file, or one cut off while it was copied, can't be judged",
	}
}

// section finds the line of a section, or that of a table's columns.
var section = regexp.MustCompile(`(?m)^\s*(\[ *\\?[A-Za-z]|FORMAT )`)

// whyNotWhole says why a text can't be parsed.
func whyNotWhole(text []byte, err error) string {
	const beforeAll = "its first lines are missing, or other text stands before them"
	reason := err.Error()
	if inner := errors.Unwrap(err); inner != nil && errors.Is(err, ini.ErrNotINI) {
		reason = inner.Error()
	}
	switch {
	case bytes.Count(text, []byte{0}) > len(text)/4:
		return "it looks like UTF-16 or UTF-32 that begins or ends within a letter"
	case beginsWithin(text):
		return beforeAll + " (" + reason + ")"
	}
	return reason
}

// beginsWithin reports whether a configuration begins within a section.
func beginsWithin(text []byte) bool {
	if !section.Match(text) {
		return false
	}
	for line := range bytes.Lines(text) {
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0 || line[0] == ';':
		case line[0] != '[':
			return true
		default:
			return bytes.HasPrefix(bytes.TrimSpace(line[1:]), []byte(`\`))
		}
	}
	return false
}
