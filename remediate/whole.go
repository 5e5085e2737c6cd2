package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// What a device changes in its configuration by itself, as seen in real files: the nonce beside a user's obscured
// password, the state of a network port, times of changes.
var (
	volatileColumns    = []string{"PwNonce", "GroupStatus"}
	volatileParameters = []string{"lastconfigchangetime", "vpfilelastupdatetime"}
)

func isVolatile(column string) bool {
	isColumn := func(volatile string) bool { return strings.EqualFold(volatile, column) }
	return slices.ContainsFunc(volatileColumns, isColumn)
}

// changes are the differences between two readings of a whole configuration.
type changes struct {
	cells      []ini.Difference // in tables that can be read
	tables     []string         // others
	parameters []string
}

// compareConfigurations compares everything: a load may spoil what it does not mention.
// docs/design/remediate.md: Around a load the whole configuration is compared
func compareConfigurations(before, after *ini.File) changes {
	var c changes
	for _, table := range before.Tables() {
		c.compare(table, after.Table(table.Name))
	}
	for _, table := range after.Tables() {
		if !before.Has(table.Name) {
			c.compare(before.Table(table.Name), table)
		}
	}
	for _, name := range ini.ChangedParameters(before, after) {
		if !slices.Contains(volatileParameters, name) {
			c.parameters = append(c.parameters, name)
		}
	}
	return c
}

func (c *changes) compare(before, after *ini.Table) {
	if before.Same(after) {
		return // nearly every table, nearly always
	}
	differences, err := ini.Compare(before, after)
	if err != nil {
		if before.Text() != after.Text() {
			c.tables = append(c.tables, before.Name)
		}
		return
	}
	for _, difference := range differences {
		if !isVolatile(difference.Column) {
			c.cells = append(c.cells, difference)
		}
	}
}

// without leaves out the cells that are expected to differ.
func (c changes) without(expected func(ini.Difference) bool) changes {
	c.cells = slices.DeleteFunc(slices.Clone(c.cells), expected)
	return c
}

func (c changes) none() bool { return len(c.cells)+len(c.tables)+len(c.parameters) == 0 }

// lostTables returns the tables that had rows and now have none.
func lostTables(before, after *ini.File) []string {
	var lost []string
	for _, table := range before.Tables() {
		if table.Len() > 0 && after.Table(table.Name).Len() == 0 {
			lost = append(lost, table.Name)
		}
	}
	return lost
}

// maxShown limits how many differences a message names; a comparison with the backup shows them all.
const maxShown = 6

// String says in words what changed; it shows values of the leg's own tables only.
func (c changes) String() string {
	var parts []string
	for _, difference := range c.cells {
		parts = append(parts, describe(difference))
	}
	for _, table := range c.tables {
		parts = append(parts, "table "+table+" is not as it was")
	}
	for _, name := range c.parameters {
		parts = append(parts, "parameter "+name+" is not as it was")
	}
	if more := len(parts) - maxShown; more > 0 {
		parts = append(parts[:maxShown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// describe names the place of a difference, and the values if they may be shown.
func describe(difference ini.Difference) string {
	place := fmt.Sprintf("%s of row %d of %s", difference.Column, difference.Index, difference.Table)
	was, is := difference.Before.Cell(), difference.After.Cell()
	switch {
	case difference.Kind == ini.RowGone:
		return fmt.Sprintf("row %d of %s is gone", difference.Index, difference.Table)
	case difference.Kind == ini.RowNew:
		return fmt.Sprintf("row %d of %s is new", difference.Index, difference.Table)
	case difference.Kind == ini.ColumnGone:
		return place + " is gone"
	case difference.Kind == ini.ColumnNew:
		return place + " is new"
	case isShown(difference.Table, difference.Column, was) && isShown(difference.Table, difference.Column, is):
		return fmt.Sprintf("%s was %q and is %q", place, was.Text(), is.Text())
	default:
		return place + " is not as it was"
	}
}
