package ini

import "slices"

// Difference is one place in which two readings of a table are not alike. Column is
// empty when a whole row went or came.
type Difference struct {
	Table  string
	Index  int
	Column string
	Before string
	After  string
}

// Compare returns how a table changed from one reading to the next, by row index and
// column name. The order of rows and columns, quoting and obscured secrets, which change
// by themselves, are no difference.
func Compare(before, after *Table) ([]Difference, error) {
	was, err := before.Rows()
	if err != nil {
		return nil, err
	}
	is, err := after.Rows()
	if err != nil {
		return nil, err
	}
	var differences []Difference
	for _, row := range was {
		i := slices.IndexFunc(is, func(r Row) bool { return r.Index == row.Index })
		if i < 0 {
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Before: "row", After: "no row"})
			continue
		}
		differences = append(differences, compareRows(row, is[i])...)
	}
	for _, row := range is {
		if !slices.ContainsFunc(was, func(r Row) bool { return r.Index == row.Index }) {
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Before: "no row", After: "row"})
		}
	}
	return differences, nil
}

func compareRows(before, after Row) []Difference {
	var differences []Difference
	note := func(column string, was, is string) {
		differences = append(differences, Difference{
			Table: before.table.Name, Index: before.Index, Column: column, Before: was, After: is,
		})
	}
	for column, was := range before.Cells {
		is, ok := after.Cell(column)
		switch {
		case !ok:
			note(column, shown(was), "no column")
		case was.Secret() && is.Secret():
		case was.Text() != is.Text():
			note(column, shown(was), shown(is))
		}
	}
	for column, is := range after.Cells {
		if _, ok := before.Cell(column); !ok {
			note(column, "no column", shown(is))
		}
	}
	return differences
}

// shown is a cell's value as it may be printed.
func shown(cell Cell) string {
	if cell.Secret() {
		return "(secret)"
	}
	return cell.Text()
}
