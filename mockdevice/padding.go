package mockdevice

import (
	"fmt"
	"slices"
)

// padded are the tables that grow in large configurations and have nothing to do with TLS.
var padded = []string{"IP2IPRouting", "MessageManipulations"}

// PadINI adds routes and message manipulations in turn, until the INI file has at least this many bytes.
func (m *Model) PadINI(size int) error {
	missing := size - len(m.ini())
	for turn := 0; missing > 0; turn++ {
		t := m.table(padded[turn%len(padded)])
		if t == nil {
			return fmt.Errorf("pad INI: the device has no rows in %s", padded[turn%len(padded)])
		}
		missing -= t.repeatRow()
	}
	return nil
}

func (m *Model) ini() []byte {
	return renderINI(m, &state{groups: m.Groups, tables: m.Tables}, 0)
}

// table returns a table with rows, to be changed, or nil.
func (m *Model) table(name string) *Table {
	i := slices.IndexFunc(m.Tables, func(t Table) bool { return t.Name == name && len(t.Rows) > 0 })
	if i < 0 {
		return nil
	}
	return &m.Tables[i]
}

// repeatRow adds a row like the last one and returns the length of its line.
func (t *Table) repeatRow() int {
	last := t.Rows[len(t.Rows)-1]
	row := Row{Index: last.Index + 1, Cells: slices.Clone(last.Cells)}
	row.Cells[0] = fmt.Sprintf(`"%s %d"`, t.Name, row.Index)
	t.Rows = append(slices.Clip(t.Rows), row)
	length := len(fmt.Sprintf("%s %d = ;\r\n", t.Name, row.Index))
	for _, cell := range row.Cells {
		length += len(cell) + len(", ")
	}
	return length - len(", ")
}
