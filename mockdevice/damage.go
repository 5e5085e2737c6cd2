package mockdevice

import (
	"cmp"
	"net/http"
	"strconv"
)

// workAndDamage does the work and, after a successful INI load, spoils something that the load did not touch.
func (d *Device) workAndDamage(c call, f Fault) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.ram
	a := d.perform(c)
	if !a.done || before == d.ram {
		return a
	}
	target, found := f, f.Table != ""
	if !found {
		target, found = d.target(f, c)
	}
	if !found {
		return a
	}
	err := d.change(actor{author: ByDevice}, func(s *state) error {
		if f.Do == DamageOtherRow {
			if t := s.table(target.Table); t != nil {
				t.drop(target.Row)
			}
			return nil
		}
		return s.setCell(target.Table, target.Row, target.Column, target.Value)
	})
	if err != nil {
		panic("mockdevice: damage: " + err.Error())
	}
	return a
}

// refuseAtACost refuses an upload to a store and removes a root from it.
func (d *Device) refuseAtACost(c call, f Fault) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	parts, isImport := matchPath(importRoute, c.resource)
	if !isImport {
		parts, isImport = matchPath("files/tls/*/trustedRoot", c.resource)
	}
	if c.parts = parts; !isImport {
		return d.failure(cmp.Or(f.Status, http.StatusConflict), "Refused")
	}
	return d.refuseImport(c, cmp.Or(f.Status, http.StatusConflict), true)
}

// target finds something to spoil in the first table of the load.
func (d *Device) target(f Fault, c call) (Fault, bool) {
	file, err := filePart(c.request, c.body)
	if err != nil {
		return f, false
	}
	given, err := d.ram.clone().load(string(file), d.model.Dialect)
	if err != nil {
		return f, false
	}
	for _, t := range d.ram.tables {
		for loaded, rows := range given {
			if loaded.Name == t.Name {
				return t.target(f, rows)
			}
		}
	}
	return f, false
}

func (t Table) target(f Fault, given map[int]bool) (Fault, bool) {
	f.Table = t.Name
	last := len(t.Columns) - 1
	if len(t.Rows) == 0 || last < 0 {
		return f, false
	}
	victim, other := t.Rows[0], false
	for _, row := range t.Rows {
		if !given[row.Index] {
			victim, other = row, true
			break
		}
	}
	f.Row, f.Column = victim.Index, t.Columns[last].Name
	f.Value = spoilt(t.Columns[last].read(victim.Cells[last]))
	return f, other || f.Do == DamageOtherCell
}

// spoilt returns a different value of the same kind.
func spoilt(value string) string {
	if n, err := strconv.Atoi(value); err == nil {
		return strconv.Itoa(n + 1)
	}
	return value + "x"
}
