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

// parseConfiguration reads a configuration as people save it: with any line ends, also in UTF-16. Bytes of other
// encodings stay as they are, as in an answer of the device: a row that is written back must be the device's own.
func parseConfiguration(path string, data []byte) (audiocodes.Configuration, error) {
	const where = "export it in the web interface: Setup > Administration > Maintenance > Configuration File, " +
		"Save INI File"
	text := textfile.UTF8(data)
	if !bytes.ContainsRune(text, '\n') { // line ends of old editors
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return audiocodes.Configuration{}, usage.Errorf("%s is empty", path).Hint(where)
	}
	for _, row := range mistaken {
		if row.begins.Match(text) {
			return audiocodes.Configuration{}, usage.Errorf("%s is no configuration: it is %s", path, row.what).Hint(where)
		}
	}
	file, err := ini.Parse(string(text))
	if err != nil {
		return audiocodes.Configuration{}, notWhole(path, err, where)
	}
	return audiocodes.Configuration{Raw: string(text), File: file}, nil
}

func notWhole(path string, err error, where string) error {
	reason := err.Error()
	if inner := errors.Unwrap(err); inner != nil && errors.Is(err, ini.ErrNotINI) {
		reason = inner.Error()
	}
	return &usage.Error{
		Problem: path + " is no whole configuration: " + reason, Cause: err,
		Hint: where + "; a part of a file, or one cut off while it was copied, can't be judged",
	}
}
