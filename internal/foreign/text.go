// Package foreign holds the rules for text and addresses from devices, servers, certificates, files and callers. They
// stand here once, so that no output and no listener is laxer than another.
package foreign

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const mark = string(utf8.RuneError)

// Shows reports whether a character is visible and stays on its line. Spaces other than U+0020 do not: they make
// two texts look alike. Nor do characters of private use and unassigned ones: a font may show them as anything.
func Shows(r rune) bool { return unicode.IsGraphic(r) && (r == ' ' || !unicode.IsSpace(r)) }

// Acts reports whether a character may move a cursor, end a line, or hide or turn what stands around it.
func Acts(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Clean puts a visible mark in the place of each character that does not show, and of each byte that is not UTF-8.
func Clean(text string) string { return CleanLines(strings.ReplaceAll(text, "\n", mark)) }

// CleanLines cleans a text of many lines. Its line feeds stay.
func CleanLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || Shows(r) {
			return r
		}
		return utf8.RuneError
	}, text)
}

// Bounded cleans a text. One of more than most characters ends in "…", which counts as one of them.
func Bounded(text string, most int) string {
	runes := []rune(Clean(text))
	if len(runes) > most {
		runes = append(runes[:most-1], '…')
	}
	return string(runes)
}

// Cut returns at most so many bytes of a text, without a part of a character at the end.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// FileName keeps ASCII letters, digits and "-._" of a text, so that it means nothing to a shell, a header or a
// file system and names no folder, hidden file or option. It has at most so many bytes and is never empty.
func FileName(text string, most int) string {
	name := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-._", r)) {
			return r
		}
		return '-'
	}, text)
	name = strings.Trim(name, ".-")
	name = strings.TrimRight(name[:min(len(name), most)], ".-")
	if name == "" {
		return "unknown"
	}
	return name
}

// formula is where a spreadsheet may see a formula begin: at the start of a cell, and
// after whatever another one of its settings takes for the end of a cell.
var formula = regexp.MustCompile(`(^|[,;|"'])(\s*)([=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])`)

// Cell cleans a text for a table that a spreadsheet may open. What it would take for a formula gets an apostrophe.
func Cell(text string) string { return formula.ReplaceAllString(Clean(text), "$1$2'$3") }
