package foreign

import (
	"regexp"
	"strings"
)

// plainWord is a word that means itself in every shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-]+$`)

// ShellWord quotes a word for a POSIX shell where it must be. It cleans nothing: see Clean.
func ShellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
