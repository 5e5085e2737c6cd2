package remediate

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
)

func TestATestEndpointIsAWarningWhereCallsGoThere(t *testing.T) {
	t.Parallel()
	const teams, columns = `ProxyIp 1 = "1", 0, "sip.pstnhub.microsoft.com:5061", 2;`, "ProxyName, TLSContextName, SBCIPv4SIPInterfaceName"
	const first, last = `ProxyIp 7 = "1", 0, "SIP.G1.pstnhub.microsoft.com.:5061", 2;`, `ProxyIp 2 = "1", 9, "sip.mspki.pstnhub.microsoft.com", 2;`
	const real = `ProxyIp 5 = "1", 1, "sip2.pstnhub.microsoft.com:5061", 2;`
	for name, test := range map[string]struct {
		addresses, balancing string
		level                Level
		place                string
	}{
		"the last":                     {addresses: real + "\n" + last, level: Info, place: "addresses."},
		"the last, balancing not set":  {addresses: real + "\n" + last, balancing: "$$", level: Info, place: "addresses."},
		"the last, no balancing":       {addresses: real + "\n" + last, balancing: "0", level: Info, place: "addresses."},
		"the last, balanced":           {addresses: real + "\n" + last, balancing: "1", level: Warning, place: "spreads calls"},
		"the last, balanced by weight": {addresses: real + "\n" + last, balancing: "2", level: Warning, place: "spreads calls"},
		"the first":                    {addresses: real + "\n" + first, level: Warning, place: "first place"},
		"the only one":                 {addresses: last, level: Warning, place: "first place"},
		"of GCC High":                  {addresses: real + "\n" + strings.Replace(last, "sip.mspki.pstnhub.microsoft.com", "x.sip.pstnhub.infra.gov.teams.microsoft.us", 1), level: Info, place: "addresses."},
		"of DoD":                       {addresses: real + "\n" + strings.Replace(last, "sip.mspki.pstnhub.microsoft.com", "x.sip.pstnhub.infra.dod.teams.microsoft.us:5061", 1), level: Info, place: "addresses."},
		"none":                         {addresses: real},
		"another of the zone":          {addresses: real + "\n" + strings.Replace(last, "mspki", "g2", 1)},
		"in comment form":              {addresses: real + "\n;" + first},
	} {
		text := strings.Replace(plainDevice, teams, test.addresses, 1)
		if test.balancing != "" {
			text = strings.NewReplacer(columns, columns+", ProxyLoadBalancingMethod", `"Teams", "Teams", "Teams";`, `"Teams", "Teams", "Teams", `+test.balancing+";",
				`"ITSP", "", "ITSP";`, `"ITSP", "", "ITSP", 0;`).Replace(text)
		}
		found := about(planned(t, text, Choice{}), TestEndpointInUse)
		assert.Equal(t, test.level, found.Level, name)
		assert.Contains(t, found.Message, test.place, name)
	}
}

// TestARootIsInDoubtFromTheBuildOn: the rule still counts it as bundled.
func TestARootIsInDoubtFromTheBuildOn(t *testing.T) {
	t.Parallel()
	for firmware, want := range map[string]bool{
		"7.40A.500.786": false, "7.40A.600.231": false, "7.40A.603.319": false, "7.40A.604.076": false,
		"7.40A.604.077": true, "7.40A.605.092": true, "7.60A.100.001": false, "7.60A.299.999": false, "7.60A.300.042": true,
		"7.60A.300.000": true, "7.61A.300.042": false, // nothing counts as bundled there
	} {
		state := surveyedAs(t, firmware, plainDevice, Choice{})
		plan := Build(state, Terms{Policy: certs.TeamsPolicy()})
		assert.Equal(t, want, about(plan, RootInDoubt).Message != "", firmware)
		if want {
			assert.Equal(t, RootBundled, plan.Contexts[0].Roots[0].State, firmware)
			all := Build(state, Terms{Policy: certs.TeamsPolicy(), Choice: Choice{AllRoots: true}})
			assert.Empty(t, about(all, RootInDoubt), "%s: nothing is left to doubt", firmware)
		}
	}
}

// TestAnUnreadableFirmwareBlocksWhatMayBeCutOff: 6.60 has no TLS Contexts, and 7 always has 0.
func TestAnUnreadableFirmwareBlocksWhatMayBeCutOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text  string
		level Level
	}{
		"a whole configuration": {plainDevice, Warning},
		"without TLS Context 0": {strings.Replace(plainDevice, "TLSContexts 0 = \"default\", 0, 0, 0;\n", "", 1), Problem},
	} {
		choice := Choice{AllRoots: true}
		state := surveyedAs(t, "seven", test.text, choice)
		plan := Build(state, Terms{Policy: certs.TeamsPolicy(), Choice: choice})
		assert.Equal(t, test.level, about(plan, FirmwareUnreadable).Level, name)
		assert.Equal(t, test.level == Problem, plan.Verdict == Blocked, name)
	}
}
