package access

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/usage"
)

// ParsePassword takes the password out of the text that a source of passwords gave: a variable, a file, a program's
// output, the terminal. One line end after it is no part of it. Text that can only be meant otherwise is refused,
// with a *usage.Error that shows nothing of it: sent to a device it would be a failed login, and three of them
// block the user. source names where the text is from, as in "ACFIX_PASSWORD". Empty text is "" and no error.
func ParsePassword(text, source string) (string, error) {
	return passwordIn(text, source, func(hints hints) string { return hints.elsewhere })
}

// passwordIn is ParsePassword with the choice of the hint that fits the kind of source.
func passwordIn(text, source string, hint func(hints) string) (string, error) {
	password, isLine := strings.CutSuffix(text, "\n")
	if isLine {
		password = strings.TrimSuffix(password, "\r")
	}
	for _, flaw := range flaws {
		if flaw.found(password) {
			return "", usage.Errorf("%s %s", source, flaw.text(password)).Hint(hint(flaw.hints))
		}
	}
	return password, nil
}

// flaw is a reason why a text is not sent as a password.
type flaw struct {
	found func(text string) bool
	text  func(text string) string // what follows the name of the source
	hints hints
}

// hints say what to do about a flaw: in a file that acfix reads, and in a variable, a program's output or what was
// typed.
type hints struct{ file, elsewhere string }

func both(hint string) hints { return hints{hint, hint} }

var (
	encodingHints = hints{
		file: "save it as plain UTF-8 without a byte order mark; " +
			"in PowerShell: Set-Content -Encoding ascii -NoNewline",
		elsewhere: "give the password as UTF-8 without a byte order mark",
	}
	// Set-Content -Encoding ascii would put a question mark in the place of each letter beyond ASCII.
	codePageHints = hints{
		file: "save it as UTF-8 without a byte order mark; in PowerShell 7: Set-Content -Encoding utf8NoBOM -NoNewline",
		elsewhere: "give the password as UTF-8; \"locale charmap\" shows what the terminal uses, and " +
			"\"iconv -f WINDOWS-1252 -t UTF-8\" converts what a program prints",
	}
	controlHints = both("write the password again, and nothing else; acfix shows nothing of what stands there now")
	linesHints   = both("give the line with the password alone: \"head -n 1 FILE\", or in an inventory " +
		"password_command: [sh, -c, \"pass show NAME | head -n 1\"]")
)

// flaws are held against a password in this order; the first that fits is told.
var flaws = []flaw{
	{beginsWith("\xff\xfe", "\xfe\xff"), say("is text in UTF-16; it is not sent as a password"), encodingHints},
	{beginsWith("\xef\xbb\xbf"), say("begins with a byte order mark; it is not sent as a password"), encodingHints},
	{has('\x00'), say("holds NUL bytes, as text in UTF-16 does; it is not sent as a password"), encodingHints},
	{
		isNoUTF8, say("is not UTF-8, but probably saved in a Windows code page; it is not sent as a password"),
		codePageHints,
	},
	{hasLines, countLines, linesHints},
	{has('\r'), say("ends in a carriage return, as lines of Windows do; it is not sent as a password"), controlHints},
	{has('\t'), say("holds a tab; it is not sent as a password"), controlHints},
	{has('\ufeff'), say("holds a byte order mark; it is not sent as a password"), encodingHints},
	{hasControl, say("holds a control character; it is not sent as a password"), controlHints},
}

func say(text string) func(string) string { return func(string) string { return text } }

func has(letter rune) func(string) bool {
	return func(text string) bool { return strings.ContainsRune(text, letter) }
}

func beginsWith(marks ...string) func(string) bool {
	return func(text string) bool {
		for _, mark := range marks {
			if strings.HasPrefix(text, mark) {
				return true
			}
		}
		return false
	}
}

// lineEnds makes one sign of all that ends a line.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// hasLines leaves out a carriage return at the very end: that is one line and a flaw of its own.
func hasLines(text string) bool {
	return strings.Contains(lineEnds.Replace(strings.TrimSuffix(text, "\r")), "\n")
}

func countLines(text string) string {
	return fmt.Sprintf("has %d lines, empty ones counted, and a password has one; it is not sent",
		1+strings.Count(lineEnds.Replace(text), "\n"))
}

func isNoUTF8(text string) bool { return !utf8.ValidString(text) }

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }
