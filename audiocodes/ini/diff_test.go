package ini_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
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
	different := func(kind ini.DifferenceKind, index int, column string, was, is ini.Cell) ini.Difference {
		return ini.Difference{Table: "TLSContexts", Index: index, Column: column, Kind: kind, Before: ini.Conceal(was), After: ini.Conceal(is)}
	}
	tests := map[string]struct {
		after  string
		wanted []ini.Difference
	}{
		"a changed cell": {
			tableOf(format, first, `TLSContexts 1 = "Teams", 1, "$1$bbbb";`),
			[]ini.Difference{different(ini.CellChanged, 1, "Switch", "0", "1")},
		},
		"case of a value": {
			tableOf(format, first, `TLSContexts 1 = "teams", 0, "$1$bbbb";`),
			[]ini.Difference{different(ini.CellChanged, 1, "Name", `"Teams"`, `"teams"`)},
		},
		"a row gone": {
			tableOf(format, first),
			[]ini.Difference{different(ini.RowGone, 1, "", "", "")},
		},
		"a row new": {
			tableOf(format, first, second, `TLSContexts 5 = "x", 0, "";`),
			[]ini.Difference{different(ini.RowNew, 5, "", "", "")},
		},
		"a row renumbered": {
			tableOf(format, first, `TLSContexts 2 = "Teams", 0, "$1$bbbb";`),
			[]ini.Difference{different(ini.RowGone, 1, "", "", ""), different(ini.RowNew, 2, "", "", "")},
		},
		"a column gone": {
			tableOf("FORMAT Index = Name, Key;", `TLSContexts 0 = "default", "$1$aaaa";`, `TLSContexts 1 = "Teams", "$1$bbbb";`),
			[]ini.Difference{different(ini.ColumnGone, 0, "Switch", "0", ""), different(ini.ColumnGone, 1, "Switch", "0", "")},
		},
		"a column new": {
			tableOf("FORMAT Index = Name, Switch, Key, New;", `TLSContexts 0 = "default", 0, "$1$aaaa", 7;`, `TLSContexts 1 = "Teams", 0, "$1$bbbb", 8;`),
			[]ini.Difference{different(ini.ColumnNew, 0, "New", "", "7"), different(ini.ColumnNew, 1, "New", "", "8")},
		},
		"a secret gone": {
			tableOf(format, first, `TLSContexts 1 = "Teams", 0, "";`),
			[]ini.Difference{different(ini.CellChanged, 1, "Key", `"$1$bbbb"`, `""`)},
		},
		"a secret new": {
			tableOf(format, first, `TLSContexts 1 = "Teams", "$1$eeee", "$1$bbbb";`),
			[]ini.Difference{different(ini.CellChanged, 1, "Switch", "0", `"$1$eeee"`)},
		},
		"the table gone": {
			"[ Other ]\n[ \\Other ]\n",
			[]ini.Difference{different(ini.RowGone, 0, "", "", ""), different(ini.RowGone, 1, "", "", "")},
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

// TestADifferenceShowsNoCell: whoever prints one, in whatever way, prints no value by accident.
func TestADifferenceShowsNoCell(t *testing.T) {
	t.Parallel()
	parse := func(password string) *ini.Table {
		file, err := ini.Parse([]byte("[ Account ]\nFORMAT Index = Username, Key;\nAccount 0 = \"me\", \"" + password + "\";\n[ \\Account ]\n"))
		require.NoError(t, err)
		return file.Table("Account")
	}
	differences, err := ini.Compare(parse("hunter1"), parse("hunter2"))
	require.NoError(t, err)
	require.Len(t, differences, 1)
	difference := differences[0]
	assert.Equal(t, `"hunter1"`, string(difference.Before.Cell()))
	assert.Equal(t, `"hunter2"`, string(difference.After.Cell()))
	encoded, err := json.Marshal(difference)
	require.NoError(t, err)
	printed := []string{string(encoded), fmt.Sprint(&difference)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, difference), fmt.Sprintf(verb, difference.Before), fmt.Sprintf(verb, &difference.After))
	}
	for _, handler := range []func(io.Writer, *slog.HandlerOptions) slog.Handler{
		func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
		func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
	} {
		var line bytes.Buffer
		slog.New(handler(&line, nil)).Info("changed", "difference", difference, "was", difference.Before)
		printed = append(printed, line.String())
	}
	for _, text := range printed {
		assert.NotContains(t, text, "hunter")
		assert.NotContains(t, text, hex.EncodeToString([]byte("hunter")))
	}
}
