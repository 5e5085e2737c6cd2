package login

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/acfix/acfix/misuse"
)

// Password takes the password out of the text that a source of passwords gave: a variable, a file, a program's
// output, the terminal. One line end after it is no part of it. Text that can only be meant otherwise is refused,
// with a *misuse.Error that shows nothing of it: sent to a device it would be a failed login, and three of them
// block the user. source names where the text is from, as in "ACFIX_PASSWORD". Empty text is "" and no error.
func Password(text, source string) (string, error) {
	password, isLine := strings.CutSuffix(text, "\n")
	if isLine {
		password = strings.TrimSuffix(password, "\r")
	}
	for _, flaw := range flaws {
		if flaw.found(password) {
			return "", misuse.New(flaw.hint, "%s %s", source, flaw.text(password))
		}
	}
	return password, nil
}

// flaw is a reason why a text is not sent as a password.
type flaw struct {
	found func(text string) bool
	text  func(text string) string // what follows the name of the source
	hint  string
}

const (
	encodingHint = "save it as plain UTF-8 without a byte order mark; in PowerShell: Set-Content -Encoding ascii -NoNewline"
	controlHint  = "write the password again, and nothing else; acfix shows nothing of what stands there now"
	linesHint    = "give the line with the password alone: \"head -n 1 FILE\", or in an inventory " +
		"password_command: [sh, -c, \"pass show NAME | head -n 1\"]"
)

// flaws are held against a password in this order; the first that fits is told.
var flaws = []flaw{
	{beginsWith("\xff\xfe", "\xfe\xff"), say("is text in UTF-16; it is not sent as a password"), encodingHint},
	{beginsWith("\xef\xbb\xbf"), say("begins with a byte order mark; it is not sent as a password"), encodingHint},
	{has('\x00'), say("holds NUL bytes, as text in UTF-16 does; it is not sent as a password"), encodingHint},
	{hasLines, countLines, linesHint},
	{has('\r'), say("ends in a carriage return, as lines of Windows do; it is not sent as a password"), controlHint},
	{has('\t'), say("holds a tab; it is not sent as a password"), controlHint},
	{has('\ufeff'), say("holds a byte order mark; it is not sent as a password"), encodingHint},
	{hasControl, say("holds a control character; it is not sent as a password"), controlHint},
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

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }
