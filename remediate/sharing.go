package remediate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// otherUsers lists what uses a TLS Context besides Teams: a SIP Interface with a TLS
// port, a Proxy Set with a TLS address, and a cell of any other table whose column's name
// contains "TLSContext". The context should be Teams' alone (eGroup procedure,
// "Teams TLS Context Setting").
func (t tables) otherUsers(context int, legs []leg) []string {
	users := t.otherInterfaces(context, legs)
	users = append(users, t.otherProxySets(context, legs)...)
	return append(users, t.otherTables(context, legs)...)
}

func (t tables) otherInterfaces(context int, legs []leg) []string {
	var users []string
	for _, sip := range t.interfaces {
		ours := slices.ContainsFunc(legs, func(l leg) bool { return l.hasInterface && l.sipInterface.index == sip.index })
		if !ours && sip.tlsPort && t.uses(sip.context, context) {
			users = append(users, fmt.Sprintf("SIP Interface %q", sip.name))
		}
	}
	return users
}

func (t tables) otherProxySets(context int, legs []leg) []string {
	var users []string
	for _, set := range t.proxySets {
		if t.hasOtherTLSAddress(set, legs) && slices.ContainsFunc(t.outgoingReferences(set), func(reference string) bool {
			return t.uses(reference, context)
		}) {
			users = append(users, fmt.Sprintf("Proxy Set %q", set.name))
		}
	}
	return users
}

// hasOtherTLSAddress tells whether a Proxy Set speaks TLS with somebody else than Teams.
// In a set that the operator chose, every address is Teams.
func (t tables) hasOtherTLSAddress(set proxySet, legs []leg) bool {
	ours := slices.ContainsFunc(legs, func(l leg) bool { return l.hasProxySet && l.proxySet.index == set.index })
	for _, address := range set.addresses {
		if !t.isTLS(address) || address.kind.isTeams() {
			continue
		}
		if !ours || set.isTeams() {
			return true
		}
	}
	return false
}

// isTLS: TransportType 0 and 1 are UDP and TCP, 2 is TLS; -1 leaves it to the global
// SIPTRANSPORTTYPE, default 0. What can't be told counts as TLS.
func (t tables) isTLS(address proxyAddress) bool {
	transport := address.transport
	if transport == "" || transport == "-1" {
		global, set := t.file.Parameter(parameterTransport)
		if !set && !t.file.Hidden(parameterTransport) {
			return false
		}
		transport = global
	}
	return transport != "0" && transport != "1"
}

// outgoingReferences are the contexts by which a Proxy Set connects, as written: its own,
// else those of its SIP Interfaces, else none, which is context 0.
func (t tables) outgoingReferences(set proxySet) []string {
	if set.context != "" {
		return []string{set.context}
	}
	var references []string
	for _, name := range set.interfaces {
		if i := resolve(t.interfaces, interfaceName, name); i >= 0 {
			references = append(references, t.interfaces[i].context)
		}
	}
	if len(references) == 0 {
		return []string{""}
	}
	return references
}

// uses tells whether a reference as written leads to the context.
func (t tables) uses(reference string, context int) bool {
	if reference == "" {
		return context == defaultContext
	}
	i := resolve(t.contexts, contextName, reference)
	return i >= 0 && t.contexts[i].index == context
}

// otherTables looks at every table beside those of the leg. A table that can't be read
// but names TLS Contexts counts as a user: what can't be told counts on the careful side.
func (t tables) otherTables(context int, legs []leg) []string {
	var users []string
	for _, table := range t.file.Tables() {
		columns := t.naming[table]
		if len(columns) == 0 || isLegTable(table.Name) {
			continue
		}
		rows, err := table.Rows()
		if err != nil {
			users = append(users, fmt.Sprintf("table %s (which can't be read)", table.Name))
			continue
		}
		for _, row := range rows {
			if !belongsToTeams(table.Name, row, legs) && t.rowNames(row, columns, context) {
				users = append(users, fmt.Sprintf("%s %d", table.Name, row.Index))
			}
		}
	}
	return users
}

func isLegTable(name string) bool {
	return slices.ContainsFunc(legTables, func(table string) bool { return strings.EqualFold(table, name) })
}

func (t tables) rowNames(row ini.Row, columns []string, context int) bool {
	for _, column := range columns {
		// Some tables hold the context's index instead of its name.
		if reference := row.Text(column); reference != "" && (t.uses(reference, context) || reference == strconv.Itoa(context)) {
			return true
		}
	}
	return false
}

// belongsToTeams is true of the IP Group of a Teams Proxy Set: its own DTLS context is
// not somebody else's.
func belongsToTeams(table string, row ini.Row, legs []leg) bool {
	set := row.Text("ProxySetName")
	return strings.EqualFold(table, tableIPGroup) && set != "" &&
		slices.ContainsFunc(legs, func(l leg) bool { return l.hasProxySet && strings.EqualFold(l.proxySet.name, set) })
}

// columnsNaming are the columns of a table whose name speaks of a TLS Context.
func columnsNaming(table *ini.Table) []string {
	var columns []string
	for _, column := range table.Columns() {
		if containsFold(column, "TLSContext") {
			columns = append(columns, column)
		}
	}
	return columns
}

// containsFold is for a part in ASCII.
func containsFold(text, part string) bool {
	for at := range len(text) - len(part) + 1 {
		if strings.EqualFold(text[at:at+len(part)], part) {
			return true
		}
	}
	return false
}
