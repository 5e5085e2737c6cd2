package ini_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const table = "[ A ]\nFORMAT Index = B;\nA 0 = 1;\n[ \\A ]\n"
	tests := map[string]struct{ text, says string }{
		"nothing":                      {"", "no section"},
		"blank lines":                  {"\r\n \r\n", "no section"},
		"comments only":                {";** Ini File **\n", "no section"},
		"a login page":                 {"<!DOCTYPE html>\n<html><body>Login</body></html>", "line 1: text before"},
		"a JSON object":                {`{"description":"busy"}`, "line 1: text before"},
		"a JSON list":                  {`[{"id":0}]`, "it ends inside a table"},
		"a JSON list over lines":       {"[\n  {\"id\": 0}\n]", "line 1: the name of a section is cut off"},
		"garbage":                      {"\x00\x01\x02\xff", "text before"},
		"CR line ends":                 {strings.ReplaceAll(";x\n"+table, "\n", "\r"), "no section"},
		"parameters outside a group":   {"EnableSyslog = 1\n" + table, "line 1: text before"},
		"groups only":                  {"[SIP Params]\nEnableSyslog = 1\n", "before the first table"},
		"a table twice":                {table + strings.ReplaceAll(table, "A", "a"), "stands in the file twice"},
		"an unclosed table at the end": {"[ A ]\nFORMAT Index = B;\nA 0 = 1;\n", "ends inside table A"},
		"an unclosed table":            {"[ A ]\nFORMAT Index = B;\n[ C ]\nFORMAT Index = B;\n[ \\C ]\n", "table A is not closed"},
		"a table closed by a group":    {"[ A ]\nFORMAT Index = B;\n[SIP Params]\n" + strings.ReplaceAll(table, "A", "C"), "table A is not closed"},
		"closed under another name":    {"[ A ]\nFORMAT Index = B;\n[ \\C ]\n", "line 3: a table is closed that was not open"},
		"closed without being open":    {table + "[ \\A ]\n", "line 5: a table is closed that was not open"},
		"an opening bracket only":      {table + "[ C ]\n", "ends inside table C"},
		"a cut opening bracket":        {table + "[ TLSCont", "line 5: the name of a section is cut off"},
		"a cut closing bracket":        {"[ A ]\nFORMAT Index = B;\nA 0 = 1;\n[ \\A", "the name of a section is cut off"},
		"a section without a name":     {"[ ]\n" + table, "without a name"},
		"a row before the FORMAT":      {"[ A ]\nA 0 = 1;\nFORMAT Index = B;\n[ \\A ]\n", "row before its FORMAT"},
		"two FORMAT lines":             {"[ A ]\nFORMAT Index = B;\nFORMAT Index = C;\n[ \\A ]\n", "two FORMAT lines"},
		"a FORMAT line without ;":      {"[ A ]\nFORMAT Index = B, C\n[ \\A ]\n", "FORMAT line of table A is cut off"},
		"a FORMAT line without =":      {"[ A ]\nFORMAT Index;\n[ \\A ]\n", "FORMAT line of table A is cut off"},
		"a column without a name":      {"[ A ]\nFORMAT Index = B, , C;\n[ \\A ]\n", "column without a name"},
		"a FORMAT without columns":     {"[ A ]\nFORMAT Index = ;\n[ \\A ]\n", "column without a name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := ini.Parse([]byte(test.text))
			require.ErrorIs(t, err, ini.ErrNotINI)
			require.ErrorContains(t, err, test.says)
			assert.Nil(t, file)
		})
	}
}

func TestRowsRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ row, says string }{
		"too few cells":             {`TLSContexts 1 = "Teams";`, "has 1 cells, the FORMAT 2"},
		"too many cells":            {`TLSContexts 1 = "Teams", 1, 2;`, "has 3 cells, the FORMAT 2"},
		"an index twice":            {`TLSContexts 0 = "Teams", 1;`, "index 0 stands there twice"},
		"an index that is no word":  {`TLSContexts one = "Teams", 1;`, "index is no number"},
		"a negative index":          {`TLSContexts -1 = "Teams", 1;`, "index is no number"},
		"no index":                  {`TLSContexts = "Teams", 1;`, "index is no number"},
		"two indexes":               {`TLSContexts 1, 2 = "Teams", 1;`, "index is no number"},
		"an index beyond all":       {`TLSContexts 99999999999999999999 = "Teams", 1;`, "index"},
		"no equals sign":            {`TLSContexts 1 "Teams", 1;`, "a row without"},
		"no semicolon":              {`TLSContexts 1 = "Teams", 1`, "does not end in a semicolon"},
		"only the head":             {`TLSContexts 1 =`, "does not end in a semicolon"},
		"nothing but the semicolon": {`TLSContexts 1 = ;`, "has 1 cells"},
		"an unclosed quote":         {`TLSContexts 1 = "Teams, 1;`, "a quote is not closed"},
		"text behind a quote":       {`TLSContexts 1 = "Teams" x, 1;`, "a quote is not closed"},
		"a row of another table":    {`SIPInterface 1 = "Teams", 1;`, "no row of it"},
		"the name run into":         {`TLSContexts1 = "Teams", 1;`, "no row of it"},
		"a cell over two lines":     {"TLSContexts 1 = \"Te\nams\", 1;", "does not end in a semicolon"},
		"half a line":               {"TLSCon", "no row of it"},
		"a page in between":         {"<html>Internal error</html>", "no row of it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := parse(t, tableOf("FORMAT Index = Name, Switch;", `TLSContexts 0 = "default", 0;`, test.row))
			rows, err := file.Table("TLSContexts").Rows()
			require.ErrorIs(t, err, ini.ErrBadTable)
			require.ErrorContains(t, err, "TLSContexts: ")
			require.ErrorContains(t, err, test.says)
			assert.Nil(t, rows, "no row of a table that can't be relied on")
		})
	}
}

func TestRowsRefusesAColumnTwice(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"FORMAT Index = Name, Switch, name;", "FORMAT Index = Name, TLSContexts_Name;"} {
		_, err := parse(t, tableOf(format)).Table("TLSContexts").Rows()
		require.ErrorIs(t, err, ini.ErrBadTable)
		assert.ErrorContains(t, err, "twice")
	}
}

func TestABadTableDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	file := parse(t, "[ Odd ]\nFORMAT Index = A;\nOdd 0 = 1, 2;\n[ \\Odd ]\n"+tableOf("FORMAT Index = Name;", `TLSContexts 0 = "default";`))
	rows, err := file.Table("TLSContexts").Rows()
	require.NoError(t, err)
	assert.Len(t, rows, 1)
	_, err = file.Table("Odd").Rows()
	assert.ErrorIs(t, err, ini.ErrBadTable)
}

// A line that is no row must not turn into a parameter either.
func TestALineInATableIsNoParameter(t *testing.T) {
	t.Parallel()
	file := parse(t, tableOf("FORMAT Index = Name;", "SIPSRequireClientCertificate = 1"))
	_, set := file.Parameter("SIPSRequireClientCertificate")
	assert.False(t, set)
	_, err := file.Table("TLSContexts").Rows()
	assert.ErrorIs(t, err, ini.ErrBadTable)
}

func TestErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	for _, row := range []string{
		`TLSContexts 1 = "$1$c2VjcmV0";`,
		`TLSContexts 1 = "$1$c2VjcmV0", 1`,
		`TLSContexts 1 = "$1$c2VjcmV0, 1;`,
		`"$1$c2VjcmV0", 1;`,
		`TLSContexts "$1$c2VjcmV0", "name=value";`,
	} {
		_, err := parse(t, tableOf("FORMAT Index = Name, Switch;", row)).Table("TLSContexts").Rows()
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "c2VjcmV0")
	}
}

func TestRowsAreBounded(t *testing.T) {
	t.Parallel()
	text := "[ T ]\nFORMAT Index = A;\n" + strings.Repeat("T 0 = 1;\n", 250_001) + "[ \\T ]\n"
	_, err := ini.Parse([]byte(text))
	require.ErrorIs(t, err, ini.ErrNotINI)
	require.ErrorContains(t, err, "rows")
}
