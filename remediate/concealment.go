package remediate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// withheldColumns are parts of column names. The cells of such columns are never shown: firmware may hold a secret
// there without obscuring it.
var withheldColumns = []string{
	"passw", "pwd", "secret", "community", "token", "psk", "authkey", "privkey", "privatekey",
}

// isShown reports whether a message may show a cell's value. An operator needs only the values of the leg's own
// tables; for all other tables, which may hold any kind of secret, the place is enough.
func isShown(table, column string, cell ini.Cell) bool {
	return isLegTable(table) && conceal(cell.Text()) == cell.Text() &&
		!slices.ContainsFunc(withheldColumns, func(part string) bool { return containsFold(column, part) })
}

// What conceal finds anywhere in a text: an obscured secret, and the user part of an address ("user:password@host").
var (
	obscured = regexp.MustCompile(`\$1\$[^\s"',;]*`)
	userPart = regexp.MustCompile(`[^\s"]+@`)
)

const notShown = "(not shown)"

// conceal replaces obscured secrets and the user parts of addresses in a device's text.
func conceal(text string) string {
	if !strings.ContainsAny(text, "$@") {
		return text
	}
	return userPart.ReplaceAllString(obscured.ReplaceAllString(text, notShown), notShown+"@")
}

// concealed returns the arguments of a message with conceal applied to strings.
func concealed(arguments []any) []any {
	shown := slices.Clone(arguments)
	for i, argument := range shown {
		if text, ok := argument.(string); ok {
			shown[i] = conceal(text)
		}
	}
	return shown
}
