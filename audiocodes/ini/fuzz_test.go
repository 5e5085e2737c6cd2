package ini_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/require"
)

// Whatever is parsed: nothing panics, every error is one of the two kinds, and a row
// that could be read keeps every byte when it is written back and loaded.
func FuzzParse(f *testing.F) {
	for _, data := range samples(f) {
		for _, piece := range pieces(data) {
			f.Add(piece)
		}
	}
	f.Add([]byte("[ a=b ]\nFORMAT Index = x;\na=b 0 = 1;\n[ \\a=b ]\n"))
	f.Add([]byte("[ A ]\nFORMAT Index = A, a;\nA 0 = \"\"\"\", ;\n[ \\A ]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ini.Parse(data)
		if err != nil {
			require.ErrorIs(t, err, ini.ErrNotINI)
			return
		}
		for _, table := range file.Tables() {
			require.True(t, file.Has(table.Name))
			rows, err := table.Rows()
			if err != nil {
				require.ErrorIs(t, err, ini.ErrBadTable)
				continue
			}
			require.Len(t, rows, table.Len())
			for _, row := range rows {
				requireKeepsBytes(t, row)
			}
			requireLoads(t, table, rows)
		}
	})
}

// pieces cuts a sample into texts of one table each, the first with the parameter groups:
// the fuzzer gets further with small inputs.
func pieces(data []byte) [][]byte {
	var pieces [][]byte
	start := 0
	for _, end := range regexp.MustCompile(`(?m)^\[ \\.* \]\r?\n`).FindAllIndex(data, -1) {
		pieces = append(pieces, data[start:end[1]])
		start = end[1]
	}
	return pieces
}

func requireKeepsBytes(t *testing.T, row ini.Row) {
	t.Helper()
	for column := range row.Cells {
		cell, ok := row.Cell(column)
		require.True(t, ok)
		same, err := row.With(column, cell.Text())
		if strings.Contains(cell.Text(), "\r") {
			require.Error(t, err)
			continue
		}
		if err != nil || same.String() != row.String() {
			require.Equal(t, row.String(), same.String(), err)
		}
	}
}

func requireLoads(t *testing.T, table *ini.Table, rows []ini.Row) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	loaded, err := ini.Parse(table.Load(rows...))
	require.NoError(t, err)
	differences, err := ini.Compare(table, loaded.Table(table.Name))
	require.NoError(t, err)
	require.Empty(t, differences)
	again, err := loaded.Table(table.Name).Rows()
	require.NoError(t, err)
	for i, row := range again {
		require.Equal(t, strings.TrimSpace(rows[i].String()), row.String())
	}
}

// A value either comes back as it was given, in one line, or is refused.
func FuzzWith(f *testing.F) {
	for _, value := range []string{"1", "", "a,b", `"`, `a", "b`, "x;", "\r\n", "$1$x", `\`} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		rows, err := parse(t, tableOf("FORMAT Index = Name, Switch;", `TLSContexts 1 = "Teams", 0;`)).Table("TLSContexts").Rows()
		require.NoError(t, err)
		for column := range rows[0].Cells {
			changed, err := rows[0].With(column, value)
			if err != nil {
				continue
			}
			cell, _ := changed.Cell(column)
			require.Contains(t, []string{value, `"` + value + `"`}, string(cell))
			require.NotContains(t, changed.String(), "\n")
			loaded, err := ini.Parse(parse(t, tableOf("FORMAT Index = Name, Switch;")).Table("TLSContexts").Load(changed))
			require.NoError(t, err)
			again, err := loaded.Table("TLSContexts").Rows()
			require.NoError(t, err)
			require.Equal(t, changed.String(), again[0].String())
		}
	})
}
