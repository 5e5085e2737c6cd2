package ini

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ErrBadTable is in the chain of every error about a table's rows.
var ErrBadTable = errors.New("table can't be read")

// Table is one configuration table.
type Table struct {
	Name string // as written by the device
	// Hidden means that the device has the table but does not show its content.
	Hidden bool

	format  string   // the FORMAT line, as written
	columns []string // without the table's prefix, in the device's order
	lines   []string // the lines after the FORMAT line, as written: rows, if all is well
	// commented are the commented-out rows, without the leading semicolon.
	commented []string

	once  sync.Once // the lines are parsed when a caller first asks for the rows
	whole atomic.Bool
	rows  []Row // once whole
	err   error
}

// nameForm is the form of every table's name in the firmware seen (6.60A to 7.40A).
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// String returns the table's name for messages. A name of another form is not quoted: it may be anything that a device,
// or something in its place, has put between brackets.
func (t *Table) String() string {
	if !nameForm.MatchString(t.Name) {
		return "a table"
	}
	return "table " + t.Name
}

// Columns returns the names after "Index =", without the table's prefix, in the device's order.
func (t *Table) Columns() []string { return append([]string(nil), t.columns...) }

// HasColumn reports whether the device's own FORMAT names the column.
func (t *Table) HasColumn(column string) bool { return t.position(column) >= 0 }

func (t *Table) position(column string) int {
	for i, name := range t.columns {
		if strings.EqualFold(name, column) {
			return i
		}
	}
	return -1
}

// Text returns the table's lines as the device wrote them, for a table with unreadable rows.
func (t *Table) Text() string { return t.format + "\n" + strings.Join(t.lines, "\n") }

// Same reports whether the device wrote both tables identically, byte for byte.
func (t *Table) Same(other *Table) bool {
	return t.Name == other.Name && t.Hidden == other.Hidden && t.format == other.format &&
		slices.Equal(t.lines, other.lines) && slices.Equal(t.commented, other.commented)
}

// Len returns the number of rows, readable or not.
func (t *Table) Len() int { return len(t.lines) }

// Rows parses the table's rows, in the order of the file. An error (ErrBadTable) says which line is cut off, is not a
// row of this table, has a different number of cells than the FORMAT, or repeats an index, or that the FORMAT names a
// column twice. The slice is shared: do not change it.
// docs/design/device.md: A table is taken apart when it is asked for
func (t *Table) Rows() ([]Row, error) {
	t.once.Do(func() {
		t.rows, t.err = t.split()
		t.whole.Store(t.err == nil)
	})
	return t.rows, t.err
}

func (t *Table) split() ([]Row, error) {
	rows := make([]Row, 0, len(t.lines))
	err := t.Walk(func(row Row) {
		row.cells = slices.Clone(row.cells)
		rows = append(rows, row)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Commented returns the rows that the device wrote as comments (";SIPInterface 3 = …;"), which Rows leaves out, and
// how many more can't be parsed. What such a row does on the device is not documented.
func (t *Table) Commented() (rows []Row, unread int) {
	for _, line := range t.commented {
		row, err := t.parseRow(line, nil)
		if err != nil {
			unread++
			continue
		}
		rows = append(rows, row)
	}
	return rows, unread
}

// Walk calls visit for each row, in the order of the file. Unlike Rows it keeps none: a row is valid until visit
// returns. It returns the errors of Rows, after it has visited the rows before the faulty one.
func (t *Table) Walk(visit func(Row)) error {
	if t.whole.Load() {
		for _, row := range t.rows {
			visit(row)
		}
		return nil
	}
	if err := t.checkColumns(); err != nil {
		return err
	}
	cells := make([]span, 0, len(t.columns))
	var seen indexes
	for _, line := range t.lines {
		row, err := t.parseRow(line, cells[:0])
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrBadTable, t, err)
		}
		if !seen.add(row.Index) {
			return fmt.Errorf("%w: %s: index %d stands there twice", ErrBadTable, t, row.Index)
		}
		visit(row)
	}
	return nil
}

// indexes holds the indexes of the rows seen so far.
type indexes struct {
	rising []int // in the order in which devices write them
	others map[int]bool
}

// add reports false for an index that was seen before.
func (x *indexes) add(index int) bool {
	if n := len(x.rising); n == 0 || index > x.rising[n-1] {
		x.rising = append(x.rising, index)
		return !x.others[index]
	}
	if _, twice := slices.BinarySearch(x.rising, index); twice || x.others[index] {
		return false
	}
	if x.others == nil {
		x.others = map[int]bool{}
	}
	x.others[index] = true
	return true
}

func (t *Table) checkColumns() error {
	if t.Hidden {
		return fmt.Errorf("%w: the device hides %s", ErrBadTable, t)
	}
	for i, column := range t.columns {
		if t.position(column) != i {
			return fmt.Errorf("%w: %s: the FORMAT names a column twice", ErrBadTable, t)
		}
	}
	return nil
}

// parseRow parses a row; its cells use the given room.
func (t *Table) parseRow(line string, room []span) (Row, error) {
	text := strings.TrimSpace(line)
	if !hasWord(text, t.Name) {
		return Row{}, errors.New("a line that is no row of it")
	}
	start := strings.Index(line, text) + len(t.Name)
	head, _, ok := strings.Cut(line[start:], "=")
	if !ok {
		return Row{}, fmt.Errorf("a row without %q", "=")
	}
	number := strings.TrimSpace(head)
	index, err := strconv.Atoi(number)
	if err != nil || index < 0 {
		return Row{}, errors.New("a row whose index is no number") // not quoted: it may be cells
	}
	cells, err := splitCells(line, start+len(head)+1, room)
	if err != nil {
		return Row{}, fmt.Errorf("row %d: %w", index, err)
	}
	if len(cells) != len(t.columns) {
		return Row{}, fmt.Errorf("row %d has %d cells, the FORMAT %d", index, len(cells), len(t.columns))
	}
	return Row{Index: index, table: t, line: line, cells: cells}, nil
}

// Load renders a partial INI file that sets the given rows: the device's own FORMAT line and each row in full, with
// CRLF line ends. Loaded incrementally, it changes these rows and nothing else (User's Manual 7.4, "Loading an
// Incremental INI File").
func (t *Table) Load(rows ...Row) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "[ %s ]\r\n\r\n%s\r\n", t.Name, strings.TrimSpace(t.format))
	for _, row := range rows {
		fmt.Fprintf(&text, "%s\r\n", strings.TrimSpace(row.line))
	}
	fmt.Fprintf(&text, "\r\n[ \\%s ]\r\n", t.Name)
	return []byte(text.String())
}

// parseFormat reads "FORMAT Index = A, B;" or "FORMAT X_Index = X_A, X_B;".
func parseFormat(table, line string) ([]string, error) {
	_, list, ok := strings.Cut(line, "=")
	list = strings.TrimSpace(list)
	if !ok || !strings.HasSuffix(list, ";") {
		return nil, fmt.Errorf("the FORMAT line of %s is cut off", &Table{Name: table})
	}
	prefix := table + "_"
	columns := make([]string, 0, 1+strings.Count(list, ","))
	for name := range strings.SplitSeq(strings.TrimSuffix(list, ";"), ",") {
		name = strings.TrimSpace(name)
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			name = name[len(prefix):]
		}
		if name == "" {
			return nil, fmt.Errorf("the FORMAT line of %s has a column without a name", &Table{Name: table})
		}
		columns = append(columns, name)
	}
	return columns, nil
}
