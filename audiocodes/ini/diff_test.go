package ini_test

import (
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var before = tableOf("FORMAT Index = Name, Switch, Key;",
	`TLSContexts 0 = "default", 0, "$1$aaaa";`,
	`TLSContexts 1 = "Teams", 0, "$1$bbbb";`)

func TestCompareSeesNoDifference(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"the same":         before,
		"order of rows":    tableOf("FORMAT Index = Name, Switch, Key;", `TLSContexts 1 = "Teams", 0, "$1$bbbb";`, `TLSContexts 0 = "default", 0, "$1$aaaa";`),
		"order of columns": tableOf("FORMAT Index = Key, Switch, Name;", `TLSContexts 0 = "$1$aaaa", 0, "default";`, `TLSContexts 1 = "$1$bbbb", 0, "Teams";`),
		"prefixed columns": tableOf("FORMAT TLSContexts_Index = TLSContexts_Name, Switch, TLSContexts_Key;", `TLSContexts 0 = "default", 0, "$1$aaaa";`, `TLSContexts 1 = "Teams", 0, "$1$bbbb";`),
		"case of names":    tableOf("FORMAT INDEX = NAME, switch, KEY;", `tlscontexts 0 = "default", 0, "$1$aaaa";`, `TLSCONTEXTS 1 = "Teams", 0, "$1$bbbb";`),
		"quoting":          tableOf("FORMAT Index = Name, Switch, Key;", `TLSContexts 0 = default, "0", $1$aaaa;`, `TLSContexts 1 = Teams, "0", $1$bbbb;`),
		"blanks":           tableOf("FORMAT Index = Name,Switch,Key;", `TLSContexts 0="default",0,"$1$aaaa";`, `TLSContexts   1 =  "Teams" , 0 , "$1$bbbb" ;`),
		"obscured secrets": tableOf("FORMAT Index = Name, Switch, Key;", `TLSContexts 0 = "default", 0, "$1$cccc";`, `TLSContexts 1 = "Teams", 0, "$1$dddd";`),
	}
	for name, after := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences, err := ini.Compare(parse(t, before).Table("TLSContexts"), parse(t, after).Table("TLSContexts"))
			require.NoError(t, err)
			assert.Empty(t, differences)
		})
	}
}

func TestCompareSees(t *testing.T) {
	t.Parallel()
	const format = "FORMAT Index = Name, Switch, Key;"
	const first, second = `TLSContexts 0 = "default", 0, "$1$aaaa";`, `TLSContexts 1 = "Teams", 0, "$1$bbbb";`
	different := func(index int, column, was, is string) ini.Difference {
		return ini.Difference{Table: "TLSContexts", Index: index, Column: column, Before: was, After: is}
	}
	tests := map[string]struct {
		after  string
		wanted []ini.Difference
	}{
		"a changed cell": {
			tableOf(format, first, `TLSContexts 1 = "Teams", 1, "$1$bbbb";`),
			[]ini.Difference{different(1, "Switch", "0", "1")},
		},
		"case of a value": {
			tableOf(format, first, `TLSContexts 1 = "teams", 0, "$1$bbbb";`),
			[]ini.Difference{different(1, "Name", "Teams", "teams")},
		},
		"a row gone": {
			tableOf(format, first),
			[]ini.Difference{different(1, "", "row", "no row")},
		},
		"a row new": {
			tableOf(format, first, second, `TLSContexts 5 = "x", 0, "";`),
			[]ini.Difference{different(5, "", "no row", "row")},
		},
		"a row renumbered": {
			tableOf(format, first, `TLSContexts 2 = "Teams", 0, "$1$bbbb";`),
			[]ini.Difference{different(1, "", "row", "no row"), different(2, "", "no row", "row")},
		},
		"a column gone": {
			tableOf("FORMAT Index = Name, Key;", `TLSContexts 0 = "default", "$1$aaaa";`, `TLSContexts 1 = "Teams", "$1$bbbb";`),
			[]ini.Difference{different(0, "Switch", "0", "no column"), different(1, "Switch", "0", "no column")},
		},
		"a column new": {
			tableOf("FORMAT Index = Name, Switch, Key, New;", `TLSContexts 0 = "default", 0, "$1$aaaa", 7;`, `TLSContexts 1 = "Teams", 0, "$1$bbbb", 8;`),
			[]ini.Difference{different(0, "New", "no column", "7"), different(1, "New", "no column", "8")},
		},
		"a secret gone, unshown": {
			tableOf(format, first, `TLSContexts 1 = "Teams", 0, "";`),
			[]ini.Difference{different(1, "Key", "(secret)", "")},
		},
		"a secret new, unshown": {
			tableOf(format, first, `TLSContexts 1 = "Teams", "$1$eeee", "$1$bbbb";`),
			[]ini.Difference{different(1, "Switch", "0", "(secret)")},
		},
		"the table gone": {
			"[ Other ]\n[ \\Other ]\n",
			[]ini.Difference{different(0, "", "row", "no row"), different(1, "", "row", "no row")},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences, err := ini.Compare(parse(t, before).Table("TLSContexts"), parse(t, test.after).Table("TLSContexts"))
			require.NoError(t, err)
			assert.Equal(t, test.wanted, differences)
		})
	}
}

func TestCompareOfAbsentTables(t *testing.T) {
	t.Parallel()
	file := parse(t, before)
	differences, err := ini.Compare(file.Table("Absent"), file.Table("Absent"))
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestCompareRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	good := parse(t, before).Table("TLSContexts")
	bad := parse(t, tableOf("FORMAT Index = Name;", "TLSContexts 0 = 1, 2;")).Table("TLSContexts")
	_, err := ini.Compare(good, bad)
	require.ErrorIs(t, err, ini.ErrBadTable)
	_, err = ini.Compare(bad, good)
	require.ErrorIs(t, err, ini.ErrBadTable)
}

func TestASecretInTheClearIsNotShown(t *testing.T) {
	t.Parallel()
	parse := func(password string) *ini.Table {
		file, err := ini.Parse([]byte("[ Account ]\nFORMAT Index = Username, Password;\nAccount 0 = \"me\", \"" + password + "\";\n[ \\Account ]\n"))
		require.NoError(t, err)
		return file.Table("Account")
	}
	differences, err := ini.Compare(parse("hunter1"), parse("hunter2"))
	require.NoError(t, err)
	require.Len(t, differences, 1)
	require.NotContains(t, differences[0].Before+differences[0].After, "hunter")
}
