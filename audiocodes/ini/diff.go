package ini

import "strings"

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
	old, now := byIndex(was), byIndex(is)
	var differences []Difference
	for _, row := range was {
		after, still := now[row.Index]
		if !still {
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Before: "row", After: "no row"})
			continue
		}
		differences = append(differences, compareRows(row, after)...)
	}
	for _, row := range is {
		if _, known := old[row.Index]; !known {
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Before: "no row", After: "row"})
		}
	}
	return differences, nil
}

func byIndex(rows []Row) map[int]Row {
	indexed := make(map[int]Row, len(rows))
	for _, row := range rows {
		indexed[row.Index] = row
	}
	return indexed
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
			note(column, shown(column, was), "no column")
		case was.Secret() && is.Secret():
		case was.Text() != is.Text():
			note(column, shown(column, was), shown(column, is))
		}
	}
	for column, is := range after.Cells {
		if _, ok := before.Cell(column); !ok {
			note(column, "no column", shown(column, is))
		}
	}
	return differences
}

// secretColumns are parts of the names of columns that old firmware may hold a secret in
// without obscuring it.
var secretColumns = []string{"passw", "secret", "community"}

// shown is a cell's value as it may be printed.
func shown(column string, cell Cell) string {
	for _, part := range secretColumns {
		if strings.Contains(strings.ToLower(column), part) {
			return "(secret)"
		}
	}
	if cell.Secret() {
		return "(secret)"
	}
	return cell.Text()
}
