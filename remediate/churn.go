package remediate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// Churn is what a device changes in its configuration by itself: single parameters and cells, learned from two
// readings before the first write. It never covers a whole table, for the rest of the table may be damaged, or
// changed by an administrator.
type Churn map[string]bool

// keyChurn is the prefix of a Baseline's keys for churn; a part of Churn has the form "parameter maxdigits" or "cell
// ipgroup 3 groupstatus", in lower case.
const keyChurn = "churn:"

func churnOfParameter(name string) string { return "parameter " + strings.ToLower(name) }

func churnOfCell(table string, row int, column string) string {
	return churnOfTable(table) + strconv.Itoa(row) + " " + strings.ToLower(column)
}

// churnOfTable is what the parts of a table's cells begin with.
func churnOfTable(name string) string { return "cell " + strings.ToLower(name) + " " }

func (c Churn) parameter(name string) bool { return len(c) > 0 && c[churnOfParameter(name)] }

func (c Churn) cell(table string, row int, column string) bool {
	return len(c) > 0 && c[churnOfCell(table, row, column)]
}

// with returns a Churn with the parts of both.
func (c Churn) with(more Churn) Churn {
	all := maps.Clone(c)
	if all == nil {
		all = Churn{}
	}
	maps.Copy(all, more)
	return all
}

// learnChurn returns as churn the parameters and cells that differ between two readings. The caller decides whether
// they count: while changes wait unsaved, a difference may be an administrator's work (knownChurn). Nothing that a
// plan is made from is churn, and neither are rows that came or went, for they may be an administrator's work.
// docs/design/remediate.md: Churn is learned before the first write only
func learnChurn(first, second *ini.File) Churn {
	moved := compareConfigurations(first, second)
	learned := Churn{}
	for _, name := range moved.parameters {
		if !parameterDecides(name) {
			learned[churnOfParameter(name)] = true
		}
	}
	for _, difference := range moved.cells {
		if isChurning(difference) {
			learned[churnOfCell(difference.Table, difference.Index, difference.Column)] = true
		}
	}
	return learned
}

// isChurning reports whether a difference may be churn: a changed cell on which no plan depends.
func isChurning(d ini.Difference) bool {
	decides := isLegTable(d.Table) || sameName(d.Table, tableManagement) ||
		containsFold(d.Column, "Context") || containsFold(d.Column, "Subject")
	return d.Kind == ini.CellChanged && !decides
}

// parameterDecides reports whether a plan depends on a parameter.
func parameterDecides(name string) bool {
	return containsFold(name, "Context") ||
		slices.ContainsFunc(decidingParameters, func(known string) bool { return sameName(known, name) })
}

// churn returns the churn that the baseline of an earlier run holds.
func (b Baseline) churn() Churn {
	known := Churn{}
	for key := range b {
		if part, ok := strings.CutPrefix(key, keyChurn); ok {
			known[part] = true
		}
	}
	return known
}

// withoutChurn leaves out what the device changes by itself.
func (c changes) withoutChurn(churn Churn) changes {
	if len(churn) == 0 {
		return c
	}
	c.parameters = slices.DeleteFunc(slices.Clone(c.parameters), churn.parameter)
	return c.without(func(d ini.Difference) bool { return churn.cell(d.Table, d.Index, d.Column) })
}
