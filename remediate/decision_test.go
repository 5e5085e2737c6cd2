package remediate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// set changes one cell of a device before it is planned.
func set(table string, index int, column, value string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) { d.SetCell(table, index, column, value) }
}

func param(name, value string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) { d.SetParam(name, value) }
}

func addresses(first string, rest ...string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) {
		for i, address := range append([]string{first}, rest...) {
			d.SetCell("ProxyIp", teamsAddresses[i], "IpAddress", address)
		}
	}
}

// teamsAddresses are the rows of ProxyIp that lead to Teams in the presets.
var teamsAddresses = []int{1, 2, 3}

func all(changes ...func(*mockdevice.Device)) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) {
		for _, change := range changes {
			change(d)
		}
	}
}

func secondInterface(name string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) {
		d.AddRow("SIPInterface", 2, map[string]string{"InterfaceName": name, "TLSPort": "0"})
	}
}

// table gives a device a table with one row, in place of any table of that name.
func table(name string, columns []string, cells ...string) func(*mockdevice.Model) {
	made := mockdevice.Table{Name: name, Rows: []mockdevice.Row{{Index: 0, Cells: cells}}}
	for _, column := range columns {
		made.Columns = append(made.Columns, mockdevice.Column{Name: column, Quoted: true})
	}
	return func(m *mockdevice.Model) { put(m, made) }
}

// hiddenTable gives a device a table whose rows it hides.
func hiddenTable(name string) func(*mockdevice.Model) {
	return func(m *mockdevice.Model) {
		put(m, mockdevice.Table{Name: name, Comments: []string{"; This table contains hidden elements and will not be exposed."}})
	}
}

func put(m *mockdevice.Model, table mockdevice.Table) {
	tables := slices.DeleteFunc(slices.Clone(m.Tables), func(known mockdevice.Table) bool { return known.Name == table.Name })
	m.Tables = append(tables, table)
}

func hiddenParameter(name string) func(*mockdevice.Model) {
	return func(m *mockdevice.Model) {
		group := &m.Groups[0]
		group.Parameters = append(slices.Clone(group.Parameters), mockdevice.Parameter{Name: name, Value: "1", Hidden: true})
	}
}

func ldapServer(context string) func(*mockdevice.Model) {
	return table("LdapConfiguration", []string{"Group", "ContextName"}, `"Servers"`, `"`+context+`"`)
}

// management adds a management interface on a TLS Context.
func management(context string) func(*mockdevice.Model) {
	return table("AdditionalManagementInterfaces", []string{"InterfaceName", "TLSContextName"}, `"Voice"`, `"`+context+`"`)
}

func subjectOf(subject string) func(*mockdevice.Model) {
	return table("WebUsers", []string{"Username", "TLSSubjectName"}, `"Admin"`, `"`+subject+`"`)
}

func models(changes ...func(*mockdevice.Model)) func(*mockdevice.Model) {
	return func(m *mockdevice.Model) {
		for _, change := range changes {
			change(m)
		}
	}
}

func withContext(index int, name string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) { d.AddRow("TLSContexts", index, map[string]string{"Name": name}) }
}

// The presets: Proxy Set 1 "Teams" on SIP Interface 1 "Teams", both with TLS Context 1
// "Teams"; Proxy Set 0 "ITSP" on SIP Interface 0 without TLS.
var (
	ownContext      = set("ProxySet", 1, "TLSContextName", "")
	noInterface     = set("ProxySet", 1, "SBCIPv4SIPInterfaceName", "")
	unverified      = param("VerifyServerCertificate", "0") // the presets have 1
	mutualOff       = all(unverified, set("SIPInterface", 1, "TLSMutualAuthentication", "0"))
	mutualUnset     = all(unverified, set("SIPInterface", 1, "TLSMutualAuthentication", "-1"))
	notTeams        = addresses("sip.example.com", "sip2.example.com", "sip3.example.com")
	anonymous       = all(set("ProxySet", 1, "ProxyName", "Cloud"), set("SIPInterface", 1, "InterfaceName", "Cloud"), set("ProxySet", 1, "SBCIPv4SIPInterfaceName", "Cloud"))
	interfaceOnZero = set("SIPInterface", 1, "TLSContext", "")
)

// fullChange is the plan for 7.4.500, with what the changes of a test leave unsaved.
var fullChange = []remediate.StepKind{
	remediate.StepBackup, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepSave,
}

// decisions is the decision table: each row says what is special about a device or the operator's choice, and what
// acfix decides. Every test device is a 7.4.500 unless the row names a preset.
var decisions = []struct {
	about    string // heads the rows from here on in docs/decisions.md
	name     string
	preset   string
	firmware string                  // what the device says, where it is not the preset's
	tables   func(*mockdevice.Model) // of the device before it starts
	change   func(*mockdevice.Device)
	choice   remediate.Choice
	verdict  remediate.Verdict
	findings []string
	steps    []remediate.StepKind
	unsaved  bool // the change waits in RAM, as another administrator's would
}{
	{about: "The Teams leg", name: "a plain Teams SBC", verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "no Teams address and no name", change: all(notTeams, anonymous), verdict: remediate.NotApplicable, findings: []string{remediate.NoTeamsLeg}},
	{name: "only names say Teams", change: notTeams, verdict: remediate.Blocked, findings: []string{remediate.NamedTeamsOnly}},
	{name: "only names, and an explicit Proxy Set", change: notTeams, choice: remediate.Choice{ProxySet: "Teams"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "only names, and an explicit SIP Interface by index", change: notTeams, choice: remediate.Choice{SIPInterface: "1"}, verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "only names, and a TLS Context is no leg", change: notTeams, choice: remediate.Choice{TLSContext: "Teams"}, verdict: remediate.Blocked, findings: []string{remediate.NamedTeamsOnly}},
	{name: "an explicit Proxy Set that does not exist", choice: remediate.Choice{ProxySet: "Tems"}, verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "an explicit SIP Interface that does not exist", choice: remediate.Choice{SIPInterface: "9"}, verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "an explicit TLS Context that does not exist", choice: remediate.Choice{TLSContext: "9"}, verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "a look-alike address", change: addresses("sip.pstnhub.microsoft.com.evil.example"), verdict: remediate.Blocked, findings: []string{remediate.UnrecognisedPSTNHub, remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "only look-alike addresses", change: all(anonymous, addresses("pstnhub.example.com", "a.example.com", "b.example.com")), verdict: remediate.Blocked, findings: []string{remediate.UnrecognisedPSTNHub, remediate.NoTeamsLeg}},
	{name: "the withdrawn name", change: addresses("sip-all.pstnhub.microsoft.com:5061"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.WithdrawnFQDN, remediate.BundleNotVerifiable}},
	{name: "a name in Microsoft's zone that is none of the published", change: addresses("sip9.pstnhub.microsoft.com:5061"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.UnlistedFQDN, remediate.BundleNotVerifiable}},
	{name: "a test end point", change: addresses("sip.g1.pstnhub.microsoft.com:5061"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.TestEndpointInUse, remediate.BundleNotVerifiable}},
	{name: "a test end point of GCC High", change: set("ProxyIp", 3, "IpAddress", "x.sip.pstnhub.infra.gov.teams.microsoft.us:5061"), verdict: remediate.Blocked, findings: []string{remediate.UnrecognisedPSTNHub, remediate.TestEndpointInUse, remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "GCC High", change: addresses("SIP.pstnhub.gov.teams.microsoft.us.:5061", "sip.pstnhub.gov.teams.microsoft.us", "sip.pstnhub.gov.teams.microsoft.us"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "DoD", change: addresses("sip.pstnhub.dod.teams.microsoft.us:5061", "sip.pstnhub.dod.teams.microsoft.us", "sip.pstnhub.dod.teams.microsoft.us"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a Teams address of no Proxy Set", change: set("ProxyIp", 1, "ProxySetId", "7"), verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "the Proxy Set names a SIP Interface that does not exist", change: set("ProxySet", 1, "SBCIPv4SIPInterfaceName", "Gone"), verdict: remediate.Blocked, findings: []string{remediate.DanglingReference, remediate.MTLSUnknown}},
	{name: "the Proxy Set names a TLS Context that does not exist", change: set("ProxySet", 1, "TLSContextName", "Gone"), verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "names differ in case", change: all(set("ProxySet", 1, "TLSContextName", "TEAMS"), set("SIPInterface", 1, "TLSContext", "teams")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "the SIP Interface is named by the IPv6 column", change: all(noInterface, set("ProxySet", 1, "SBCIPv6SIPInterfaceName", "Teams")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "the SIP Interface is named by the Gateway column", change: all(noInterface, set("ProxySet", 1, "GWIPv4SIPInterfaceName", "Teams")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "no SIP Interface", change: noInterface, verdict: remediate.Blocked, findings: []string{remediate.MTLSUnknown, remediate.IncomingDefaultContext, remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "no SIP Interface, and an explicit one", change: noInterface, choice: remediate.Choice{SIPInterface: "Teams"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},

	{name: "two TLS Contexts of the name", change: withContext(2, "Teams"), verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "two TLS Contexts of the name, and an explicit index", change: withContext(2, "Teams"), choice: remediate.Choice{TLSContext: "1"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "two TLS Contexts of the name, and that name explicitly", change: withContext(2, "Teams"), choice: remediate.Choice{TLSContext: "teams"}, verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "two TLS Contexts that differ in case, one fits exactly", change: withContext(2, "TEAMS"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "two TLS Contexts that differ in case, none fits exactly", change: all(withContext(2, "TEAMS"), set("SIPInterface", 1, "TLSContext", "teams")), verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "a name that only Unicode takes for the same", change: all(withContext(2, "Team\u017f"), set("TLSContexts", 1, "Name", "Mine")), verdict: remediate.Blocked, findings: []string{remediate.DanglingReference}},
	{name: "two SIP Interfaces of the name", change: secondInterface("Teams"), verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName, remediate.MTLSUnknown}},
	{name: "two SIP Interfaces of the name, and an explicit index", change: secondInterface("Teams"), choice: remediate.Choice{SIPInterface: "1"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "two SIP Interfaces of the name, and that name explicitly", change: secondInterface("Teams"), choice: remediate.Choice{SIPInterface: "Teams"}, verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "two Proxy Sets of the name, and that name explicitly", change: set("ProxySet", 0, "ProxyName", "TEAMS"), choice: remediate.Choice{ProxySet: "teams"}, verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "two Proxy Sets that a Teams address names", change: all(set("ProxySet", 0, "ProxyName", "Teams"), set("ProxyIp", 1, "ProxySetId", "Teams")), verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "references by index", change: all(set("ProxySet", 1, "TLSContextName", "1"), set("SIPInterface", 1, "TLSContext", "01"), set("ProxySet", 1, "SBCIPv4SIPInterfaceName", "1")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a reference by a name that is another context's index", change: all(withContext(2, "1"), set("ProxySet", 1, "TLSContextName", "1"), set("SIPInterface", 1, "TLSContext", "1")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "addresses that name their Proxy Set", change: all(set("ProxyIp", 1, "ProxySetId", "teams"), set("ProxyIp", 2, "ProxySetId", "01"), set("ProxyIp", 3, "ProxySetId", "Teams")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a look-alike address elsewhere, and an explicit Proxy Set", change: set("ProxyIp", 0, "IpAddress", "pstnhub.example.com"), choice: remediate.Choice{ProxySet: "Teams"}, verdict: remediate.Blocked, findings: []string{remediate.UnrecognisedPSTNHub, remediate.BundleNotVerifiable}},
	{name: "a look-alike address in the explicit Proxy Set", change: addresses("pstnhub.example.com", "pstnhub.example.com", "pstnhub.example.com"), choice: remediate.Choice{ProxySet: "Teams"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.UnrecognisedPSTNHub, remediate.UnrecognisedPSTNHub, remediate.UnrecognisedPSTNHub, remediate.BundleNotVerifiable}},
	{name: "two Teams Proxy Sets, and an explicit SIP Interface", change: secondLeg, choice: remediate.Choice{SIPInterface: "Teams"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},

	{about: "Mutual TLS", name: "mutual TLS off, and a reference that leads nowhere", change: all(mutualOff, set("ProxySet", 1, "TLSContextName", "Gone")), verdict: remediate.Blocked, findings: []string{remediate.DanglingReference, remediate.MTLSOff}},
	{name: "mutual TLS off", change: mutualOff, verdict: remediate.NotApplicable, findings: []string{remediate.MTLSOff}},
	{name: "mutual TLS off, planned all the same", change: mutualOff, choice: remediate.Choice{IncludeNonMTLS: true}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.MTLSOff, remediate.BundleNotVerifiable}},
	{name: "mutual TLS not configured, global off", change: mutualUnset, verdict: remediate.NotApplicable, findings: []string{remediate.MTLSOff}},
	{name: "mutual TLS not configured, global on", change: all(mutualUnset, param("SIPSRequireClientCertificate", "1")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "mutual TLS has a value that nobody knows", change: set("SIPInterface", 1, "TLSMutualAuthentication", "7"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.MTLSUnknown, remediate.BundleNotVerifiable}},
	{name: "off at the interface, on globally", change: all(mutualOff, param("SIPSRequireClientCertificate", "1")), verdict: remediate.Blocked, findings: []string{remediate.ServerVerify}},
	{name: "off, but servers are verified", change: all(mutualOff, param("VerifyServerCertificate", "1")), verdict: remediate.Blocked, findings: []string{remediate.ServerVerify}},
	{name: "off, servers are verified, planned all the same", change: all(mutualOff, param("VerifyServerCertificate", "1")), choice: remediate.Choice{IncludeNonMTLS: true}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.MTLSOff, remediate.BundleNotVerifiable}},

	{about: "The TLS Context", name: "only the SIP Interface names the context", change: ownContext, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "only the Proxy Set names the context", change: interfaceOnZero, verdict: remediate.Blocked, findings: []string{remediate.IncomingDefaultContext, remediate.BundleNotVerifiable}},
	{name: "only the Proxy Set names the context, and an explicit choice", change: interfaceOnZero, choice: remediate.Choice{TLSContext: "1"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.IncomingDefaultContext, remediate.BundleNotVerifiable}},
	{name: "an explicit TLS Context that no leg uses", change: withContext(3, "Spare"), choice: remediate.Choice{TLSContext: "Spare"}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.OtherContext, remediate.BundleNotVerifiable}},
	{name: "an explicit TLS Context 0", choice: remediate.Choice{TLSContext: "default"}, verdict: remediate.Blocked, findings: []string{remediate.DefaultContext, remediate.OtherContext}},
	{name: "a choice that is one context's name and another's index", change: withContext(2, "1"), choice: remediate.Choice{TLSContext: "1"}, verdict: remediate.Blocked, findings: []string{remediate.AmbiguousName}},
	{name: "only the Proxy Set names the context, context 0 allowed", change: interfaceOnZero, choice: remediate.Choice{AllowDefaultContext: true}, verdict: remediate.Change,
		steps: append(append(append([]remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle}, sevenImports...), remediate.StepImportRoot, remediate.StepImportRoot), remediate.StepSave), findings: []string{remediate.IncomingDefaultContext, remediate.BundleNotVerifiable}},
	{name: "nothing names a context", change: all(ownContext, interfaceOnZero), verdict: remediate.Blocked, findings: []string{remediate.DefaultContext}},
	{name: "both name context 0, which is allowed", change: all(ownContext, interfaceOnZero), choice: remediate.Choice{AllowDefaultContext: true}, verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.DefaultContext}},
	{name: "two contexts", change: all(withContext(2, "Teams2"), set("SIPInterface", 1, "TLSContext", "Teams2")), verdict: remediate.Change,
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepImportRoot, remediate.StepSave}, findings: []string{remediate.BundleNotVerifiable, remediate.BundleNotVerifiable}},
	{name: "a context above 4", change: all(withContext(5, "Teams5"), set("SIPInterface", 1, "TLSContext", "Teams5"), set("ProxySet", 1, "TLSContextName", "Teams5")), verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.ContextAbove4}},
	{name: "the switch has a value that nobody knows", change: set("TLSContexts", 1, "UseDefaultCABundle", "7"), verdict: remediate.Blocked, findings: []string{remediate.BundleSwitchUnreadable, remediate.BundleNotVerifiable}},
	{name: "a second Teams Proxy Set on another SIP Interface, mutual TLS off there", change: all(unverified, secondLeg), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable, remediate.MTLSOff}},
	{name: "the same, but servers are verified", change: secondLeg, verdict: remediate.Blocked, findings: []string{remediate.BundleNotVerifiable, remediate.ServerVerify}},

	{about: "Who else uses the context", name: "another SIP Interface with a TLS port", change: all(set("SIPInterface", 0, "TLSPort", "5062"), set("SIPInterface", 0, "TLSContext", "Teams")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "the same without a TLS port", change: set("SIPInterface", 0, "TLSContext", "Teams"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "another Proxy Set with a TLS address", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set with the device's default transport", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "the same where that can't be told", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1"), param("SIPTRANSPORTTYPE", "7")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "the same where that is TLS", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1"), param("SIPTRANSPORTTYPE", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another address in the Teams Proxy Set", change: set("ProxyIp", 0, "ProxySetId", "1"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "another TLS address in the Teams Proxy Set", change: all(set("ProxyIp", 0, "ProxySetId", "1"), set("ProxyIp", 0, "TransportType", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "a cell of another table", change: set("IPGroup", 0, "DTLSContext", "Teams"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "a cell of another table, by index", change: set("IPGroup", 0, "DTLSContext", "1"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "the IP Group of Teams itself", change: set("IPGroup", 1, "DTLSContext", "Teams"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "another SIP Interface without a port set, so 5061", change: all(set("SIPInterface", 0, "TLSPort", "$$"), set("SIPInterface", 0, "TLSContext", "Teams")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another SIP Interface with an empty port", change: all(set("SIPInterface", 0, "TLSPort", ""), set("SIPInterface", 0, "TLSContext", "Teams")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another SIP Interface with a port that can't be read", change: all(set("SIPInterface", 0, "TLSPort", "none"), set("SIPInterface", 0, "TLSContext", "Teams")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another SIP Interface, by index", change: all(set("SIPInterface", 0, "TLSPort", "5062"), set("SIPInterface", 0, "TLSContext", "1")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another SIP Interface, by a name that fits two contexts", change: all(withContext(2, "TEAMS"), set("SIPInterface", 0, "TLSPort", "5062"), set("SIPInterface", 0, "TLSContext", "teams")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set with a TLS address, by index", change: all(set("ProxySet", 0, "TLSContextName", "1"), set("ProxyIp", 0, "TransportType", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set on the SIP Interface of Teams, by index", change: all(set("ProxySet", 0, "SBCIPv4SIPInterfaceName", "1"), set("ProxyIp", 0, "TransportType", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set whose address says no Proxy Set, so 0", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "2"), set("ProxyIp", 0, "ProxySetId", "$$")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set whose address has an index with zeros", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "2"), set("ProxyIp", 0, "ProxySetId", "00")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set whose address has its name", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "2"), set("ProxyIp", 0, "ProxySetId", "itsp")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set that asks DNS for the transport", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1"), set("ProxySet", 0, "DNSResolveMethod", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "the same by the global parameter", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1"), param("ProxyDNSQueryType", "2")), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "another Proxy Set that asks DNS for the host alone", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "-1"), set("ProxySet", 0, "DNSResolveMethod", "1")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "another Proxy Set that asks DNS, with a set transport", change: all(set("ProxySet", 0, "TLSContextName", "Teams"), set("ProxyIp", 0, "TransportType", "1"), set("ProxySet", 0, "DNSResolveMethod", "2")), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a parameter", change: param("QoETLSContextName", "'Teams'"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "a parameter that names another context", change: param("QoETLSContextName", "'default'"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "an LDAP server", tables: ldapServer("Teams"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "an LDAP server with a list", tables: ldapServer("default; teams"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "an LDAP server with another context", tables: ldapServer("default"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a hidden table of LDAP servers", tables: hiddenTable("LdapConfiguration"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},
	{name: "a hidden table of something else", tables: hiddenTable("CallSetupRules"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "shared, and accepted", change: set("IPGroup", 0, "DTLSContext", "Teams"), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.SharedContext, remediate.BundleNotVerifiable}},

	{about: "Management", name: "the context serves the management interface too", tables: management("Teams"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext}},
	{name: "the same by index", tables: management("1"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext}},
	{name: "the same, and accepted", tables: management("Teams"), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.SharedContext}},
	{name: "another context serves it", tables: management("default"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a hidden table of management interfaces", tables: hiddenTable("AdditionalManagementInterfaces"), verdict: remediate.Blocked, findings: []string{remediate.SharedContext}},
	{name: "client certificates may log in there", tables: management("Teams"), change: param("HTTPSRequireClientCertificate", "1"), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Blocked, findings: []string{remediate.ManagementClientCertificates}},
	{name: "client certificates of a user may log in there", tables: models(management("Teams"), subjectOf("CN=admin")), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Blocked, findings: []string{remediate.ManagementClientCertificates}},
	{name: "a user without a subject", tables: models(management("Teams"), subjectOf("")), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.SharedContext}},
	{name: "whether client certificates are asked for is hidden", tables: models(management("Teams"), hiddenParameter("HTTPSRequireClientCertificate")), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Blocked, findings: []string{remediate.ManagementClientCertificates}},
	{name: "hidden users, and no client certificates", tables: models(management("Teams"), hiddenTable("WebUsers")), choice: remediate.Choice{AllowSharedContext: true}, verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.SharedContext}},
	{name: "client certificates at the management interface, Teams elsewhere", change: param("HTTPSRequireClientCertificate", "1"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "client certificates, and both name context 0, which is allowed", change: all(ownContext, interfaceOnZero, param("HTTPSRequireClientCertificate", "1")), choice: remediate.Choice{AllowDefaultContext: true}, verdict: remediate.Blocked, findings: []string{remediate.DefaultContext, remediate.ManagementClientCertificates}},

	{about: "Firmware", name: "7.0", preset: "7.0", verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.BundleSwitchMissing}},
	{name: "7.2", preset: "7.2", verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.BundleSwitchMissing}},
	{name: "7.4 early", preset: "7.4-early", verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.BundleSwitchMissing}},
	{name: "7.4.250", preset: "7.4.250", verdict: remediate.Change, steps: switchAndSeven},
	{name: "7.4.604", preset: "7.4.604", verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable, remediate.RootInDoubt}},
	{name: "7.4.604, the build before", firmware: "7.40A.604.076", verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable}},
	{name: "7.4.605", firmware: "7.40A.605.092", verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable, remediate.RootInDoubt}},
	{name: "7.4.605, and the doubtful root is there", firmware: "7.40A.605.092", change: root(0), verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable}},
	{name: "7.6", preset: "7.6", verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable, remediate.RootInDoubt}},
	{name: "7.6 and all roots", preset: "7.6", choice: remediate.Choice{AllRoots: true}, verdict: remediate.Change, steps: switchAndSeven},
	{name: "newer than the rule", firmware: "7.80A.100.001", verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareNewer}},
	{name: "of another line, which has the switch", firmware: "7.40CO.604.077", verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareOtherLetters}},
	{name: "of another line, in small letters", firmware: "7.60co.300.042", verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareOtherLetters}},
	{name: "of another line, without the switch", preset: "7.2", firmware: "7.20CO.258.034", verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.FirmwareOtherLetters, remediate.BundleSwitchMissing}},
	{name: "of another line, and all roots", firmware: "7.20CO.258.034", choice: remediate.Choice{AllRoots: true}, verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareOtherLetters}},
	{name: "of another line and newer than the rule", firmware: "7.80CO.100.001", verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareNewer}},
	{name: "the usual line in a small letter", firmware: "7.40a.604.076", verdict: remediate.Change, steps: switchOnly, findings: []string{remediate.BundleNotVerifiable}},
	{name: "three letters are not read", firmware: "7.40ABC.604.077", verdict: remediate.Blocked, findings: []string{remediate.FirmwareUnreadable}},
	{name: "unreadable firmware", firmware: "seven", verdict: remediate.Blocked, findings: []string{remediate.FirmwareUnreadable}},
	{name: "unreadable firmware, and all roots", firmware: "seven", choice: remediate.Choice{AllRoots: true}, verdict: remediate.Change, steps: switchAndSeven, findings: []string{remediate.FirmwareUnreadable}},
	{name: "unreadable firmware, mutual TLS off", firmware: "seven", change: mutualOff, verdict: remediate.Blocked, findings: []string{remediate.FirmwareUnreadable, remediate.MTLSOff}},
	{name: "unreadable firmware, no Teams leg", firmware: "seven", change: all(notTeams, anonymous), verdict: remediate.Blocked, findings: []string{remediate.FirmwareUnreadable, remediate.NoTeamsLeg}},

	{about: "The store", name: "one root is there", change: root(3), verdict: remediate.Change, steps: []remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepSave}, findings: []string{remediate.BundleNotVerifiable}},
	{name: "all as wanted", change: asWanted, verdict: remediate.Compliant, findings: []string{remediate.BundleNotVerifiable}},
	{name: "a nearly full store", preset: "7.0", change: strangers(12), verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.BundleSwitchMissing, remediate.StoreNearlyFull}},
	{name: "a store with just enough room", preset: "7.0", change: strangers(11), verdict: remediate.Change, steps: importsOnly, findings: []string{remediate.BundleSwitchMissing}},

	{about: "What waits unsaved", name: "all as wanted but unsaved", change: asWanted, unsaved: true, verdict: remediate.Change, steps: []remediate.StepKind{remediate.StepSave}, findings: []string{remediate.BundleNotVerifiable, remediate.UnsavedChanges}},
	{name: "somebody else's changes wait", change: param("MaxDigits", "30"), unsaved: true, verdict: remediate.Blocked, findings: []string{remediate.BundleNotVerifiable, remediate.UnsavedChanges}},
	{name: "somebody else's changes wait, and are accepted", change: param("MaxDigits", "30"), unsaved: true, choice: remediate.Choice{SaveUnsaved: true}, verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable, remediate.UnsavedChanges}},

	{about: "What else is worth knowing", name: "Automatic Update", change: param("IniFileURL", "'https://user:secret@prov.example/ini'"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.AutomaticUpdate, remediate.BundleNotVerifiable}},
	{name: "TLS 1.2 not allowed", change: set("TLSContexts", 1, "TLSVersion", "3"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable, remediate.TLS12NotAllowed}},
	{name: "ciphers that exclude Teams", change: set("TLSContexts", 1, "ClientCipherString", "RC4:EXP"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable, remediate.CiphersExcludeTeams}},
	{name: "strict certificate validation", change: set("TLSContexts", 1, "RequireStrictCert", "1"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable, remediate.StrictCertificate}},
	{name: "strict certificate validation, in another context", change: set("TLSContexts", 0, "RequireStrictCert", "1"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
	{name: "names of peers are verified", change: param("PeerHostNameVerificationMode", "1"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.PeerNameVerification, remediate.BundleNotVerifiable}},
	{name: "names of peers are not verified", change: param("PeerHostNameVerificationMode", "0"), verdict: remediate.Change, steps: fullChange, findings: []string{remediate.BundleNotVerifiable}},
}

var (
	sevenImports   = slices.Repeat([]remediate.StepKind{remediate.StepImportRoot}, 7)
	importsOnly    = slices.Concat([]remediate.StepKind{remediate.StepBackup}, sevenImports, []remediate.StepKind{remediate.StepSave})
	switchAndSeven = slices.Concat([]remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle}, sevenImports, []remediate.StepKind{remediate.StepSave})
	switchOnly     = []remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepSave}

	secondLeg = func(d *mockdevice.Device) {
		d.AddRow("TLSContexts", 2, map[string]string{"Name": "GCC"})
		d.AddRow("SIPInterface", 2, map[string]string{"InterfaceName": "GCC", "TLSPort": "5063", "TLSContext": "GCC", "TLSMutualAuthentication": "0"})
		d.AddRow("ProxySet", 2, map[string]string{"ProxyName": "GCC", "TLSContextName": "GCC", "SBCIPv4SIPInterfaceName": "GCC"})
		d.AddRow("ProxyIp", 9, map[string]string{"ProxySetId": "2", "IpAddress": "sip.pstnhub.gov.teams.microsoft.us", "TransportType": "2"})
	}
)

var asWanted = all(root(3), root(4), set("TLSContexts", 1, "UseDefaultCABundle", "1"))

// root puts one of the required roots into the Teams store.
func root(index int) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) { d.AddRoot(1, certs.Required()[index].PEM()) }
}

// strangers puts unknown roots into the Teams store, besides the two of the preset.
func strangers(n int) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) {
		for i := range n {
			d.AddRoot(1, mockdevice.SelfMadeRoot(fmt.Sprintf("Stranger %d", i)))
		}
	}
}

func TestDecisionTable(t *testing.T) {
	for _, row := range decisions {
		t.Run(strings.ReplaceAll(row.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			name := row.preset
			if name == "" {
				name = "7.4.500"
			}
			model := preset(t, name)
			if row.firmware != "" {
				model.Firmware = row.firmware
			}
			if row.tables != nil {
				row.tables(&model)
			}
			r := newRig(t, model)
			if row.change != nil {
				row.change(r.device)
				if !row.unsaved {
					r.save()
				}
			}
			plan := r.plan(row.choice)
			require.Nil(t, plan.Error)
			assert.Equal(t, row.verdict, plan.Verdict)
			if row.findings == nil {
				row.findings = []string{}
			}
			assert.Equal(t, row.findings, codes(plan.Findings))
			if row.steps == nil {
				assert.Empty(t, plan.Steps)
			} else {
				assert.Equal(t, row.steps, kinds(plan.Steps))
			}
		})
	}
}
