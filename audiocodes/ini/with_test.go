package ini_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWith(t *testing.T) {
	t.Parallel()
	const line = `TLSContexts 1 =  "Teams" ,0,  , "a,b";  `
	rows, err := parse(t, tableOf("FORMAT Index = Name, Switch, Port, List;", line)).Table("TLSContexts").Rows()
	require.NoError(t, err)
	tests := map[string]struct{ column, value, line string }{
		"bare cell":              {"Switch", "1", `TLSContexts 1 =  "Teams" ,1,  , "a,b";  `},
		"quoted cell":            {"Name", "x", `TLSContexts 1 =  "x" ,0,  , "a,b";  `},
		"quoted, to empty":       {"Name", "", `TLSContexts 1 =  "" ,0,  , "a,b";  `},
		"quoted, with comma":     {"List", "c, d;", `TLSContexts 1 =  "Teams" ,0,  , "c, d;";  `},
		"empty cell":             {"Port", "5061", `TLSContexts 1 =  "Teams" ,0,  5061, "a,b";  `},
		"bare, to quoted":        {"Port", `"5061"`, `TLSContexts 1 =  "Teams" ,0,  "5061", "a,b";  `},
		"the name in other case": {"sWITCH", "1", `TLSContexts 1 =  "Teams" ,1,  , "a,b";  `},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed, err := rows[0].With(test.column, test.value)
			require.NoError(t, err)
			assert.Equal(t, test.line, changed.String())
			assert.Equal(t, line, rows[0].String(), "the row itself stays as it was")
		})
	}
}

func TestWithRefuses(t *testing.T) {
	t.Parallel()
	rows, err := parse(t, tableOf("FORMAT Index = Name, Switch;", `TLSContexts 1 = "Teams", 0;`)).Table("TLSContexts").Rows()
	require.NoError(t, err)
	tests := map[string]struct{ column, value string }{
		"a column that is not there":     {"UseDefaultCABundle", "1"},
		"a comma in a bare cell":         {"Switch", "1, 2"},
		"an open quote":                  {"Switch", `"1`},
		"blanks around a bare value":     {"Switch", " 1"},
		"a quote that ends the cell":     {"Name", `a", "b`},
		"a line feed in a bare cell":     {"Switch", "1;\n[ \\TLSContexts ]\n[ WebUsers ]\nx"},
		"a line feed in a quoted cell":   {"Name", "a\nb"},
		"a carriage return in the value": {"Name", "a\rb"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed, err := rows[0].With(test.column, test.value)
			require.Error(t, err)
			assert.Empty(t, changed.String())
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	table := parse(t, tableOf("FORMAT TLSContexts_Index = TLSContexts_Name, UseDefaultCABundle;",
		`TLSContexts 0 = "default", 0;`, `TLSContexts 1 = "Teams", 0;`)).Table("tlscontexts")
	rows, err := table.Rows()
	require.NoError(t, err)
	changed, err := rows[1].With("UseDefaultCABundle", "1")
	require.NoError(t, err)
	assert.Equal(t, "[ TLSContexts ]\r\n\r\n"+
		"FORMAT TLSContexts_Index = TLSContexts_Name, UseDefaultCABundle;\r\n"+
		"TLSContexts 1 = \"Teams\", 1;\r\n"+
		"\r\n[ \\TLSContexts ]\r\n", string(table.Load(changed)), "the device's own FORMAT and one row, in full")
}
