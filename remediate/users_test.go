package remediate

import (
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plainDevice has a Teams leg with TLS Context 1 "Teams", other contexts, and another leg. The tests
// add to it, or replace parts.
const plainDevice = `[SIP Params]
VERIFYSERVERCERTIFICATE = 1
;NTPServerIP_abs is hidden but has non-default value
;HTTPSPkeyFileName is hidden but has non-default value
;LDAPSERVERPORT is hidden but has non-default value
;SNMPContextEngineID is hidden but has non-default value

[ TLSContexts ]
FORMAT Index = Name, TLSVersion, RequireStrictCert, UseDefaultCABundle;
TLSContexts 0 = "default", 0, 0, 0;
TLSContexts 1 = "Teams", 4, 0, 0;
TLSContexts 2 = "Teams Test", 4, 0, 0;
TLSContexts 3 = "LDAP", 4, 0, 0;
TLSContexts 5 = "", 4, 0, 0;
[ \TLSContexts ]

[ SIPInterface ]
FORMAT Index = InterfaceName, TLSPort, TLSContext, TLSMutualAuthentication;
SIPInterface 0 = "ITSP", 0, "default", 0;
SIPInterface 1 = "Teams", 5061, "Teams", 1;
[ \SIPInterface ]

[ ProxySet ]
FORMAT Index = ProxyName, TLSContextName, SBCIPv4SIPInterfaceName;
ProxySet 0 = "ITSP", "", "ITSP";
ProxySet 1 = "Teams", "Teams", "Teams";
[ \ProxySet ]

[ IPGroup ]
FORMAT Index = Name, ProxySetName, DTLSContext;
IPGroup 0 = "ITSP", "ITSP", "default";
IPGroup 1 = "Teams", "teams", "Teams";
[ \IPGroup ]

[ ProxyIp ]
FORMAT Index = ProxySetId, ProxyIpIndex, IpAddress, TransportType;
ProxyIp 0 = "0", 0, "198.51.100.20", 0;
ProxyIp 1 = "1", 0, "sip.pstnhub.microsoft.com:5061", 2;
[ \ProxyIp ]

[ DspTemplates ]
;
;  *** TABLE DspTemplates ***
; This table contains hidden elements and will not be exposed.
; This table exists on board and will be saved during restarts.
;
[ \DspTemplates ]
`

func newTable(name, columns string, lines ...string) string {
	return "[ " + name + " ]\nFORMAT Index = " + columns + ";\n" + strings.Join(lines, "\n") + "\n[ \\" + name + " ]\n"
}

func newHiddenTable(name string) string {
	return "[ " + name + " ]\n; This table contains hidden elements and will not be exposed.\n[ \\" + name + " ]\n"
}

// surveyed returns a device with that configuration and empty stores.
func surveyed(t *testing.T, text string, choice Choice) State {
	t.Helper()
	return surveyedAs(t, "7.40A.500.357", text, choice)
}

func surveyedAs(t *testing.T, firmware, text string, choice Choice) State {
	t.Helper()
	file, err := ini.Parse(text)
	require.NoError(t, err, text)
	status := audiocodes.Status{Firmware: firmware, Serial: "1", SaveNeeded: audiocodes.No}
	state, err := newState(certs.TeamsPolicy(), status, audiocodes.Configuration{File: file}, choice, time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	for _, id := range state.contextsToRead(choice) {
		state.addStore(id, audiocodes.TrustedRoots{})
	}
	return state
}

func planned(t *testing.T, text string, choice Choice) DevicePlan {
	t.Helper()
	return Build(surveyed(t, text, choice), Terms{Policy: certs.TeamsPolicy(), Choice: choice})
}

// about returns the finding of that code, or an empty one if there is none.
func about(plan DevicePlan, code string) Finding {
	for _, f := range plan.Findings {
		if f.Code == code {
			return f
		}
	}
	return Finding{}
}

// references are the forms in which a configuration may name TLS Context 1 "Teams" besides its Teams leg. user is
// part of the finding's message; "" means that the form does not count as a user.
var references = []struct {
	name  string
	edits []string // of the plain device: what is replaced, and by what
	more  string   // at its end
	user  string
}{
	{name: "the plain device"},

	{name: "a SIP Interface without the column TLSPort", edits: []string{"[ SIPInterface ]\nFORMAT Index = InterfaceName, TLSPort, TLSContext, TLSMutualAuthentication;\nSIPInterface 0 = \"ITSP\", 0, \"default\", 0;\nSIPInterface 1 = \"Teams\", 5061, \"Teams\", 1;", "[ SIPInterface ]\nFORMAT Index = InterfaceName, TLSContext, TLSMutualAuthentication;\nSIPInterface 0 = \"ITSP\", \"Teams\", 0;\nSIPInterface 1 = \"Teams\", \"Teams\", 1;"}, user: `SIP Interface "ITSP"`},
	{name: "a SIP Interface with port 00", edits: []string{"\"ITSP\", 0, \"default\"", "\"ITSP\", 00, \"Teams\""}},
	{name: "a SIP Interface with an empty port", edits: []string{"\"ITSP\", 0, \"default\"", "\"ITSP\", , \"Teams\""}, user: `SIP Interface "ITSP"`},
	{name: "a SIP Interface with the name in blanks", edits: []string{"\"ITSP\", 0, \"default\"", "\"ITSP\", 5062, \" Teams \""}, user: `SIP Interface "ITSP"`},
	{name: "a SIP Interface with a name that begins so", edits: []string{"\"ITSP\", 0, \"default\"", "\"ITSP\", 5062, \"Teams Test\""}},
	{name: "a SIP Interface with a name that only Unicode folds", edits: []string{"\"ITSP\", 0, \"default\"", "\"ITSP\", 5062, \"Team\u017f\""}},
	{name: "a SIP Interface in comment form", edits: []string{"[ \\SIPInterface ]", ";SIPInterface 3 = \"Hidden\", 5063, \"Teams\", 0;\n[ \\SIPInterface ]"}, user: "SIPInterface 3 (a row in comment form)"},
	{name: "a SIP Interface in comment form with another context", edits: []string{"[ \\SIPInterface ]", ";SIPInterface 3 = \"Hidden\", 5063, \"LDAP\", 0;\n[ \\SIPInterface ]"}},
	{name: "a row in comment form that is cut off", edits: []string{"[ \\SIPInterface ]", ";SIPInterface 3 = \"Hidden\", 5063,\n[ \\SIPInterface ]"}, user: "table SIPInterface"},
	{name: "a TLS Context in comment form of the same name", edits: []string{"[ \\TLSContexts ]", ";TLSContexts 4 = \"TEAMS\", 4, 0, 0;\n[ \\TLSContexts ]"}, user: "TLSContexts 4 (a row in comment form)"},
	{name: "a TLS Context in comment form of another name", edits: []string{"[ \\TLSContexts ]", ";TLSContexts 4 = \"Other\", 4, 0, 0;\n[ \\TLSContexts ]"}},
	{name: "a comment that is no row", edits: []string{"[ \\SIPInterface ]", "; SIPInterface is for Teams = 1\n[ \\SIPInterface ]"}},

	{name: "a Proxy Set by a name that leads nowhere, on the SIP Interface of Teams", edits: []string{`"ITSP", "", "ITSP"`, `"ITSP", "Gone", "Teams"`, `"198.51.100.20", 0`, `"198.51.100.20", 2`}, user: `Proxy Set "ITSP"`},
	{name: "a Proxy Set by a name that leads nowhere, on another SIP Interface", edits: []string{`"ITSP", "", "ITSP"`, `"ITSP", "Gone", "ITSP"`, `"198.51.100.20", 0`, `"198.51.100.20", 2`}},
	{name: "a Proxy Set on a SIP Interface that two fit", edits: []string{`"ITSP", "", "ITSP"`, `"ITSP", "", "teams"`, `"198.51.100.20", 0`, `"198.51.100.20", 2`, "SIPInterface 1 = ", "SIPInterface 2 = \"TEAMS\", 0, \"\", 0;\nSIPInterface 1 = "}, user: `Proxy Set "ITSP"`},
	{name: "a Proxy Set whose address leads to two", edits: []string{`ProxySet 0 = "ITSP", ""`, "ProxySet 7 = \"itsp\", \"LDAP\", \"\";\nProxySet 0 = \"Itsp\", \"Teams\"", `"0", 0, "198.51.100.20", 0`, `"ITSP", 0, "198.51.100.20", 2`}, user: `Proxy Set "Itsp"`},
	{name: "a Proxy Set in comment form", edits: []string{"[ \\ProxySet ]", ";ProxySet 3 = \"Hidden\", 1, \"ITSP\";\n[ \\ProxySet ]"}, user: "ProxySet 3 (a row in comment form)"},
	{name: "a TLS address in comment form", edits: []string{`"ITSP", "", "ITSP"`, `"ITSP", "Teams", "ITSP"`, "[ \\ProxyIp ]", ";ProxyIp 7 = \"0\", 1, \"sip.example.com\", 2;\n[ \\ProxyIp ]"}, user: `Proxy Set "ITSP"`},
	{name: "another address in comment form", edits: []string{`"ITSP", "", "ITSP"`, `"ITSP", "Teams", "ITSP"`, "[ \\ProxyIp ]", ";ProxyIp 7 = \"0\", 1, \"sip.example.com\", 1;\n[ \\ProxyIp ]"}},
	{name: "an address of Teams in comment form", edits: []string{"[ \\ProxyIp ]", ";ProxyIp 7 = \"0\", 1, \"sip3.pstnhub.microsoft.com\", 2;\n[ \\ProxyIp ]"}},

	{name: "a cell, by index", edits: []string{"\"ITSP\", \"ITSP\", \"default\"", "\"ITSP\", \"ITSP\", \"01\""}, user: "IPGroup 0"},
	{name: "a cell with a list", edits: []string{"\"ITSP\", \"ITSP\", \"default\"", "\"ITSP\", \"ITSP\", \"default,teams\""}, user: "IPGroup 0"},
	{name: "a cell with a list by indexes", edits: []string{"\"ITSP\", \"ITSP\", \"default\"", "\"ITSP\", \"ITSP\", \"0 1\""}, user: "IPGroup 0"},
	{name: "a cell with a list of names with blanks", edits: []string{"\"ITSP\", \"ITSP\", \"default\"", "\"ITSP\", \"ITSP\", \"LDAP Teams Test\""}},
	{name: "a cell with a list of names with blanks, and Teams", edits: []string{"\"ITSP\", \"ITSP\", \"default\"", "\"ITSP\", \"ITSP\", \"Teams Test Teams\""}, user: "IPGroup 0"},
	{name: "an IP Group in comment form", edits: []string{"[ \\IPGroup ]", ";IPGroup 3 = \"Hidden\", \"ITSP\", \"Teams\";\n[ \\IPGroup ]"}, user: "IPGroup 3 (a row in comment form)"},
	{name: "an IP Group that two Proxy Sets fit", edits: []string{"ProxySet 0 = \"ITSP\"", "ProxySet 0 = \"TEAMS\""}, user: "IPGroup 1"},

	{name: "an LDAP server", more: newTable("LdapConfiguration", "Group, ContextName", `LdapConfiguration 0 = "x", "Teams";`), user: "LdapConfiguration 0"},
	{name: "an LDAP server, by index", more: newTable("LdapConfiguration", "Group, ContextName", `LdapConfiguration 0 = "x", 1;`), user: "LdapConfiguration 0"},
	{name: "an LDAP server without a context", more: newTable("LdapConfiguration", "Group, ContextName", `LdapConfiguration 0 = "Teams", "";`)},
	{name: "a hidden LDAP server", more: newTable("LdapConfiguration", "Group, ContextName", `;LdapConfiguration 0 = "x", "Teams";`), user: "LdapConfiguration 0 (a row in comment form)"},
	{name: "an LDAP table that can't be read", more: newTable("LdapConfiguration", "Group, ContextName", `LdapConfiguration 0 = "x";`), user: "table LdapConfiguration (which can't be read)"},
	{name: "a hidden LDAP table", more: newHiddenTable("LdapConfiguration"), user: "table LdapConfiguration (which can't be read)"},
	{name: "the connection to OVOC", more: newTable("QOESettings", "ContextName", `QOESettings 0 = "Teams";`), user: "QOESettings 0"},
	{name: "the hidden connection to OVOC", more: newHiddenTable("QOESettings"), user: "table QOESettings"},
	{name: "a hidden table that promises TLS Contexts", more: newHiddenTable("SIPTLSContextMap"), user: "table SIPTLSContextMap"},
	{name: "a table with contexts of another kind, by name", more: newTable("SNMPViews", "ContextName", `SNMPViews 0 = "Teams";`), user: "SNMPViews 0"},
	{name: "a table with contexts of another kind, by number", more: newTable("SNMPViews", "ContextName", `SNMPViews 0 = 1;`)},
	{name: "the word in a cell of another column", more: newTable("HTTPDirectives", "SetName", `HTTPDirectives 0 = "Teams";`)},

	{name: "a parameter", edits: []string{"[SIP Params]", "[SIP Params]\nQoETLSContextName = 'Teams'"}, user: "parameter qoetlscontextname"},
	{name: "a parameter, by index", edits: []string{"[SIP Params]", "[SIP Params]\nQoETLSContextName = 1"}, user: "parameter qoetlscontextname"},
	{name: "a parameter with a list", edits: []string{"[SIP Params]", "[SIP Params]\nFooTLSContexts = 'default', 'TEAMS', ''"}, user: "parameter footlscontexts"},
	{name: "a parameter of another kind, by name", edits: []string{"[SIP Params]", "[SIP Params]\nQoEContext = 'Teams'"}, user: "parameter qoecontext"},
	{name: "a parameter of another kind, by number", edits: []string{"[SIP Params]", "[SIP Params]\nContextsTotal = 1"}},
	{name: "an empty parameter", edits: []string{"[SIP Params]", "[SIP Params]\nQoETLSContextName = ''"}},
	{name: "a hidden parameter", edits: []string{"[SIP Params]", "[SIP Params]\n;QoETLSContextName is hidden but has non-default value"}, user: "parameter qoetlscontextname (which the device hides)"},

	{name: "the management interface", more: newTable("AdditionalManagementInterfaces", "Interface, TLSContextName", `AdditionalManagementInterfaces 2 = "x", "Teams";`), user: "the management interface (AdditionalManagementInterfaces 2)"},
	{name: "the management interface, by index", more: newTable("AdditionalManagementInterfaces", "Interface, Context", `AdditionalManagementInterfaces 2 = "x", "1";`), user: "the management interface (AdditionalManagementInterfaces 2)"},
	{name: "the management interface, in comment form", more: newTable("AdditionalManagementInterfaces", "Interface, TLSContextName", `;AdditionalManagementInterfaces 2 = "x", "Teams";`), user: "the management interface (AdditionalManagementInterfaces 2)"},
	{name: "the management interface with another context", more: newTable("AdditionalManagementInterfaces", "Interface, TLSContextName", `AdditionalManagementInterfaces 2 = "Teams", "LDAP";`)},
	{name: "hidden management interfaces", more: newHiddenTable("AdditionalManagementInterfaces"), user: "perhaps the management interface"},
	{name: "management interfaces that can't be read", more: newTable("AdditionalManagementInterfaces", "TLSContextName", `AdditionalManagementInterfaces 2;`), user: "perhaps the management interface"},
	{name: "management interfaces hidden as a parameter", edits: []string{"[SIP Params]", "[SIP Params]\n;AdditionalManagementInterfaces is hidden but has non-default value"}, user: "perhaps the management interface"},
}

func TestEachFormOfAReferenceIsAUser(t *testing.T) {
	t.Parallel()
	for _, test := range references {
		for i := 0; i < len(test.edits); i += 2 {
			require.Contains(t, plainDevice, test.edits[i], test.name)
		}
		text := strings.NewReplacer(test.edits...).Replace(plainDevice) + test.more
		plan := planned(t, text, Choice{})
		if test.user == "" {
			assert.Equal(t, Change, plan.Verdict, "%s: %v", test.name, plan.Findings)
			continue
		}
		assert.Equal(t, Blocked, plan.Verdict, test.name)
		assert.Contains(t, about(plan, SharedContext).Message, test.user, test.name)
		assert.NotEqual(t, Fingerprint(surveyed(t, plainDevice, Choice{})), Fingerprint(surveyed(t, text, Choice{})), test.name)
		accepted := planned(t, text, Choice{AllowSharedContext: true})
		assert.Equal(t, Change, accepted.Verdict, test.name)
		assert.Equal(t, Warning, about(accepted, SharedContext).Level, test.name)
	}
}

// TestADigestLeavesOutWhatDecidesNothing: a device's digest is the same as by an earlier acfix, unless the device has
// something of the new kinds.
func TestADigestLeavesOutWhatDecidesNothing(t *testing.T) {
	t.Parallel()
	want := Fingerprint(surveyed(t, plainDevice, Choice{}))
	for name, other := range map[string]string{
		"without hidden parameters":                              strings.Replace(plainDevice, ";LDAPSERVERPORT is hidden but has non-default value\n", "", 1),
		"a hidden table more":                                    plainDevice + newHiddenTable("RoutingRuleGroups"),
		"a row in comment form of a table that is not looked at": plainDevice + newTable("X", "A", ";X 1 = 1;"),
		"users without a subject":                                plainDevice + newTable("WebUsers", "Username, Subject", `WebUsers 0 = "Admin", "";`),
	} {
		assert.Equal(t, want, Fingerprint(surveyed(t, other, Choice{})), name)
	}
	assert.NotContains(t, want, "Unseen")
}
