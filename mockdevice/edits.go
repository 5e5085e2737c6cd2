package mockdevice

import (
	"fmt"
	"slices"
)

// edit makes a change as another administrator. A wrong table or column is a mistake in the test, so it panics.
func (d *Device) edit(what func(*state) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	if err := d.change(actor{author: ByOther}, what); err != nil {
		panic("mockdevice: " + err.Error())
	}
}

// SetCell changes a cell as another administrator, without saving; value is unquoted. It panics without that cell.
func (d *Device) SetCell(table string, index int, column, value string) {
	d.edit(func(s *state) error { return s.setCell(table, index, column, value) })
}

func (s *state) setCell(table string, index int, column, value string) error {
	t := s.table(table)
	if t == nil || t.row(index) == nil || t.column(column) < 0 {
		return fmt.Errorf("no cell %s %d %s", table, index, column)
	}
	c := t.column(column)
	t.row(index).Cells[c] = t.Columns[c].write(value)
	return nil
}

// AddRow adds or replaces a row as another administrator, without saving. Values are without quotes, by column; other
// columns have their defaults. It panics if there is no such table or column.
func (d *Device) AddRow(table string, index int, values map[string]string) {
	d.edit(func(s *state) error {
		t := s.table(table)
		if t == nil {
			return fmt.Errorf("no table %s", table)
		}
		cells := make([]string, len(t.Columns))
		for c, column := range t.Columns {
			cells[c] = column.Default
		}
		for name, value := range values {
			c := t.column(name)
			if c < 0 {
				return fmt.Errorf("table %s has no column %s", table, name)
			}
			cells[c] = value
		}
		t.put(index, cells)
		if s.table(tlsContexts) == t && s.stores[index] == nil {
			s.stores[index] = [][]byte{}
		}
		return nil
	})
}

// DeleteRow deletes a row, or a TLS Context with its files, as another administrator, without saving.
func (d *Device) DeleteRow(table string, index int) {
	d.edit(func(s *state) error {
		t := s.table(table)
		if t == nil {
			return fmt.Errorf("no table %s", table)
		}
		t.drop(index)
		if s.table(tlsContexts) == t {
			delete(s.stores, index)
		}
		return nil
	})
}

// SetParam sets a parameter as another administrator, without saving; value is raw, quoted as in the INI.
func (d *Device) SetParam(name, value string) {
	d.edit(func(s *state) error { s.setParameter(name, value); return nil })
}

// AddRoot appends a root (DER or PEM) as another administrator, without saving or checking for duplicates.
func (d *Device) AddRoot(context int, root []byte) {
	d.edit(func(s *state) error {
		for _, der := range asDER(root) {
			s.addRoot(context, der)
		}
		return nil
	})
}

// RemoveRoot removes every copy of the root with this SHA-256 (lower-case hex) from a store, without saving.
func (d *Device) RemoveRoot(context int, sha256 string) {
	d.edit(func(s *state) error {
		s.stores[context] = slices.DeleteFunc(s.stores[context],
			func(der []byte) bool { return fingerprint(der) == sha256 })
		return nil
	})
}

// SetRoots replaces a store with these roots (DER or PEM) as another administrator's restore, without saving.
func (d *Device) SetRoots(context int, roots ...[]byte) {
	d.edit(func(s *state) error {
		s.stores[context] = [][]byte{}
		for _, root := range roots {
			for _, der := range asDER(root) {
				s.addRoot(context, der)
			}
		}
		return nil
	})
}

// Save copies RAM to flash at once, as another administrator. It replaces a save in progress.
func (d *Device) Save() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	d.store(d.ram, actor{author: ByOther})
}
