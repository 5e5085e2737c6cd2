package ini_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parse reads a text with LF line ends.
func parse(t *testing.T, text string) *ini.File {
	t.Helper()
	file, err := ini.Parse([]byte(text))
	require.NoError(t, err)
	return file
}

// tableOf is a configuration with one table, TLSContexts, of these lines.
func tableOf(lines ...string) string {
	return "[ TLSContexts ]\n\n" + strings.Join(lines, "\n") + "\n\n[ \\TLSContexts ]\n"
}

// rowWith is a row of a table with the columns Before, Cell and After, the cell in the middle.
func rowWith(t *testing.T, cell string) ini.Row {
	t.Helper()
	rows, err := parse(t, tableOf("FORMAT Index = Before, Cell, After;", `TLSContexts 0 = "b", `+cell+`, 2048;`)).Table("TLSContexts").Rows()
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "b", rows[0].Text("Before"), "the neighbours stay apart")
	require.Equal(t, "2048", rows[0].Text("After"), "the neighbours stay apart")
	return rows[0]
}

func TestCell(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		written, text string // as in the file; without quotes, "" where unset
		raw           string // "" is as written
		unset, secret bool
	}{
		"quoted":                        {written: `"Teams"`, text: "Teams"},
		"bare number":                   {written: "12", text: "12"},
		"bare address":                  {written: "0.0.0.0", text: "0.0.0.0"},
		"negative":                      {written: "-1", text: "-1"},
		"comma in quotes":               {written: `"a,b, c"`, text: "a,b, c"},
		"semicolon in quotes":           {written: `"limit_rate 0;"`, text: "limit_rate 0;"},
		"equals sign in quotes":         {written: `"OU=users,DC=com"`, text: "OU=users,DC=com"},
		"backslash in quotes":           {written: `"User\audiocodes"`, text: `User\audiocodes`},
		"backslash before the quote":    {written: `"C:\"`, text: `C:\`},
		"brackets in quotes":            {written: `"0370[081,082]"`, text: "0370[081,082]"},
		"single quotes in quotes":       {written: `"'a' + b"`, text: "'a' + b"},
		"quotes in quotes":              {written: `"say "hello" twice"`, text: `say "hello" twice`},
		"blanks in quotes":              {written: `"  x  "`, text: "  x  "},
		"placeholder of braces":         {written: "{{ip_sbc}}", text: "{{ip_sbc}}"},
		"letters beyond ASCII":          {written: `"Übergang"`, text: "Übergang"},
		"empty in quotes":               {written: `""`, unset: true},
		"empty without quotes":          {written: ``, unset: true},
		"blanks without quotes":         {written: "   ", raw: "-", unset: true},
		"default sign":                  {written: "$$", unset: true},
		"default sign in quotes":        {written: `"$$"`, unset: true},
		"obscured secret":               {written: `"$1$gQ=="`, text: "$1$gQ==", secret: true},
		"obscured secret, bare":         {written: "$1$gQ==", text: "$1$gQ==", secret: true},
		"blanks and tabs around a cell": {written: " \t\"x\" \t", raw: `"x"`, text: "x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := rowWith(t, test.written)
			cell, ok := row.Cell("cELL")
			require.True(t, ok)
			switch test.raw {
			case "":
				assert.Equal(t, test.written, string(cell))
			case "-":
				assert.Empty(t, string(cell))
			default:
				assert.Equal(t, test.raw, string(cell))
			}
			assert.Equal(t, test.text, row.Text("Cell"))
			assert.Equal(t, test.unset, cell.Unset())
			assert.Equal(t, test.secret, cell.Secret())
			assert.Equal(t, test.secret, row.HasSecret())
		})
	}
}

func TestEmptyCellsAtTheEdges(t *testing.T) {
	t.Parallel()
	rows, err := parse(t, tableOf("FORMAT Index = A, B, C;", "TLSContexts 3 = , , ;", "TLSContexts 4 =,,;")).Table("TLSContexts").Rows()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	for _, row := range rows {
		for column, cell := range row.Cells {
			assert.Empty(t, string(cell), "row %d, column %s", row.Index, column)
		}
		filled, err := row.With("B", "5")
		require.NoError(t, err)
		assert.Equal(t, "5", filled.Text("B"))
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain":               "FORMAT Index = Name, UseDefaultCABundle;",
		"prefixed":            "FORMAT TLSContexts_Index = TLSContexts_Name, TLSContexts_UseDefaultCABundle;",
		"mixed":               "FORMAT TLSContexts_Index = TLSContexts_Name, UseDefaultCABundle;",
		"prefix, any case":    "FORMAT tlscontexts_INDEX = tlscontexts_NAME, TLSCONTEXTS_usedefaultcabundle;",
		"FORMAT, any case":    "Format Index = Name, UseDefaultCABundle;",
		"tabs and blanks":     "FORMAT\tIndex=Name ,UseDefaultCABundle ; ",
		"indented":            "  FORMAT Index = Name, UseDefaultCABundle;",
		"no blanks":           "FORMAT Index=Name,UseDefaultCABundle;",
		"columns in capitals": "FORMAT INDEX = NAME, USEDEFAULTCABUNDLE;",
	}
	for name, format := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := parse(t, tableOf(format, `TLSContexts 1 = "Teams", 0;`)).Table("TLSContexts")
			require.Len(t, table.Columns(), 2)
			assert.True(t, table.HasColumn("UseDefaultCABundle"))
			assert.False(t, table.HasColumn("TLSContexts_UseDefaultCABundle"), "the prefix is no part of the name")
			rows, err := table.Rows()
			require.NoError(t, err)
			assert.Equal(t, "Teams", rows[0].Text("name"))
			assert.Equal(t, "0", rows[0].Text("USEDEFAULTCABUNDLE"))
			_, ok := rows[0].Cell("DHKeySize")
			assert.False(t, ok)
			assert.Empty(t, rows[0].Text("DHKeySize"))
		})
	}
}

func TestAColumnThatIsOnlyThePrefixKeepsItsName(t *testing.T) {
	t.Parallel()
	table := parse(t, tableOf("FORMAT Index = TLSContexts_, Name;")).Table("TLSContexts")
	assert.Equal(t, []string{"TLSContexts_", "Name"}, table.Columns())
}

func TestRowsMayBeWrittenInAnyCaseAndIndented(t *testing.T) {
	t.Parallel()
	rows, err := parse(t, tableOf("FORMAT Index = Name;", `tlsCONTEXTS 2 = "a";`, "\tTLSContexts\t7=\"b\" ; ")).Table("tlscontexts").Rows()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	assert.Equal(t, 2, rows[0].Index)
	assert.Equal(t, 7, rows[1].Index)
	assert.Equal(t, "b", rows[1].Text("Name"))
}

func TestLineEnds(t *testing.T) {
	t.Parallel()
	const text = "[SIP Params]\n\nNAME = 'x'\n\n[ A ]\n\nFORMAT Index = B;\nA 0 = 1;\n\n[ \\A ]"
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := parse(t, strings.ReplaceAll(text, "\n", end))
			value, ok := file.Parameter("Name")
			assert.True(t, ok)
			assert.Equal(t, "x", value)
			rows, err := file.Table("A").Rows()
			require.NoError(t, err)
			assert.Equal(t, "A 0 = 1;", rows[0].String())
		})
	}
}

func TestParameter(t *testing.T) {
	t.Parallel()
	file := parse(t, `; header
[SIP Params]

EnableSyslog = 1
NTPServerIP = '0.pool.ntp.org'
Empty = ''
Bare =
Languages = 'en-US', '', ''
IniFileURL='http://user:password@provisioning.example/x.ini?a=b'
;SIPSRequireClientCertificate is hidden but has non-default value
; spaced is hidden but has non-default value
a line that is none
[WEB Params]
enablesyslog = 2

`+tableOf("FORMAT Index = Name;", "; NotHere is mentioned only"))
	tests := []struct {
		name, value string
		set, hidden bool
	}{
		{name: "NTPServerIP", value: "0.pool.ntp.org", set: true},
		{name: "ntpserverip", value: "0.pool.ntp.org", set: true},
		{name: "EnableSyslog", value: "2", set: true}, // the last one counts, as at the device
		{name: "Empty", set: true},
		{name: "Bare", set: true},
		{name: "Languages", value: "'en-US', '', ''", set: true},
		{name: "IniFileURL", value: "http://user:password@provisioning.example/x.ini?a=b", set: true},
		{name: "SIPSREQUIREClientCertificate", hidden: true},
		{name: "Spaced", hidden: true},
		{name: "NotHere"},
		{name: ""},
	}
	for _, test := range tests {
		value, set := file.Parameter(test.name)
		assert.Equal(t, test.value, value, test.name)
		assert.Equal(t, test.set, set, test.name)
		assert.Equal(t, test.hidden, file.Hidden(test.name), test.name)
	}
	assert.Equal(t, []string{"sipsrequireclientcertificate", "spaced"}, file.HiddenParameters())
}

func TestTables(t *testing.T) {
	t.Parallel()
	file := parse(t, `[ TLSContexts ]
FORMAT Index = Name;
; a comment between
TLSContexts 0 = "default";
;TLSContexts 1 = "commented out";
[ \tlscontexts ]
[ Empty ]
FORMAT Index = Name;
[ \Empty ]
[ DspTemplates ]
;
;  *** TABLE DspTemplates ***
; This table contains hidden elements and will not be exposed.
;
[ \DspTemplates ]
[ Unlisted Section ]
Parameter = 1
[SIP Params]
`)
	t.Run("found in any case", func(t *testing.T) {
		t.Parallel()
		assert.True(t, file.Has("TLSCONTEXTS"))
		assert.Equal(t, "TLSContexts", file.Table("tlsContexts").Name)
		assert.Equal(t, 1, file.Table("TLSContexts").Len())
	})
	t.Run("in the order of the file", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, table := range file.Tables() {
			names = append(names, table.Name)
		}
		assert.Equal(t, []string{"TLSContexts", "Empty", "DspTemplates"}, names)
	})
	t.Run("without rows", func(t *testing.T) {
		t.Parallel()
		rows, err := file.Table("Empty").Rows()
		require.NoError(t, err)
		assert.Empty(t, rows)
		assert.True(t, file.Has("Empty"))
	})
	t.Run("absent", func(t *testing.T) {
		t.Parallel()
		table := file.Table("ProxySet")
		rows, err := table.Rows()
		require.NoError(t, err)
		assert.Empty(t, rows)
		assert.Empty(t, table.Columns())
		assert.Equal(t, "ProxySet", table.Name)
		assert.False(t, file.Has("ProxySet"))
	})
	t.Run("hidden", func(t *testing.T) {
		t.Parallel()
		table := file.Table("DspTemplates")
		assert.True(t, table.Hidden)
		_, err := table.Rows()
		require.ErrorIs(t, err, ini.ErrBadTable)
		assert.ErrorContains(t, err, "hides")
	})
	t.Run("a group of an unusual name is no table", func(t *testing.T) {
		t.Parallel()
		assert.False(t, file.Has("Unlisted Section"))
		_, set := file.Parameter("Parameter")
		assert.True(t, set)
	})
}

func TestColumnsIsACopy(t *testing.T) {
	t.Parallel()
	table := parse(t, tableOf("FORMAT Index = Name;")).Table("TLSContexts")
	table.Columns()[0] = "changed"
	assert.Equal(t, []string{"Name"}, table.Columns())
}

func TestCellsStopsWhenAskedTo(t *testing.T) {
	t.Parallel()
	for column := range rowWith(t, "1").Cells {
		assert.Equal(t, "Before", column)
		break
	}
}

// TestRowsAreTakenApartOnce, be they good or not, and whoever asks side by side.
func TestRowsAreTakenApartOnce(t *testing.T) {
	t.Parallel()
	file := parse(t, tableOf("FORMAT Index = Name;", `TLSContexts 1 = "Teams";`)+strings.ReplaceAll(tableOf("FORMAT Index = Name;", `TLSContexts 1 = "Teams", 2;`), "TLSContexts", "Bad"))
	good, bad := file.Table("TLSContexts"), file.Table("Bad")
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			rows, err := good.Rows()
			assert.NoError(t, err)
			assert.Equal(t, "Teams", rows[0].Text("Name"))
			_, err = bad.Rows()
			assert.ErrorIs(t, err, ini.ErrBadTable)
		})
	}
	readers.Wait()
	first, err := good.Rows()
	require.NoError(t, err)
	again, err := good.Rows()
	require.NoError(t, err)
	assert.Same(t, &first[0], &again[0])
}
