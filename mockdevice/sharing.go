package mockdevice

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// share adopts whatever did not change from the state before, so that a fleet of devices with the same tables holds
// them once. It reports whether the two states differ in meaning; a duplicate root makes no difference.
func (s *state) share(before *state) (news bool) {
	if slices.EqualFunc(s.groups, before.groups, sameGroup) {
		s.groups, s.writtenGroups = before.groups, before.writtenGroups
	} else {
		news = true
	}
	if len(s.tables) != len(before.tables) {
		return true
	}
	s.writtenTables = slices.Clone(before.writtenTables)
	for i := range s.tables {
		if sameTable(s.tables[i], before.tables[i]) {
			s.tables[i] = before.tables[i]
			continue
		}
		news = true
		if s.writtenTables != nil {
			s.writtenTables[i] = ""
		}
	}
	return news || !maps.EqualFunc(s.stores, before.stores, sameRoots)
}

func sameGroup(a, b Group) bool { return a.Name == b.Name && slices.Equal(a.Parameters, b.Parameters) }

func sameTable(a, b Table) bool {
	return a.Name == b.Name && slices.Equal(a.Columns, b.Columns) &&
		slices.EqualFunc(a.Rows, b.Rows, func(a, b Row) bool {
			return a.Index == b.Index && slices.Equal(a.Cells, b.Cells)
		})
}

func sameRoots(a, b [][]byte) bool { return slices.EqualFunc(distinct(a), distinct(b), bytes.Equal) }

// distinct returns a store without repetitions.
func distinct(store [][]byte) [][]byte {
	var roots [][]byte
	for _, der := range store {
		if !slices.ContainsFunc(roots, func(root []byte) bool { return bytes.Equal(root, der) }) {
			roots = append(roots, der)
		}
	}
	return roots
}

// keepWritten caches the text of the groups and tables as downloads show them, for devices that share this state.
func (s *state) keepWritten(dialect Dialect) {
	if dialect.changesItself() {
		return // each download is another
	}
	s.writtenGroups = written(dialect, func(r *rendering) { r.groups(s) })
	s.writtenTables = make([]string, len(s.tables))
	for i, t := range s.tables {
		s.writtenTables[i] = written(dialect, func(r *rendering) { r.table(t, i) })
	}
}

func written(dialect Dialect, write func(*rendering)) string {
	r := rendering{dialect: dialect}
	write(&r)
	return strings.Clone(r.out.String())
}

// writtenSize estimates the length of the INI file from what is cached.
func (s *state) writtenSize() int {
	size := len(s.writtenGroups) + 4096 // the header, and a table written anew
	for _, text := range s.writtenTables {
		size += len(text)
	}
	return size
}
