package mockdevice

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

const tlsContexts = "TLSContexts"
const bundleColumn = "UseDefaultCABundle"

// state is a configuration with its files, in RAM or in flash. A state in use is never changed; a change clones it.
type state struct {
	revision int
	flag     int // saveNeeded is on where RAM and flash differ in it
	groups   []Group
	tables   []Table
	stores   map[int][][]byte // roots in DER, by TLS Context
	news     bool             // means something else than the state before

	// The cached INI text of the groups and of each table, for a fleet; empty text is rendered for every download.
	writtenGroups string
	writtenTables []string
}

func (s *state) clone() *state {
	c := &state{groups: slices.Clone(s.groups), tables: slices.Clone(s.tables), stores: maps.Clone(s.stores)}
	for i := range c.groups {
		c.groups[i].Parameters = slices.Clone(c.groups[i].Parameters)
	}
	for i := range c.tables {
		rows := slices.Clone(c.tables[i].Rows)
		for r := range rows {
			rows[r].Cells = slices.Clone(rows[r].Cells)
		}
		c.tables[i].Rows = rows
	}
	for context, roots := range c.stores {
		c.stores[context] = slices.Clone(roots)
	}
	return c
}

// table returns a loadable table; nil if it is missing or hidden.
func (s *state) table(name string) *Table {
	for i := range s.tables {
		if strings.EqualFold(s.tables[i].Name, name) && len(s.tables[i].Columns) > 0 {
			return &s.tables[i]
		}
	}
	return nil
}

// hides reports whether a table exists but is hidden: a load may name it, as the device's file does, without rows.
func (s *state) hides(name string) bool {
	return s.table(name) == nil && slices.ContainsFunc(s.tables,
		func(t Table) bool { return strings.EqualFold(t.Name, name) })
}

// hasContext reports whether the TLS Context exists; without the table, the device has its model's contexts.
func (s *state) hasContext(index int) bool {
	if t := s.table(tlsContexts); t != nil {
		return t.row(index) != nil
	}
	_, found := s.stores[index]
	return found
}

func (s *state) addRoot(context int, der []byte) {
	s.stores[context] = append(s.stores[context], der)
}

func (s *state) hasRoot(context int, der []byte) bool {
	return slices.ContainsFunc(s.stores[context], func(root []byte) bool { return bytes.Equal(root, der) })
}

func (s *state) setParameter(name, value string) {
	for g := range s.groups {
		for p := range s.groups[g].Parameters {
			if known := &s.groups[g].Parameters[p]; known.Comment == "" && strings.EqualFold(known.Name, name) {
				known.Value, known.Hidden = value, false
				return
			}
		}
	}
	group := knownParameters[fold(name)]
	if group == "" {
		group = "SIP Params"
	}
	added := Parameter{Name: name, Value: value}
	for g := range s.groups {
		if strings.EqualFold(s.groups[g].Name, group) {
			s.groups[g].Parameters = append(s.groups[g].Parameters, added)
			return
		}
	}
	s.groups = append(s.groups, Group{Name: group, Parameters: []Parameter{added}})
}

func (s *state) knowsParameter(name string) bool {
	for _, group := range s.groups {
		for _, p := range group.Parameters {
			if p.Comment == "" && strings.EqualFold(p.Name, name) {
				return true
			}
		}
	}
	return knownParameters[fold(name)] != ""
}

func (t *Table) row(index int) *Row {
	for i := range t.Rows {
		if t.Rows[i].Index == index {
			return &t.Rows[i]
		}
	}
	return nil
}

// column returns the position of a column by name, plain or prefixed, or -1.
func (t *Table) column(name string) int {
	plain, _ := plainColumn(t.Name, name)
	return slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, plain) })
}

// put adds or replaces a row. A cell whose value does not change keeps its format.
func (t *Table) put(index int, values []string) {
	old := t.row(index)
	cells := make([]string, len(values))
	for c, value := range values {
		cells[c] = t.Columns[c].write(value)
		if old != nil && t.Columns[c].read(old.Cells[c]) == value {
			cells[c] = old.Cells[c]
		}
	}
	if old != nil {
		old.Cells = cells
		return
	}
	t.Rows = append(t.Rows, Row{Index: index, Cells: cells})
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return a.Index - b.Index })
}

func (t *Table) drop(index int) {
	t.Rows = slices.DeleteFunc(t.Rows, func(r Row) bool { return r.Index == index })
}

// read returns the value of a raw cell: without quotes, $$ resolved.
func (c Column) read(cell string) string {
	if cell == "$$" {
		return c.Default
	}
	return unquote(cell)
}

// write returns the raw cell for a value, in the column's format.
func (c Column) write(value string) string {
	if c.Quoted || strings.ContainsAny(value, ` ,;"=`) {
		return `"` + value + `"`
	}
	return value
}
