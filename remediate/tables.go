package remediate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// tables are the rows of a configuration by which the Teams leg is found.
type tables struct {
	file       *ini.File
	policy     certs.Policy            // by whose hosts and service the leg is recognised
	naming     map[*ini.Table][]string // further columns that may name a TLS Context
	parameters []string                // the parameters that may, in lower case and sorted
	contexts   []tlsContext
	interfaces []sipInterface
	proxySets  []proxySet
	// orphans are addresses that lead to no Proxy Set, and Teams addresses that lead to several.
	orphans []proxyAddress
}

type tlsContext struct {
	index int
	name  string
	row   ini.Row
}

type sipInterface struct {
	index   int
	name    string
	context string // reference to a TLS Context; "" is not set
	tlsPort bool   // it listens for TLS
	row     ini.Row
}

type proxySet struct {
	index      int
	name       string
	context    string   // reference to a TLS Context; "" is not set
	interfaces []string // references to SIP Interfaces, those that are set
	addresses  []proxyAddress
	row        ini.Row
}

type proxyAddress struct {
	set       string // reference to the Proxy Set, its index or name; "" is not set
	address   string
	transport string
	kind      addressKind
	place     int  // among the addresses of its Proxy Set
	commented bool // its row is in comment form
}

// The SIP Interfaces of a Proxy Set: SBC and Gateway application, IPv4 and IPv6.
var interfaceColumns = []string{
	"SBCIPv4SIPInterfaceName", "SBCIPv6SIPInterfaceName",
	"GWIPv4SIPInterfaceName", "GWIPv6SIPInterfaceName",
}

// readTables picks the rows out of a configuration. An error means that the configuration can't be relied on.
func readTables(file *ini.File) (tables, error) { return readTablesBy(certs.TeamsPolicy(), file) }

// readTablesBy does the same and recognises the leg by a policy.
func readTablesBy(policy certs.Policy, file *ini.File) (tables, error) {
	mayName := func(parameter string) bool { return containsFold(parameter, "Context") }
	t := tables{
		file: file, policy: policy, naming: map[*ini.Table][]string{}, parameters: file.ParameterNames(mayName),
	}
	for _, table := range file.Tables() {
		if columns := columnsNaming(table); len(columns) > 0 {
			t.naming[table] = columns
		}
	}
	for _, read := range []struct {
		table string
		row   func(ini.Row)
	}{
		{tableTLSContexts, t.addContext},
		{tableSIPInterface, t.addInterface},
		{tableProxySet, t.addProxySet},
		{tableProxyIP, func(row ini.Row) { t.addAddress(row, false) }},
	} {
		rows, err := file.Table(read.table).Rows()
		if err != nil {
			return tables{}, err
		}
		for _, row := range rows {
			read.row(row)
		}
	}
	t.addCommentedAddresses()
	return t, nil
}

func (t *tables) addContext(row ini.Row) {
	t.contexts = append(t.contexts, tlsContext{index: row.Index, name: row.Text("Name"), row: row})
}

func (t *tables) addInterface(row ini.Row) {
	t.interfaces = append(t.interfaces, sipInterface{
		index: row.Index, name: nameOr(row.Text("InterfaceName"), row.Index), context: row.Text("TLSContext"),
		tlsPort: listensForTLS(row), row: row,
	})
}

// listensForTLS reports whether a SIP Interface has a TLS port: only port 0 means that it has none. A port that is
// not set, or that the firmware does not show, is the default, 5061 (User's Manual 7.4, "SIP Interfaces").
func listensForTLS(row ini.Row) bool {
	port, err := strconv.Atoi(row.Text("TLSPort"))
	return err != nil || port != 0
}

func (t *tables) addProxySet(row ini.Row) {
	set := proxySet{
		index: row.Index, name: nameOr(row.Text("ProxyName"), row.Index), context: row.Text("TLSContextName"), row: row,
	}
	for _, column := range interfaceColumns {
		if name := row.Text(column); name != "" {
			set.interfaces = append(set.interfaces, name)
		}
	}
	t.proxySets = append(t.proxySets, set)
}

// addAddress must be called after all Proxy Sets were added. An address belongs to each Proxy Set that it leads to; a
// Teams address must lead to exactly one.
func (t *tables) addAddress(row ini.Row, commented bool) {
	address := proxyAddress{
		set: strings.TrimSpace(row.Text("ProxySetId")), address: row.Text("IpAddress"),
		transport: row.Text("TransportType"), place: row.Index, commented: commented,
	}
	if place, err := strconv.Atoi(row.Text("ProxyIpIndex")); err == nil {
		address.place = place
	}
	if !commented {
		address.kind = classify(t.policy.Hosts, address.address)
	}
	sets := t.setsOf(address)
	if len(sets) == 0 || len(sets) > 1 && address.kind.isTeams() {
		t.orphans = append(t.orphans, address)
		return
	}
	for i := range t.proxySets {
		if hasIndex(sets, t.proxySets[i].index) {
			t.proxySets[i].addresses = append(t.proxySets[i].addresses, address)
		}
	}
}

// addCommentedAddresses adds addresses in comment form, which may make another user of a TLS Context but never a
// Teams leg.
func (t *tables) addCommentedAddresses() {
	rows, _ := t.file.Table(tableProxyIP).Commented()
	for _, row := range rows {
		if !classify(t.policy.Hosts, row.Text("IpAddress")).isTeams() {
			t.addAddress(row, true)
		}
	}
}

// setsOf returns the Proxy Sets that an address leads to. ProxySetId holds the set's index, quoted or bare, and means
// 0 if it is not set; other text may be a name.
func (t *tables) setsOf(address proxyAddress) []proxySet {
	if address.set == "" {
		return numbered(t.proxySets, "0")
	}
	if sets := numbered(t.proxySets, address.set); len(sets) > 0 {
		return sets
	}
	return bearing(t.proxySets, address.set)
}

// nameOr returns "#1" for row 1 without a name: in some firmware (6.60A) rows have none.
func nameOr(name string, index int) string {
	if name == "" {
		return fmt.Sprintf("#%d", index)
	}
	return name
}

func (p proxySet) isTeams() bool {
	return slices.ContainsFunc(p.addresses, func(address proxyAddress) bool { return address.kind.isTeams() })
}

// context returns the TLS Context with that index.
func (t tables) context(index int) (tlsContext, bool) {
	for _, context := range t.contexts {
		if context.index == index {
			return context, true
		}
	}
	return tlsContext{}, false
}

// label names a TLS Context in texts: 1 "Teams".
func (t tables) label(index int) string {
	if index == unknownContext {
		return "(unknown)"
	}
	if context, ok := t.context(index); ok && context.name != "" {
		return fmt.Sprintf("%d %q", index, context.name)
	}
	return strconv.Itoa(index)
}
