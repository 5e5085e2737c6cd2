package mockdevice

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// highestBundle is the last TLS Context that may use the default CA bundle (user's manual 7.4).
const highestBundle = 4

// loaded holds the row indexes, by table, that an incremental load gave.
type loaded map[*Table]map[int]bool

// load applies an incremental INI file: its rows replace those of the same index, with missing columns at their
// defaults; its parameters replace those of the same name; all else stays. After an error the state is unusable.
func (s *state) load(text string, dialect Dialect) (loaded, error) {
	lines, err := scanINI(text)
	if err != nil {
		return nil, err
	}
	l := loader{state: s, dialect: dialect, given: loaded{}}
	for _, line := range lines {
		if err := l.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", line.number, err)
		}
	}
	switch {
	case l.open != "":
		return nil, fmt.Errorf("table %s has no end", l.open)
	case !l.content:
		return nil, errors.New("file is empty")
	}
	l.forget()
	return l.given, nil
}

type loader struct {
	state   *state
	dialect Dialect
	given   loaded
	content bool

	open      string // name of the open table, "" outside
	table     *Table // nil if unknown and ignored
	formatted bool
	positions []int // for each cell the column, -1 to ignore it
}

func (l *loader) add(line iniLine) error {
	if line.kind != blankLine && line.kind != commentLine {
		l.content = true
	}
	switch line.kind {
	case tableLine:
		return l.beginTable(line.name)
	case endLine:
		return l.end(line.name)
	case groupLine:
		if l.open != "" {
			return fmt.Errorf("table %s has no end", l.open)
		}
	case formatLine:
		return l.format(line)
	case rowLine:
		return l.row(line)
	case parameterLine:
		return l.parameter(line)
	}
	return nil
}

func (l *loader) beginTable(name string) error {
	if l.open != "" {
		return fmt.Errorf("table %s has no end", l.open)
	}
	l.open, l.table = name, l.state.table(name)
	l.formatted = false
	if l.table == nil && !l.state.hides(name) && !l.dialect.UnknownIgnored {
		return fmt.Errorf("unknown table %s", name)
	}
	if l.table != nil && l.given[l.table] == nil {
		l.given[l.table] = map[int]bool{}
	}
	return nil
}

func (l *loader) end(name string) error {
	if !strings.EqualFold(name, l.open) {
		return fmt.Errorf("end of table %s, which is not open", name)
	}
	l.open = ""
	return nil
}

func (l *loader) format(line iniLine) error {
	if l.formatted {
		return errors.New("second FORMAT line")
	}
	if index, _ := plainColumn(l.open, line.name); !strings.EqualFold(index, "Index") {
		return fmt.Errorf("FORMAT begins with %s, not with Index", line.name)
	}
	l.formatted, l.positions = true, nil
	seen := map[int]bool{}
	for _, name := range line.cells {
		position := -1
		if l.table != nil {
			position = l.table.column(name)
		}
		switch {
		case position < 0 && !l.dialect.UnknownIgnored:
			return fmt.Errorf("table %s has no column %s", l.open, name)
		case position >= 0 && seen[position]:
			return fmt.Errorf("column %s is named twice", name)
		}
		seen[position] = true
		l.positions = append(l.positions, position)
	}
	return nil
}

func (l *loader) row(line iniLine) error {
	switch {
	case !strings.EqualFold(line.name, l.open):
		return fmt.Errorf("row of %s in table %s", line.name, l.open)
	case !l.formatted:
		return errors.New("row before FORMAT")
	case len(line.cells) != len(l.positions):
		return fmt.Errorf("%d cells for %d columns", len(line.cells), len(l.positions))
	case l.table == nil:
		return nil
	case l.given[l.table][line.index]:
		return fmt.Errorf("row %d is given twice", line.index)
	}
	l.given[l.table][line.index] = true
	values := make([]string, len(l.table.Columns))
	for c, column := range l.table.Columns {
		values[c] = column.Default
	}
	for i, cell := range line.cells {
		if position := l.positions[i]; position >= 0 {
			values[position] = reveal(l.table.Columns[position].read(cell))
		}
	}
	l.keepChurn(line.index, values)
	if err := l.checkBundle(line.index, values); err != nil {
		return err
	}
	l.table.put(line.index, values)
	if strings.EqualFold(l.table.Name, tlsContexts) && l.state.stores[line.index] == nil {
		l.state.stores[line.index] = [][]byte{}
	}
	return nil
}

// keepChurn preserves what changes by itself: a load cannot set it.
func (l *loader) keepChurn(index int, values []string) {
	old := l.table.row(index)
	if old == nil {
		return
	}
	for c, column := range l.table.Columns {
		if l.dialect.Churn.cell(l.table.Name, index, column.Name) {
			values[c] = column.read(old.Cells[c])
		}
	}
}

func (l *loader) checkBundle(index int, values []string) error {
	if !strings.EqualFold(l.table.Name, tlsContexts) {
		return nil
	}
	bundle := l.table.column(bundleColumn)
	if bundle < 0 {
		return nil
	}
	switch value := values[bundle]; {
	case value != "0" && value != "1":
		return fmt.Errorf("%s is %s, neither 0 nor 1", bundleColumn, strconv.Quote(value))
	case value == "0" || index <= highestBundle:
	case l.dialect.HighBundleIgnored:
		values[bundle] = "0"
	default:
		return fmt.Errorf("%s can be enabled for TLS Contexts 0 to %d only", bundleColumn, highestBundle)
	}
	return nil
}

func (l *loader) parameter(line iniLine) error {
	if !l.state.knowsParameter(line.name) {
		if l.dialect.UnknownIgnored {
			return nil
		}
		return fmt.Errorf("unknown parameter %s", line.name)
	}
	if l.dialect.Churn.parameter(line.name) {
		return nil
	}
	l.state.setParameter(line.name, revealParameter(line.value))
	return nil
}

// forget drops what a load loses in this dialect.
func (l *loader) forget() {
	if l.dialect.LoadDrops == DropsNothing {
		return
	}
	for i := range l.state.tables {
		t := &l.state.tables[i]
		given, mentioned := l.given[t]
		if !mentioned && l.dialect.LoadDrops != DropsTables {
			continue
		}
		for _, row := range append([]Row(nil), t.Rows...) {
			if given[row.Index] {
				continue
			}
			t.drop(row.Index)
			if strings.EqualFold(t.Name, tlsContexts) && l.dialect.LoadDrops == DropsRowsAndFiles {
				delete(l.state.stores, row.Index)
			}
		}
	}
}
