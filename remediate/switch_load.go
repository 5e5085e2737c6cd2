package remediate

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/acfix/acfix/audiocodes/ini"
)

// SwitchLoad is the partial INI file that does the steps enable_bundle by hand.
type SwitchLoad struct {
	Text string // "" if there are no such steps, or if a row can't be written
	// Missing says why a row can't be written; "" if all can.
	Missing string
}

// SwitchLoad returns what does the steps enable_bundle by hand: each row as the device has it, with one cell changed. A
// row that a document can't hold as it is, or that shows a person something else than what is loaded, is not written.
func (s State) SwitchLoad(steps []Step) SwitchLoad {
	var rows []ini.Row
	for _, step := range steps {
		if step.Kind != StepEnableBundle {
			continue
		}
		context, ok := s.tables.context(*step.Context)
		if !ok {
			return SwitchLoad{Missing: fmt.Sprintf("the configuration has no TLS Context %d", *step.Context)}
		}
		if cell := unwritable(context.row); cell != "" {
			return SwitchLoad{Missing: fmt.Sprintf("in the row of TLS Context %d %s", context.index, cell)}
		}
		row, err := context.switched(true)
		if err != nil {
			return SwitchLoad{Missing: err.Error()}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return SwitchLoad{}
	}
	load := s.configuration.Table(tableTLSContexts).Load(rows...)
	if what := odd(ends.Replace(string(load))); what != "" {
		return SwitchLoad{Missing: "the table TLSContexts has " + what}
	}
	return SwitchLoad{Text: string(load)}
}

// ends takes line ends and tabs out of a text: between cells they mean nothing.
var ends = strings.NewReplacer("\r\n", "", "\n", "", "\t", "")

// unwritable names the first cell of a row that can't be written down; "" if all can.
func unwritable(row ini.Row) (what string) {
	row.Cells(func(column string, cell ini.Cell) bool {
		if found := odd(string(cell)); found != "" {
			what = fmt.Sprintf("the cell %s has %s", column, found)
		}
		return what == ""
	})
	return what
}

// odd says what is in a text that no file of a change package may hold; "" if nothing is.
func odd(text string) string {
	if !utf8.ValidString(text) {
		return "a byte that is not UTF-8"
	}
	for _, letter := range text {
		if unicode.IsControl(letter) || unicode.In(letter, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Sprintf("the control character %U", letter)
		}
	}
	return ""
}
