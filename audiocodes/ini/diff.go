package ini

import "fmt"

// Difference is a cell that differs between two readings. Before and After are zero if the cell did not exist.
type Difference struct {
	Table  string
	Index  int
	Column string // empty if a whole row appeared or disappeared
	Kind   DifferenceKind
	Before Concealed
	After  Concealed
}

// DifferenceKind is the way in which a row or a cell differs.
type DifferenceKind int

// The kinds of differences. A column that appeared or disappeared is a difference of each row.
const (
	CellChanged DifferenceKind = iota
	RowGone
	RowNew
	ColumnGone
	ColumnNew
)

// Concealed is a cell that no message shows by accident: any table may hold a secret, and only for few firmwares is it
// known which columns do. However it is printed or marshalled, it is "(not shown)"; Cell returns the cell itself.
// docs/design/device.md: A difference hides its cells
type Concealed struct{ cell Cell }

const notShown = "(not shown)"

// Conceal wraps a cell.
func Conceal(cell Cell) Concealed { return Concealed{cell} }

// Cell returns the cell itself. The caller is responsible for keeping it secret.
func (c Concealed) Cell() Cell { return c.cell }

// Format writes "(not shown)" for every verb.
func (c Concealed) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(notShown)) }

// MarshalText is for JSON, YAML and logs.
func (c Concealed) MarshalText() ([]byte, error) { return []byte(notShown), nil }

// Compare returns how a table changed from one reading to the next, by row index and column name. It ignores the order
// of rows and columns, quoting, and obscured secrets, which change by themselves.
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
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Kind: RowGone})
			continue
		}
		differences = append(differences, compareRows(row, after)...)
	}
	for _, row := range is {
		if _, known := old[row.Index]; !known {
			differences = append(differences, Difference{Table: before.Name, Index: row.Index, Kind: RowNew})
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
	note := func(column string, kind DifferenceKind, was, is Cell) {
		differences = append(differences, Difference{
			Table: before.table.Name, Index: before.Index, Column: column, Kind: kind,
			Before: Conceal(was), After: Conceal(is),
		})
	}
	for column, was := range before.Cells {
		is, ok := after.Cell(column)
		switch {
		case !ok:
			note(column, ColumnGone, was, "")
		case was.Secret() && is.Secret():
		case was.Text() != is.Text():
			note(column, CellChanged, was, is)
		}
	}
	for column, is := range after.Cells {
		if _, ok := before.Cell(column); !ok {
			note(column, ColumnNew, "", is)
		}
	}
	return differences
}
