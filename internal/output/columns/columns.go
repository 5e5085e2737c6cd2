// Package columns sets texts for a terminal: it measures, pads, cuts and folds them by the cells that their characters
// take, not by their number. A Chinese letter takes two cells, a combining accent none.
package columns

import (
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

// Fold breaks a text at blanks into lines that are no wider than a width, unless a word is. An empty text has no lines.
func Fold(text string, width int) []string {
	var lines []string
	used := 0
	for _, word := range strings.Fields(text) {
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
