package remediate

import (
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
)

// TestOnlyTheLegsOwnTablesShowValues, and even they show no secret and no user part of an address.
func TestOnlyTheLegsOwnTablesShowValues(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]ini.Difference{
		`TLSVersion of row 1 of TLSContexts was "4" and is "8"`:      {Table: "TLSContexts", Column: "TLSVersion", Before: ini.Conceal("4"), After: ini.Conceal(`"8"`)},
		`TLSVersion of row 1 of tlscontexts was "4" and is ""`:       {Table: "tlscontexts", Column: "TLSVersion", Before: ini.Conceal("4"), After: ini.Conceal("")},
		`TLSPort of row 1 of SIPInterface was "5061" and is "$$"`:    {Table: "SIPInterface", Column: "TLSPort", Before: ini.Conceal("5061"), After: ini.Conceal("$$")},
		`TLSContextName of row 1 of ProxySet was "Teams" and is "x"`: {Table: "ProxySet", Column: "TLSContextName", Before: ini.Conceal(`"Teams"`), After: ini.Conceal(`"x"`)},
		`IpAddress of row 1 of ProxyIp was "a" and is "b"`:           {Table: "ProxyIp", Column: "IpAddress", Before: ini.Conceal("a"), After: ini.Conceal("b")},
		`IpAddress of row 1 of ProxyIp is not as it was`:             {Table: "ProxyIp", Column: "IpAddress", Before: ini.Conceal("a"), After: ini.Conceal(`"sip:me:pass@b"`)},
		`Name of row 1 of ProxyIp is not as it was`:                  {Table: "ProxyIp", Column: "Name", Before: ini.Conceal(`"$1$abcd"`), After: ini.Conceal(`"b"`)},
		`Name of row 1 of TLSContexts is not as it was`:              {Table: "TLSContexts", Column: "Name", Before: ini.Conceal(`"b"`), After: ini.Conceal(`"x $1$abcd"`)},
		`PrivateKeyPass of row 1 of TLSContexts is not as it was`:    {Table: "TLSContexts", Column: "PrivateKeyPass", Before: ini.Conceal("a"), After: ini.Conceal("b")},
		`AuthKey of row 1 of SNMPUsers is not as it was`:             {Table: "SNMPUsers", Column: "AuthKey", Before: ini.Conceal("a"), After: ini.Conceal("b")},
		`Name of row 1 of IPGroup is not as it was`:                  {Table: "IPGroup", Column: "Name", Before: ini.Conceal("a"), After: ini.Conceal("b")},
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

// TestAColumnThatWentIsNotASwitchThatWentOff: an absent cell reads as the column's default.
func TestAColumnThatWentIsNotASwitchThatWentOff(t *testing.T) {
	t.Parallel()
	gone := ini.Difference{Table: tableTLSContexts, Index: 1, Column: columnBundle, Kind: ini.ColumnGone, Before: ini.Conceal("1")}
	assert.False(t, setsSwitch(gone, 1, false))
	off := ini.Difference{Table: tableTLSContexts, Index: 1, Column: columnBundle, Before: ini.Conceal("1"), After: ini.Conceal("0")}
	assert.True(t, setsSwitch(off, 1, false))
	assert.False(t, setsSwitch(off, 1, true))
	on := ini.Difference{Table: tableTLSContexts, Index: 1, Column: columnBundle, Before: ini.Conceal("0"), After: ini.Conceal("1")}
	assert.True(t, setsSwitch(on, 1, true))
}
