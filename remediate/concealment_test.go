package remediate

import (
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
)

// TestOnlyTheLegsOwnTablesShowValues, and even they show no secret and no user part of an address.
func TestOnlyTheLegsOwnTablesShowValues(t *testing.T) {
	t.Parallel()
	changed := func(table, column string, was, is ini.Cell) ini.Difference {
		return ini.Difference{Table: table, Column: column, Before: ini.Conceal(was), After: ini.Conceal(is)}
	}
	for want, d := range map[string]ini.Difference{
		`TLSVersion of row 1 of TLSContexts was "4" and is "8"`:      changed("TLSContexts", "TLSVersion", "4", `"8"`),
		`TLSVersion of row 1 of tlscontexts was "4" and is ""`:       changed("tlscontexts", "TLSVersion", "4", ""),
		`TLSPort of row 1 of SIPInterface was "5061" and is "$$"`:    changed("SIPInterface", "TLSPort", "5061", "$$"),
		`TLSContextName of row 1 of ProxySet was "Teams" and is "x"`: changed("ProxySet", "TLSContextName", `"Teams"`, `"x"`),
		`IpAddress of row 1 of ProxyIp was "a" and is "b"`:           changed("ProxyIp", "IpAddress", "a", "b"),
		`IpAddress of row 1 of ProxyIp is not as it was`:             changed("ProxyIp", "IpAddress", "a", `"sip:me:pass@b"`),
		`Name of row 1 of ProxyIp is not as it was`:                  changed("ProxyIp", "Name", `"$1$abcd"`, `"b"`),
		`Name of row 1 of TLSContexts is not as it was`:              changed("TLSContexts", "Name", `"b"`, `"x $1$abcd"`),
		`PrivateKeyPass of row 1 of TLSContexts is not as it was`:    changed("TLSContexts", "PrivateKeyPass", "a", "b"),
		`AuthKey of row 1 of SNMPUsers is not as it was`:             changed("SNMPUsers", "AuthKey", "a", "b"),
		`Name of row 1 of IPGroup is not as it was`:                  changed("IPGroup", "Name", "a", "b"),
		`Key of row 1 of TLSContexts is gone`:                        {Table: "TLSContexts", Column: "Key", Kind: ini.ColumnGone, Before: ini.Conceal("a")},
		`Key of row 1 of TLSContexts is new`:                         {Table: "TLSContexts", Column: "Key", Kind: ini.ColumnNew, After: ini.Conceal("a")},
		`row 1 of TLSContexts is gone`:                               {Table: "TLSContexts", Kind: ini.RowGone},
		`row 1 of SNMPUsers is new`:                                  {Table: "SNMPUsers", Kind: ini.RowNew},
	} {
		d.Index = 1
		assert.Equal(t, want, describe(d))
	}
}

func TestConcealTakesOutSecretsAndUserParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		"sip.pstnhub.microsoft.com:5061": "sip.pstnhub.microsoft.com:5061",
		"$$":                             "$$",
		"me:pass@pstnhub.example":        "(not shown)@pstnhub.example",
		"https://me:p@ss/w@host/x":       "(not shown)@host/x",
		`1 "$1$abcd=="`:                  `1 "(not shown)"`,
		"$1$abcd, $1$efgh; rest":         "(not shown), (not shown); rest",
	} {
		assert.Equal(t, want, conceal(text))
	}
	assert.Equal(t, []any{1, "(not shown)", "x"}, concealed([]any{1, "$1$a", "x"}))
}

// TestAColumnThatWentIsNotASwitchThatWentOff: a missing cell reads as the column's default.
func TestAColumnThatWentIsNotASwitchThatWentOff(t *testing.T) {
	t.Parallel()
	change := ini.Difference{Table: tableTLSContexts, Index: 1, Column: columnBundle, Kind: ini.ColumnGone}
	change.Before = ini.Conceal("1")
	assert.False(t, setsSwitch(change, 1, false))
	change.Kind, change.After = ini.CellChanged, ini.Conceal("0")
	assert.True(t, setsSwitch(change, 1, false))
	assert.False(t, setsSwitch(change, 1, true))
	change.After = ini.Conceal("1")
	assert.True(t, setsSwitch(change, 1, true))
}
