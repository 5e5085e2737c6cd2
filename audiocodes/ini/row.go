package ini

import (
	"errors"
	"fmt"
	"strings"
)

// Row is one row of a table. It never changes: With returns another row.
type Row struct {
	Index int

	table *Table
	line  string // as written by the device
	cells []span
}

// span is the place of one cell in its line, without the blanks around it.
type span struct{ from, to int }

// Cell is the value of one column in one row, as the device wrote it.
type Cell string

// Text is the cell's value without its double quotes.
func (c Cell) Text() string {
	if len(c) >= 2 && c[0] == '"' && c[len(c)-1] == '"' {
		return string(c[1 : len(c)-1])
	}
	return string(c)
}

// Unset reports whether the cell is empty or "$$", which stands for the column's default.
func (c Cell) Unset() bool { return c.Text() == "" || c.Text() == "$$" }

// Secret reports whether the cell holds an obscured secret ("$1$…"). Such a value may differ
// between downloads, must not be shown and must not be written back.
func (c Cell) Secret() bool { return strings.HasPrefix(c.Text(), "$1$") }

// Cell returns the value of a column; ok reports whether this firmware has the column.
func (r Row) Cell(column string) (cell Cell, ok bool) {
	i := r.table.position(column)
	if i < 0 {
		return "", false
	}
	return r.At(i), true
}

// At returns the value of the column at this position in the table's Columns.
func (r Row) At(i int) Cell { return Cell(r.line[r.cells[i].from:r.cells[i].to]) }

// Text returns the value of a column without quotes; "" if the column is missing or unset.
func (r Row) Text(column string) string {
	cell, _ := r.Cell(column)
	if cell.Unset() {
		return ""
	}
	return cell.Text()
}

// Cells calls yield for each column in the device's order.
func (r Row) Cells(yield func(column string, cell Cell) bool) {
	for i, column := range r.table.columns {
		if !yield(column, r.At(i)) {
			return
		}
	}
}

// HasSecret reports whether any cell of the row holds an obscured secret.
func (r Row) HasSecret() bool {
	for i := range r.cells {
		if r.At(i).Secret() {
			return true
		}
	}
	return false
}

// With returns the row with one cell changed and every other byte as it was. A quoted cell stays quoted. It returns an
// error if the device has no such column or the value can't be written in a cell.
// docs/design/device.md: The INI file is the only source of the tables
func (r Row) With(column, value string) (Row, error) {
	i := r.table.position(column)
	if i < 0 {
		return Row{}, fmt.Errorf("table %s has no column %s", r.table.Name, column)
	}
	old := r.At(i)
	if strings.HasPrefix(string(old), `"`) {
		value = `"` + value + `"`
	}
	line := r.line[:r.cells[i].from] + value + r.line[r.cells[i].to:]
	changed, err := r.table.parseRow(line, nil)
	if err != nil || changed.At(i) != Cell(value) || strings.ContainsAny(value, "\r\n") {
		return Row{}, fmt.Errorf("%q can't stand in a cell of table %s", value, r.table.Name)
	}
	return changed, nil
}

// String is the row's line as the device wrote it.
func (r Row) String() string { return r.line }

// splitCells finds the cells of a row that starts at the given offset and must end in ";". It uses room for the result
// if room is large enough.
func splitCells(line string, offset int, room []span) ([]span, error) {
	end := len(strings.TrimRight(line, " \t"))
	if end <= offset || line[end-1] != ';' {
		return nil, errors.New("it does not end in a semicolon")
	}
	end-- // without the semicolon
	cells := room
	if cap(cells) == 0 {
		cells = make([]span, 0, 1+strings.Count(line[offset:end], ","))
	}
	for at := offset; ; {
		to, err := cellEnd(line, at, end)
		if err != nil {
			return nil, err
		}
		cells = append(cells, trim(line, span{at, to}))
		if to == end {
			return cells, nil
		}
		at = to + 1
	}
}

// cellEnd returns the place of the comma that ends the cell, or the end of the row.
func cellEnd(line string, at, end int) (int, error) {
	start := at
	for start < end && (line[start] == ' ' || line[start] == '\t') {
		start++
	}
	if start < end && line[start] == '"' {
		return quotedEnd(line, start, end)
	}
	if comma := strings.IndexByte(line[at:end], ','); comma >= 0 {
		return at + comma, nil
	}
	return end, nil
}

// quotedEnd finds the closing quote: the first one followed by a comma or the row's end.
// The dialect has no escape: a backslash is an ordinary character.
func quotedEnd(line string, start, end int) (int, error) {
	for i := start + 1; i < end; i++ {
		if line[i] != '"' {
			continue
		}
		next := i + 1
		for next < end && (line[next] == ' ' || line[next] == '\t') {
			next++
		}
		if next == end || line[next] == ',' {
			return next, nil
		}
	}
	return 0, errors.New("a quote is not closed")
}

func trim(line string, s span) span {
	for s.from < s.to && (line[s.from] == ' ' || line[s.from] == '\t') {
		s.from++
	}
	for s.to > s.from && (line[s.to-1] == ' ' || line[s.to-1] == '\t') {
		s.to--
	}
	return s
}
