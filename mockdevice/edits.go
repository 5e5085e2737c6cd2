package mockdevice

import (
	"fmt"
	"slices"
)

// edit is a change by another administrator. A wrong table or column is a mistake in
// the test: it panics.
func (d *Device) edit(what func(*state) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	if err := d.change(actor{author: ByOther}, what); err != nil {
		panic("mockdevice: " + err.Error())
	}
}

// SetCell changes one cell as another administrator would; value is without
// quotes. It is not saved. It panics if there is no such cell.
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

// AddRow adds or replaces a row as another administrator would. Values are
// without quotes, by column; the rest is at its default. It is not saved. It
// panics if there is no such table or column.
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

// DeleteRow deletes a row as another administrator would, a TLS Context with
// its files. It is not saved.
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

// SetParam sets a parameter as another administrator would; value is raw, in
// the quotes the INI shows. It is not saved.
func (d *Device) SetParam(name, value string) {
	d.edit(func(s *state) error { s.setParameter(name, value); return nil })
}

// AddRoot puts a root (DER or PEM) at the end of a store as another
// administrator would, without looking at what is there. It is not saved.
func (d *Device) AddRoot(context int, root []byte) {
	d.edit(func(s *state) error {
		for _, der := range asDER(root) {
			s.addRoot(context, der)
		}
		return nil
	})
}

// RemoveRoot takes every copy of the root with that SHA-256 (lower-case hex)
// out of a store. It is not saved.
func (d *Device) RemoveRoot(context int, sha256 string) {
	d.edit(func(s *state) error {
		s.stores[context] = slices.DeleteFunc(s.stores[context], func(der []byte) bool { return fingerprint(der) == sha256 })
		return nil
	})
}

// SetRoots replaces a store by these roots (each DER or PEM) as another
// administrator who restores a backup would. It is not saved.
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

// Save copies RAM to flash at once, as another administrator would. It takes the
// place of a save that is under way.
func (d *Device) Save() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ripen()
	d.store(d.ram, actor{author: ByOther})
}
