package remediate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// withheldColumns are parts of the names of columns whose cells are not shown in any table:
// firmware may hold a secret there without obscuring it.
var withheldColumns = []string{
	"passw", "pwd", "secret", "community", "token", "psk", "authkey", "privkey", "privatekey",
}

// isShown reports whether a message may hold a cell's value. Only those of the leg's own tables
// are needed to act on a message; of all other tables, each of which may hold secrets of any
// kind, the place is enough.
func isShown(table, column string, cell ini.Cell) bool {
	return isLegTable(table) && conceal(cell.Text()) == cell.Text() &&
		!slices.ContainsFunc(withheldColumns, func(part string) bool { return containsFold(column, part) })
}

// Both are found wherever they stand in a text: an obscured secret, and the user part of an
// address ("user:password@host").
var (
	obscured = regexp.MustCompile(`\$1\$[^\s"',;]*`)
	userPart = regexp.MustCompile(`[^\s"]+@`)
)

const notShown = "(not shown)"

// conceal takes obscured secrets and the user parts of addresses out of a device's text.
func conceal(text string) string {
	if !strings.ContainsAny(text, "$@") {
		return text
	}
	return userPart.ReplaceAllString(obscured.ReplaceAllString(text, notShown), notShown+"@")
}

// concealed are the arguments of a message with conceal applied to texts.
func concealed(arguments []any) []any {
	shown := slices.Clone(arguments)
	for i, argument := range shown {
		if text, ok := argument.(string); ok {
			shown[i] = conceal(text)
		}
	}
	return shown
}
