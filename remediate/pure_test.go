package remediate

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClassifyLooksAtTheWholeName(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]addressKind{
		"sip.pstnhub.microsoft.com":                    teamsAddress,
		"sip2.pstnhub.microsoft.com:5061":              teamsAddress,
		"SIP3.PSTNHUB.Microsoft.Com.":                  teamsAddress,
		"sip.pstnhub.gov.teams.microsoft.us":           teamsAddress,
		"sip.pstnhub.dod.teams.microsoft.us.:5061":     teamsAddress,
		"sip-all.pstnhub.microsoft.com":                withdrawnTeamsAddress,
		"sip.mspki.pstnhub.microsoft.com":              unlistedTeamsAddress,
		"sip.g1.pstnhub.microsoft.com:5061":            unlistedTeamsAddress,
		"pstnhub.microsoft.com":                        unrecognisedPSTNHub,
		"sip.pstnhub.microsoft.com.evil.example":       unrecognisedPSTNHub,
		"sip-pstnhub.microsoft.com":                    unrecognisedPSTNHub,
		".pstnhub.microsoft.com":                       unrecognisedPSTNHub,
		"evilpstnhub.microsoft.com":                    unrecognisedPSTNHub,
		"x.sip.pstnhub.infra.gov.teams.microsoft.us":   unrecognisedPSTNHub,
		"sip.microsoft.com":                            otherAddress,
		"teams.example.com":                            otherAddress,
		"192.0.2.1:5061":                               otherAddress,
		"[2001:db8::1]:5061":                           otherAddress,
		"":                                             otherAddress,
		"s\u0130p.pstnhub.microsoft.com":               unlistedTeamsAddress, // to Unicode, the small letter is an i
		"  sip.pstnhub.microsoft.com ":                 teamsAddress,
		"sip.pstnhub.microsoft.com:5061;transport=tls": unrecognisedPSTNHub,
		"sip.pstnhub.gov.teams.microsoft.us.evil.co:1": unrecognisedPSTNHub,
		"a.b.pstnhub.dod.teams.microsoft.us":           unlistedTeamsAddress,
		"sip.pstnhub.dod.teams.microsoft.us.":          teamsAddress,
		"sip.pstnhub.microsoft.com.:5061":              teamsAddress,
	} {
		assert.Equal(t, want, classify(certs.TeamsPolicy().Hosts, address), address)
	}
}

func TestExcludesTeams(t *testing.T) {
	t.Parallel()
	for cipherString, want := range map[string]bool{
		"DEFAULT":                     false,
		"ALL:!ADH":                    false,
		"":                            false,
		"RC4:EXP":                     true,
		"RC4:AES128":                  false, // OpenSSL: AES128 selects ECDHE-RSA-AES128-GCM-SHA256
		"RC4:AES128:!ECDHE":           true,
		"AES256-SHA":                  false, // not understood: never accused
		"ECDHE-RSA-AES256-GCM-SHA384": false,
		"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256": true,
		"ECDHE+AESGCM":       false,
		"HIGH:!aRSA":         true,
		"HIGH:-ECDHE:!3DES":  true,
		"!ECDHE:ALL":         true,
		"ALL:+HIGH:!NULL":    false,
		"ALL@SECLEVEL=1":     false,
		"DEFAULT:@STRENGTH":  false,
		"kRSA+AES:DES-CBC3":  false,
		"something-unknown2": false,
		"MEDIUM:LOW":         true,
	} {
		assert.Equal(t, want, excludesTeams(cipherString), cipherString)
	}
}

// TestFindingTexts: every finding has a level, words, a hint and a source, and its format
// uses no more arguments than it is given.
func TestFindingTexts(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	for code, text := range findingTexts {
		assert.Regexp(t, snake, code)
		assert.Contains(t, []Level{Info, Warning, Problem}, text.level, code)
		assert.NotEmpty(t, text.source, code)
		f := finding(code, "a", "b", "c", "d")
		for _, line := range []string{f.Message, f.Hint} {
			assert.NotEmpty(t, line, code)
			assert.NotContains(t, line, "MISSING", code)
			assert.NotContains(t, line, "BADINDEX", code)
			assert.True(t, strings.HasSuffix(line, "."), "%s: %q is no sentence", code, line)
		}
	}
}

// TestFailureTexts: every code has a hint that says what to do.
func TestFailureTexts(t *testing.T) {
	t.Parallel()
	for _, text := range failureTexts {
		failure := Fail(text.kind)
		if text.code != "" {
			assert.Equal(t, text.code, failure.Code)
		}
		assert.NotEmpty(t, failure.Hint)
	}
	assert.Nil(t, Fail(nil))
}

// TestDigestsOutliveAVersion: a later acfix compares its own digests with those of journals and saved plans, so their
// form must not change.
func TestDigestsOutliveAVersion(t *testing.T) {
	t.Parallel()
	file, err := ini.Parse([]byte("[ TLSContexts ]\nFORMAT Index = Name, b, B2, UseDefaultCABundle, PwNonce;\n" +
		"TLSContexts 10 = \"T\\eams\", \"$1$x\", $$, 1, 5;\nTLSContexts 2 = \"Ü,\", , 0, 0, 5;\n[ \\TLSContexts ]\n"))
	require.NoError(t, err)
	all := func(string) bool { return true }
	assert.Equal(t, []string{
		`10:b2="$$",b="secret",name="T\\eams",pwnonce="5",usedefaultcabundle="1"`,
		`2:b2="0",b="",name="Ü,",pwnonce="5",usedefaultcabundle="0"`,
	}, canonicalRows(file.Table("TLSContexts"), all))
	assert.Equal(t, digest("10:b2=\"$$\",b=\"secret\",name=\"T\\\\eams\"\n2:b2=\"0\",b=\"\",name=\"Ü,\""), tableDigest(file.Table("TLSContexts"), nil, &lineRoom{}))
	assert.Equal(t, []string{"10:", "2:"}, canonicalRows(file.Table("TLSContexts"), func(string) bool { return false }))
}

// TestOneRoomForManyTables: a table's digest does not depend on the tables before it.
func TestOneRoomForManyTables(t *testing.T) {
	t.Parallel()
	file, err := ini.Parse([]byte("[ A ]\nFORMAT Index = Name, B;\nA 1 = \"x\", 2;\nA 0 = y, ;\n[ \\A ]\n" +
		"[ C ]\nFORMAT Index = Long;\nC 3 = \"" + strings.Repeat("long ", 90) + "\";\n[ \\C ]\n" +
		"[ Bad ]\nFORMAT Index = D, E;\nBad 1 = 2, 3;\nBad 2 = 3;\n[ \\Bad ]\n[ F ]\nFORMAT Index = G;\nF 1 = 2;\n[ \\F ]\n"))
	require.NoError(t, err)
	var room lineRoom
	for range 2 {
		for _, table := range file.Tables() {
			assert.Equal(t, tableDigest(table, nil, &lineRoom{}), tableDigest(table, nil, &room), table.Name)
		}
	}
}

// TestEveryCellIsQuotedAsBefore: the quick way and Go's own write the same bytes.
func TestEveryCellIsQuotedAsBefore(t *testing.T) {
	t.Parallel()
	for octet := range 256 {
		for _, text := range []string{string([]byte{byte(octet)}), "ab" + string(rune(octet)) + "c", "$1$" + string([]byte{byte(octet)})} {
			assert.Equal(t, strconv.Quote(text), string(appendQuoted(nil, text)))
		}
	}
	assert.Equal(t, `x""`, string(appendQuoted([]byte("x"), "")))
}

// TestChurnIsSingleCellsAndParameters: comparisons and the baseline's digests leave out what changed between two
// readings, and nothing else.
func TestChurnIsSingleCellsAndParameters(t *testing.T) {
	t.Parallel()
	snapshot := func(p, x, y, sip string) (s Snapshot) {
		file, err := ini.Parse("[ SIP Params ]\nP = " + p + "\nQ = 1\n" +
			"[ X ]\nFORMAT Index = A, B;\nX 0 = 1, " + x + ";\nX 1 = 1, " + y + ";\n[ \\X ]\n" +
			"[ SIPInterface ]\nFORMAT Index = A;\nSIPInterface 0 = " + sip + ";\n[ \\SIPInterface ]\n")
		require.NoError(t, err)
		s.Configuration.File = file
		return s
	}
	first, second := snapshot("1", "1", "1", "1"), snapshot("2", "2", "1", "2")
	churn := learnChurn(first.Configuration.File, second.Configuration.File)
	assert.Equal(t, Churn{"parameter p": true, "cell x 0 b": true}, churn, "the leg's own tables are never learned from")
	for name, row := range map[string]struct {
		now  Snapshot
		same bool
	}{
		"as it was":            {first, true},
		"the churn moved":      {snapshot("3", "3", "1", "1"), true},
		"another row":          {snapshot("1", "1", "2", "1"), false},
		"a table of the leg's": {snapshot("1", "1", "1", "2"), false},
	} {
		assert.Equal(t, row.same, compareSnapshots(first, row.now).withoutChurn(churn).none(), name)
		others := Earlier{}.othersThan(first.baseline(churn), row.now.baseline(first.baseline(churn).churn()))
		assert.Equal(t, row.same, len(others) == 0, "%s: %v", name, others)
	}
}

func TestAUnitIsNotTheSameAnyMore(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, row := range map[string]struct {
		before, now audiocodes.Status
		what        string // "" is the same
	}{
		"the same":                {audiocodes.Status{Serial: "1", MAC: "aa", UpTime: day, KnowsUpTime: true}, audiocodes.Status{Serial: "1", MAC: "aa", UpTime: day + time.Minute, KnowsUpTime: true}, ""},
		"it says nothing":         {audiocodes.Status{}, audiocodes.Status{}, ""},
		"it says no serial now":   {audiocodes.Status{Serial: "1"}, audiocodes.Status{}, ""},
		"an up time stands still": {audiocodes.Status{UpTime: 990, KnowsUpTime: true}, audiocodes.Status{UpTime: 990, KnowsUpTime: true}, ""},
		"another serial number":   {audiocodes.Status{Serial: "1"}, audiocodes.Status{Serial: "2"}, "another unit"},
		"another MAC address":     {audiocodes.Status{MAC: "aa"}, audiocodes.Status{MAC: "bb"}, "another unit"},
		"an up time began anew":   {audiocodes.Status{UpTime: time.Second, KnowsUpTime: true}, audiocodes.Status{KnowsUpTime: true}, "restarted"},
		"an up time went back":    {audiocodes.Status{UpTime: day, KnowsUpTime: true}, audiocodes.Status{UpTime: time.Minute, KnowsUpTime: true}, "restarted"},
	} {
		guard := unitGuard{newest: row.before, known: true}
		guard.compare(row.now)
		if row.what == "" {
			assert.NoError(t, guard.changed, name)
			continue
		}
		require.ErrorIs(t, guard.changed, ErrDrift, name)
		assert.ErrorIs(t, guard.changed, errOtherUnit, name)
		assert.ErrorContains(t, guard.changed, row.what, name)
		assert.Equal(t, row.what == "restarted", guard.restarted, name)
	}
}

func TestContainsFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"TLSContext": true, "DTLSCONTEXT": true, "SIPSTLSContextName": true, "tlscontext_x": true,
		"TL\u017fContext": false, "TLSContex": false, "": false, "Ünicode TLS Context": false, "ÜTLSContextÜ": true,
	} {
		assert.Equal(t, want, containsFold(text, "TLSContext"), text)
	}
}

// TestNamesDifferInMoreThanASCII: devices do not fold names as Unicode does.
func TestNamesDifferInMoreThanASCII(t *testing.T) {
	t.Parallel()
	for other, want := range map[string]bool{
		"Teams": true, "TEAMS": true, "teamS": true, "Team\u017f": false, "Teams ": false, "Team": false, "": false,
	} {
		assert.Equal(t, want, sameName("Teams", other), other)
	}
	assert.True(t, sameName("M\u00fcnchen", "m\u00fcnCHEN"))
	assert.False(t, sameName("M\u00fcnchen", "M\u00dcNCHEN"))
	assert.False(t, sameName("K", "\u212a"), "the sign of Kelvin")
	assert.Equal(t, "abc\u0130\u212a", lowered("aBC\u0130\u212a"))
}
