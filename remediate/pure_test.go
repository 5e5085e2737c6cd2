package remediate

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
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
		"  sip.pstnhub.microsoft.com ":                 teamsAddress,
		"sip.pstnhub.microsoft.com:5061;transport=tls": unrecognisedPSTNHub,
		"sip.pstnhub.gov.teams.microsoft.us.evil.co:1": unrecognisedPSTNHub,
		"a.b.pstnhub.dod.teams.microsoft.us":           unlistedTeamsAddress,
		"sip.pstnhub.dod.teams.microsoft.us.":          teamsAddress,
		"sip.pstnhub.microsoft.com.:5061":              teamsAddress,
	} {
		assert.Equal(t, want, classify(address), address)
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

// TestDigestsOutliveAVersion: a journal's baseline and a saved plan are compared with what
// a later acfix makes of the device, so their digests must not change their form.
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
	assert.Equal(t, digest("10:b2=\"$$\",b=\"secret\",name=\"T\\\\eams\"\n2:b2=\"0\",b=\"\",name=\"Ü,\""), tableDigest(file.Table("TLSContexts")))
	assert.Equal(t, []string{"10:", "2:"}, canonicalRows(file.Table("TLSContexts"), func(string) bool { return false }))
}

// TestABaselineAfterAnotherIsTheSame: what is not digested again is what would have come out.
func TestABaselineAfterAnotherIsTheSame(t *testing.T) {
	t.Parallel()
	snapshot := func(text string) (s Snapshot) {
		file, err := ini.Parse(text)
		require.NoError(t, err)
		s.Configuration.File = file
		return s
	}
	const table = "[ %[1]s ]\nFORMAT Index = A, B;\n%[1]s 0 = %[2]s;\n[ \\%[1]s ]\n"
	text := func(x, y string) string {
		return "[ SIP Params ]\nP = " + x + "\n" + fmt.Sprintf(table, "X", x) + fmt.Sprintf(table, "Y", y)
	}
	before := snapshot(text("1, 2", "3, 4"))
	known := before.baseline()
	for name, after := range map[string]string{
		"alike":                text("1, 2", "3, 4"),
		"a cell":               text("1, 2", "3, 5"),
		"its quotes":           text("1, 2", "3, \"4\""),
		"no table can be read": text("1", "3"),
		"a table less":         fmt.Sprintf(table, "X", "1, 2"),
		"a table more":         text("1, 2", "3, 4") + fmt.Sprintf(table, "Z", "3, 4"),
		"in lower case":        strings.ReplaceAll(text("1, 2", "3, 4"), "Y", "y"),
	} {
		now := snapshot(after)
		assert.Equal(t, now.baseline(), now.baselineAfter(before, known), name)
	}
}

func TestContainsFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"TLSContext": true, "DTLSCONTEXT": true, "SIPSTLSContextName": true, "tlscontext_x": true,
		"TLSContex": false, "": false, "Ünicode TLS Context": false, "ÜTLSContextÜ": true,
	} {
		assert.Equal(t, want, containsFold(text, "TLSContext"), text)
	}
}
