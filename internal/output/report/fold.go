package report

import "strings"

// textWidth is the width of prose and lists of names.
const textWidth = 96

// folded breaks a text at blanks: no line with its indent is wider than textWidth unless a word
// is. The first line gets no indent, because it follows a text of that width.
func folded(text string, indent int) string {
	var folded strings.Builder
	width := indent
	for i, word := range strings.Fields(text) {
		switch length := len([]rune(word)); {
		case i == 0:
			width += length
		case width+1+length > textWidth:
			folded.WriteString("\n" + strings.Repeat(" ", indent))
			width = indent + length
		default:
			folded.WriteString(" ")
			width += 1 + length
		}
		folded.WriteString(word)
	}
	return folded.String()
}
