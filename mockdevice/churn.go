package mockdevice

import (
	"fmt"
	"strconv"
	"strings"
)

func (c Churn) parameter(name string) bool {
	return c.Parameter != "" && strings.EqualFold(c.Parameter, name)
}

func (c Churn) cell(table string, row int, column string) bool {
	return c.Table != "" && strings.EqualFold(c.Table, table) && strings.EqualFold(c.Column, column) &&
		(c.Row == -1 || c.Row == row)
}

// churned returns the raw value of a parameter in this download.
func (r *rendering) churned(p Parameter) string {
	if !r.dialect.Churn.parameter(p.Name) {
		return p.Value
	}
	if inner, quoted := strings.CutPrefix(p.Value, "'"); quoted {
		return "'" + count(strings.TrimSuffix(inner, "'"), r.download) + "'"
	}
	return count(p.Value, r.download)
}

// churnedCell returns the raw cell of a row in this download.
func (r *rendering) churnedCell(t Table, row Row, c int) string {
	column := t.Columns[c]
	if !r.dialect.Churn.cell(t.Name, row.Index, column.Name) {
		return row.Cells[c]
	}
	return column.write(count(column.read(row.Cells[c]), r.download))
}

// count returns a different value of the same kind for each n.
func count(value string, n int) string {
	if number, err := strconv.Atoi(value); err == nil {
		return strconv.Itoa(number + n)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d", value, n))
}

// changesItself reports whether every download differs from the last.
func (d Dialect) changesItself() bool { return d.SecretsRotate || d.RowsRotate || d.Churn != (Churn{}) }
