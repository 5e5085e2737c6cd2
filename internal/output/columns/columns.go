// Package columns sets texts for a terminal: it measures, pads, cuts and folds them by the cells that their characters
// take, not by their number. A Chinese letter takes two cells, a combining accent none.
package columns

import (
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"
)

// cells measures alike in every locale: a table must not depend on the language of the machine that prints it.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// Width returns the number of cells of a text without control characters.
func Width(text string) int { return cells.StringWidth(text) }

// Pad adds blanks up to a width. A text that is as wide, or wider, stays as it is.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// Cut returns as much of a text as fits into a width.
func Cut(text string, width int) string { return cells.Truncate(text, max(0, width), "") }

// Fold breaks a text at blanks into lines that are no wider than a width, unless a word is. A flag and its value stay on
// one line, so that they can be copied. An empty text has no lines.
func Fold(text string, width int) []string {
	var lines []string
	used := 0
	for _, word := range words(text) {
		length := Width(word)
		if len(lines) == 0 || used+1+length > width {
			lines, used = append(lines, word), length
			continue
		}
		lines[len(lines)-1] += " " + word
		used += 1 + length
	}
	return lines
}

// flagAlone is a flag that a value may follow.
var flagAlone = regexp.MustCompile(`^--[a-z][a-z-]*$`)

// words are the parts of a text that no line breaks.
func words(text string) []string {
	var all []string
	glue := false
	for word := range strings.FieldsSeq(text) {
		if glue {
			all[len(all)-1] += " " + word
		} else {
			all = append(all, word)
		}
		glue = !glue && flagAlone.MatchString(word)
	}
	return all
}
