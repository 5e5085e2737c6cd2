package doctor

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

const bundleColumn = "UseDefaultCABundle"

func (e *exam) bundleForm() outcome {
	var against []string
	seen := 0
	for _, row := range e.rows("TLSContexts") {
		cell, has := row.Cell(bundleColumn)
		switch {
		case !has:
		case cell == "0" || cell == "1":
			seen++
		case cell.Text() != string(cell):
			against = append(against, "in quotes")
		case !cell.Unset():
			against = append(against, "neither 0 nor 1")
		}
	}
	if seen+len(against) == 0 {
		return unknown("the tables have no cell in that column")
	}
	return either(against, "a bare 0 or 1")
}

func (e *exam) defaultsWritten() outcome {
	dollars := 0
	e.eachCell(func(_ *ini.Table, _ ini.Row, _ string, cell ini.Cell) {
		if cell.Text() == "$$" {
			dollars++
		}
	})
	switch {
	case e.file == nil:
		return unknown("the configuration can't be parsed")
	case dollars > 0:
		return broken("%d cells are $$", dollars)
	default:
		return holds("no cell is $$")
	}
}

// quotesInCells counts cells with a quote between their own quotes; if they could be read, the assumption holds.
func (e *exam) quotesInCells() outcome {
	quotes := 0
	e.eachCell(func(_ *ini.Table, _ ini.Row, _ string, cell ini.Cell) {
		if strings.Contains(cell.Text(), `"`) {
			quotes++
		}
	})
	if quotes == 0 {
		return unknown("there is none")
	}
	return holds("%d cells contain quotes and can be read", quotes)
}

func (e *exam) emptyStrings() outcome {
	quoted, bare := 0, 0
	e.eachCell(func(table *ini.Table, _ ini.Row, column string, cell ini.Cell) {
		switch {
		case cell == `""`:
			quoted++
		case cell == "" && slices.Contains(legTables, table.Name) && stringColumns[strings.ToLower(column)]:
			bare++
		}
	})
	switch {
	case bare > 0:
		return broken("%d empty strings are written as nothing", bare)
	case quoted == 0:
		return unknown("there is none")
	default:
		return holds(`%d cells are ""`, quoted)
	}
}

// addressForm checks the form of the addresses in two tables, which depends on the firmware.
func (e *exam) addressForm() outcome {
	var against []string
	seen := 0
	look := func(table string, columns []string, quotedExpected bool) {
		for _, row := range e.rows(table) {
			for _, column := range columns {
				cell, _ := row.Cell(column)
				if _, err := netip.ParseAddr(cell.Text()); err != nil {
					continue
				}
				seen++
				if quoted := cell.Text() != string(cell); quoted != quotedExpected {
					against = append(against, table+": "+map[bool]string{true: "in quotes", false: "bare"}[quoted])
				}
			}
		}
	}
	look("TLSContexts", []string{"OcspServerPrimary", "OcspServerSecondary"}, e.line() >= "7.4")
	look("InterfaceTable", []string{"IPAddress", "Gateway"}, false)
	if seen == 0 || e.line() == "" {
		return unknown("there is no address to look at")
	}
	return either(against, "as in the model")
}
