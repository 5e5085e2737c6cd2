package mockdevice

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// rendering writes a configuration as the INI file of a GET /files/ini.
type rendering struct {
	dialect  Dialect
	download int // number of the download, for secrets that rotate
	out      strings.Builder
}

func (r *rendering) line(format string, args ...any) {
	fmt.Fprintf(&r.out, format, args...)
	if r.dialect.LineFeeds {
		r.out.WriteString("\n")
		return
	}
	r.out.WriteString("\r\n")
}

// renderINI renders the whole configuration in the dialect.
func renderINI(m *Model, s *state, download int) []byte {
	r := rendering{dialect: m.Dialect, download: download}
	r.out.Grow(s.writtenSize())
	for _, line := range m.Header {
		r.header(m, line)
	}
	r.line("")
	if s.writtenGroups != "" {
		r.out.WriteString(s.writtenGroups)
	} else {
		r.groups(s)
	}
	for i, t := range s.tables {
		if s.writtenTables != nil && s.writtenTables[i] != "" {
			r.out.WriteString(s.writtenTables[i])
			continue
		}
		r.table(t, i)
	}
	return []byte(r.out.String())
}

func (r *rendering) groups(s *state) {
	for _, group := range s.groups {
		r.group(group)
	}
}

func (r *rendering) header(m *Model, line string) {
	for _, f := range headerFields {
		if strings.HasPrefix(line, f.label) {
			if r.dialect.HeaderWithoutSerial && f.label == serialLabel {
				return
			}
			line = f.label + " " + *f.field(m)
		}
	}
	r.line("%s", line)
}

func (r *rendering) group(g Group) {
	if g.Name != "" {
		r.line("[%s]", g.Name)
		r.line("")
	}
	for _, p := range g.Parameters {
		switch {
		case p.Comment != "":
			r.line("%s", p.Comment)
		case p.Hidden:
			r.line(";%s is hidden but has non-default value", p.Name)
		default:
			r.line("%s = %s", p.Name, r.parameter(r.churned(p)))
		}
	}
	if r.dialect.HiddenParameters {
		r.line(";GWSIMULATEDPARAMETER is hidden but has non-default value")
	}
	r.line("")
}

// parameter rotates the secret in a value such as '$1$…'.
func (r *rendering) parameter(value string) string {
	inner := strings.Trim(value, "'")
	if !isSecret(inner) {
		return value
	}
	return strings.Replace(value, inner, r.secret(inner), 1)
}

func (r *rendering) table(t Table, number int) {
	if len(t.Rows) == 0 && len(t.Columns) > 0 && !r.dialect.EmptyTables {
		return
	}
	name := r.name(t.Name)
	r.line("[ %s ]", name)
	r.line("")
	for _, comment := range t.Comments {
		r.line("%s", comment)
	}
	if len(t.Columns) > 0 {
		r.rows(t, name, r.prefix(t, number))
	}
	r.line("")
	r.line(`[ \%s ]`, name)
	r.line("")
	r.line("")
}

func (r *rendering) rows(t Table, name, prefix string) {
	order := r.order(t.Name+" columns", len(t.Columns), r.dialect.ColumnsShuffled)
	names := make([]string, len(order))
	for i, c := range order {
		names[i] = r.name(prefix + t.Columns[c].Name)
	}
	r.line("FORMAT %s = %s;", r.name(prefix+"Index"), strings.Join(names, ", "))
	rows, turn := r.order(t.Name+" rows", len(t.Rows), r.dialect.RowsShuffled), 0
	if r.dialect.RowsRotate {
		turn = r.download
	}
	for i := range t.Rows {
		n := rows[(i+turn)%len(rows)]
		cells := make([]string, len(order))
		for i, c := range order {
			cells[i] = r.cell(t.Columns[c], r.churnedCell(t, t.Rows[n], c))
		}
		r.line("%s %d = %s;", name, t.Rows[n].Index, strings.Join(cells, ", "))
		if r.dialect.CommentedRows && i == len(t.Rows)-1 {
			r.line(";%s %d = %s;", name, unusedIndex, strings.Join(cells, ", "))
		}
	}
}

// unusedIndex is the index of the row in comment form.
const unusedIndex = 99

func (r *rendering) name(name string) string {
	if r.dialect.UpperCase {
		return strings.ToUpper(name)
	}
	return name
}

func (r *rendering) prefix(t Table, number int) string {
	prefixed := map[Prefixes]bool{PrefixesOfModel: t.Prefixed, PrefixesAlways: true, PrefixesMixed: number%2 == 0}
	if prefixed[r.dialect.Prefixes] {
		return t.Name + "_"
	}
	return ""
}

// order returns a permutation of n things, the same in every download.
func (r *rendering) order(what string, n int, shuffled bool) []int {
	if shuffled {
		return permutation(r.dialect.Seed, what, n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func permutation(seed uint64, what string, n int) []int {
	sum := fnv.New64a()
	sum.Write([]byte(what))
	return rand.New(rand.NewPCG(seed, sum.Sum64())).Perm(n)
}

func (r *rendering) cell(c Column, raw string) string {
	value := c.read(raw)
	_, err := netip.ParseAddr(value)
	switch {
	case isSecret(value):
		return `"` + r.secret(value) + `"`
	case r.dialect.DefaultsAsDollars && value == c.Default:
		return "$$"
	case r.dialect.EmptyCellsBare && value == "":
		return ""
	case r.dialect.BundleQuoted && strings.EqualFold(c.Name, bundleColumn):
		return `"` + value + `"`
	case err == nil && r.dialect.Addresses == AddressesBare:
		return value
	case err == nil && r.dialect.Addresses == AddressesQuoted:
		return `"` + value + `"`
	}
	return raw
}
