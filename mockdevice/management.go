package mockdevice

import (
	"slices"
	"strings"
)

// AddTable adds a table after the others, or replaces the one with its name.
func (m *Model) AddTable(t Table) {
	i := slices.IndexFunc(m.Tables, func(known Table) bool { return strings.EqualFold(known.Name, t.Name) })
	if i >= 0 {
		m.Tables[i] = t
		return
	}
	m.Tables = append(m.Tables, t)
}

// AddColumn appends a column to a table, with its default in all rows except those given a value,
// by index and without quotes. It reports whether the model has the table.
func (m *Model) AddColumn(table string, column Column, values map[int]string) bool {
	i := slices.IndexFunc(m.Tables, func(t Table) bool { return strings.EqualFold(t.Name, table) })
	if i < 0 {
		return false
	}
	t := &m.Tables[i]
	t.Columns = append(slices.Clip(t.Columns), column)
	rows := slices.Clone(t.Rows)
	for r, row := range rows {
		value, given := values[row.Index]
		if !given {
			value = column.Default
		}
		rows[r].Cells = append(slices.Clip(row.Cells), column.write(value))
	}
	t.Rows = rows
	return true
}

// AddCertificateLogins adds the column of WebUsers that holds the certificate name with which a user logs in without
// a password (A78), filled for the given users by row. It reports whether the model has WebUsers.
func (m *Model) AddCertificateLogins(subjects map[int]string) bool {
	return m.AddColumn("WebUsers", Column{Name: "TLSSubjectName", Quoted: true}, subjects)
}

// AddManagementInterfaces adds the table of further management interfaces, one for each TLS Context name (A78).
func (m *Model) AddManagementInterfaces(contexts ...string) {
	t := Table{Name: "AdditionalManagementInterfaces", Columns: []Column{
		{Name: "InterfaceName", Quoted: true}, {Name: "TLSContext", Quoted: true}, {Name: "HTTPSOnlyVal",
			Default: "-1"},
	}}
	for i, context := range contexts {
		t.Rows = append(t.Rows, Row{Index: i, Cells: []string{`"O+M+C"`, `"` + context + `"`, "-1"}})
	}
	m.AddTable(t)
}
