package inventory

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/strictyaml"
)

// containers are files that hold a table but are no text, by their first bytes and a name inside.
var containers = []struct{ begins, holds, what string }{
	{"PK\x03\x04", "xl/workbook", "an Excel workbook (.xlsx)"},
	{"PK\x03\x04", "opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"},
	{"PK\x03\x04", "", "a ZIP archive, as workbooks are (.xlsx, .ods, .numbers)"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "an Excel workbook of the old format (.xls)"},
	{"%PDF-", "", "a PDF file"},
	{"\x1f\x8b", "", "a gzip archive"},
}

// saveAsCSV is the way out for tables in another form.
const saveAsCSV = `; open it in Excel and choose Save As, "CSV UTF-8 (Comma delimited)"`

// checkContainer names a workbook or an archive that is given as an inventory.
func checkContainer(data []byte) *Error {
	for _, container := range containers {
		if bytes.HasPrefix(data, []byte(container.begins)) && bytes.Contains(data, []byte(container.holds)) {
			return mistake(1, 1, "this is "+container.what+", which acfix does not read"+saveAsCSV)
		}
	}
	return nil
}

const byteOrderMark = "\ufeff"

// plainText turns what spreadsheets and shells of Windows and macOS save into UTF-8 with \n or \r\n:
// UTF-16 by its byte order mark or its zero bytes, and line ends of a single \r. Code pages can't
// be told apart, so they are refused.
func plainText(data []byte) ([]byte, *Error) {
	if order := utf16Order(data); order != nil {
		var problem *Error
		if data, problem = fromUTF16(data, order); problem != nil {
			return nil, problem
		}
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(data) {
		problem := strictyaml.CheckText(data)
		problem.Message += `: Windows saves plain "CSV" in a code page of its language; ` +
			`choose "CSV UTF-8 (Comma delimited)"`
		return nil, problem
	}
	if !bytes.ContainsRune(data, '\n') {
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	}
	if problem := strictyaml.CheckText(data); problem != nil {
		return nil, problem
	}
	return data, nil
}

// utf16Sample is how many bytes are looked at for zero bytes.
const utf16Sample = 1024

// utf16Order is the byte order of UTF-16; nil for anything else. Column names and JSON are mostly
// ASCII, so without a byte order mark every second byte tells.
func utf16Order(data []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	var zeros [2]int
	for i, b := range data[:min(len(data), utf16Sample)] {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch pairs := min(len(data), utf16Sample) / 2; {
	case zeros[1] > pairs/2 && zeros[0] == 0:
		return binary.LittleEndian
	case zeros[0] > pairs/2 && zeros[1] == 0:
		return binary.BigEndian
	}
	return nil
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, *Error) {
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	text := utf16.Decode(units)
	lost := count(text, utf8.RuneError) - count(units, utf8.RuneError) // halves of a pair
	if len(data)%2 != 0 || lost > 0 {
		return nil, mistake(1, 1, "this looks like UTF-16, but is damaged or cut off"+saveAsCSV)
	}
	return []byte(string(text)), nil
}

func count[T uint16 | rune](all []T, wanted T) (n int) {
	for _, one := range all {
		if one == wanted {
			n++
		}
	}
	return n
}
