package mockdevice

import (
	"fmt"
	"slices"
	"strings"
)

// Snapshot is a comparable form of RAM or flash: two are equal if and only if the configurations mean the same.
type Snapshot struct {
	// Configuration is the whole configuration as INI text in one style, independent of the Dialect: plain column
	// names, every cell in quotes, rows by index, defaults written out, no comments, secrets as stored.
	Configuration string
	// Roots are the trust stores by TLS Context: SHA-256 of the DER in
	// lower-case hex, in the order of the store, duplicates included.
	Roots map[int][]string
}

// Cell returns the value of a cell, without quotes, or "".
func (s Snapshot) Cell(table string, index int, column string) string {
	lines, err := scanINI(s.Configuration)
	if err != nil {
		return ""
	}
	position := -1
	inside := false
	for _, line := range lines {
		switch {
		case line.kind == tableLine:
			inside = strings.EqualFold(line.name, table)
		case inside && line.kind == formatLine:
			position = slices.IndexFunc(line.cells, func(c string) bool { return strings.EqualFold(c, column) })
		case inside && line.kind == rowLine && line.index == index && position >= 0:
			return unquote(line.cells[position])
		}
	}
	return ""
}

func (s *state) snapshot() Snapshot {
	result := Snapshot{Configuration: s.canonical(), Roots: map[int][]string{}}
	for context, roots := range s.stores {
		prints := make([]string, len(roots))
		for i, der := range roots {
			prints[i] = fingerprint(der)
		}
		result.Roots[context] = prints
	}
	return result
}

func (s *state) canonical() string {
	var out strings.Builder
	for _, group := range s.groups {
		fmt.Fprintf(&out, "[%s]\n", group.Name)
		for _, p := range group.Parameters {
			if p.Comment == "" && !p.Hidden {
				fmt.Fprintf(&out, "%s = %s\n", p.Name, p.Value)
			}
		}
	}
	for _, t := range s.tables {
		t.canonical(&out)
	}
	return out.String()
}

func (t Table) canonical(out *strings.Builder) {
	if len(t.Rows) == 0 {
		return
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	fmt.Fprintf(out, "[ %s ]\nFORMAT Index = %s;\n", t.Name, strings.Join(names, ", "))
	rows := slices.Clone(t.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return a.Index - b.Index })
	for _, row := range rows {
		cells := make([]string, len(row.Cells))
		for i, cell := range row.Cells {
			cells[i] = `"` + t.Columns[i].read(cell) + `"`
		}
		fmt.Fprintf(out, "%s %d = %s;\n", t.Name, row.Index, strings.Join(cells, ", "))
	}
	fmt.Fprintf(out, "[ \\%s ]\n", t.Name)
}
