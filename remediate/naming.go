package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// contextTables are tables that refer to TLS Contexts in columns whose names don't say so: LDAP servers
// (LdapConfiguration.ContextName in a public INI file of 7.0), the connection to OVOC (QOESettings.ContextName,
// User's Manual Mediant 4000 7.2), and further management interfaces (User's Manual 7.4, "Additional Management
// Interfaces").
var contextTables = []string{"LdapConfiguration", "QOESettings", tableManagement}

// speaksOfContexts reports whether the name of a table, column or parameter clearly means TLS Contexts. Other names
// with "Context" in them may mean another kind.
func speaksOfContexts(name string) bool {
	return containsFold(name, "TLSContext") ||
		slices.ContainsFunc(contextTables, func(table string) bool { return sameName(table, name) })
}

// columnsNaming returns the columns of a table that may name a TLS Context, without those by which the Teams leg is
// found.
func columnsNaming(table *ini.Table) []string {
	var columns []string
	for _, column := range table.Columns() {
		known := slices.ContainsFunc(legColumns, func(known [2]string) bool {
			return sameName(known[0], table.Name) && sameName(known[1], column)
		})
		if !known && containsFold(column, "Context") {
			columns = append(columns, column)
		}
	}
	return columns
}

var legColumns = [][2]string{{tableSIPInterface, "TLSContext"}, {tableProxySet, "TLSContextName"}}

func isLegTable(name string) bool {
	return slices.ContainsFunc(legTables, func(table string) bool { return sameName(table, name) })
}

// otherNames lists what names a TLS Context besides the columns of SIP Interfaces and Proxy Sets. What the device
// hides, or acfix can't read, counts only if its name clearly means TLS Contexts; else a dozen harmless hidden
// parameters would block every device.
func (t tables) otherNames(context int, legs []leg) []string {
	users := t.otherTables(context, legs)
	users = append(users, t.commentedRows(context, legs)...)
	return append(users, t.otherParameters(context)...)
}

func (t tables) otherTables(context int, legs []leg) []string {
	var users []string
	for _, table := range t.file.Tables() {
		if sameName(table.Name, tableManagement) {
			continue
		}
		columns := t.naming[table]
		if len(columns) == 0 && !speaksOfContexts(table.Name) {
			continue
		}
		rows, err := table.Rows()
		if err != nil {
			users = append(users, fmt.Sprintf("table %s (which can't be read)", table.Name))
			continue
		}
		for _, row := range rows {
			if !t.belongsToTeams(table.Name, row, legs) && t.rowNames(table, row, columns, context) {
				users = append(users, fmt.Sprintf("%s %d", table.Name, row.Index))
			}
		}
	}
	return users
}

// rowNames reports whether one of the columns leads to the TLS Context. In a column that clearly means TLS Contexts,
// the cell may hold the index instead of the name.
func (t tables) rowNames(table *ini.Table, row ini.Row, columns []string, context int) bool {
	for _, column := range columns {
		resolve := bearing[tlsContext]
		if speaksOfContexts(column) || speaksOfContexts(table.Name) {
			resolve = choose[tlsContext]
		}
		if t.leadsTo(row.Text(column), context, resolve) {
			return true
		}
	}
	return false
}

// belongsToTeams reports whether a row belongs to a leg, or is the IP Group of a Teams Proxy Set: its DTLS context is
// Teams' own.
// docs/design/remediate.md: Teams' own DTLS context is not another user
func (t tables) belongsToTeams(table string, row ini.Row, legs []leg) bool {
	var sets []proxySet
	if sameName(table, tableIPGroup) {
		sets = refer(t.proxySets, row.Text("ProxySetName"))
	}
	return slices.ContainsFunc(legs, func(l leg) bool {
		switch {
		case l.hasInterface && sameName(table, tableSIPInterface):
			return l.sipInterface.index == row.Index
		case l.hasProxySet && sameName(table, tableProxySet):
			return l.proxySet.index == row.Index
		default:
			return l.hasProxySet && len(sets) == 1 && sets[0].index == l.proxySet.index
		}
	})
}

// commentedRows lists rows in comment form (";SIPInterface 3 = …;"), whose effect on the device is not documented.
// Addresses in comment form count with their Proxy Sets.
func (t tables) commentedRows(context int, legs []leg) []string {
	var users []string
	for _, table := range t.file.Tables() {
		if sameName(table.Name, tableManagement) || !t.concernsContexts(table) {
			continue
		}
		columns := t.contextColumns(table)
		rows, unread := table.Commented()
		for _, row := range rows {
			ours := sameName(table.Name, tableIPGroup) && t.belongsToTeams(table.Name, row, legs)
			if !ours && t.rowNames(table, row, columns, context) {
				users = append(users, fmt.Sprintf("%s %d (a row in comment form)", table.Name, row.Index))
			}
		}
		if unread > 0 {
			users = append(users,
				fmt.Sprintf("table %s (which has a row in comment form that can't be read)", table.Name))
		}
	}
	return users
}

// concernsContexts reports whether rows of a table may refer to a TLS Context.
func (t tables) concernsContexts(table *ini.Table) bool {
	return len(t.naming[table]) > 0 || isLegTable(table.Name) || speaksOfContexts(table.Name)
}

// contextColumns returns all columns of a table that may name a TLS Context. Name of TLSContexts is one of them: a
// reference to a visible TLS Context may mean one of that name in comment form.
func (t tables) contextColumns(table *ini.Table) []string {
	columns := t.naming[table]
	for _, known := range append([][2]string{{tableTLSContexts, "Name"}}, legColumns...) {
		if sameName(known[0], table.Name) && table.HasColumn(known[1]) {
			columns = append(slices.Clone(columns), known[1])
		}
	}
	return columns
}

// otherParameters lists parameters that name the TLS Context, such as QoETLSContextName.
func (t tables) otherParameters(context int) []string {
	var users []string
	for _, name := range t.parameters {
		value, _ := t.file.Parameter(name)
		resolve := bearing[tlsContext]
		if speaksOfContexts(name) {
			resolve = choose[tlsContext]
		}
		if t.leadsTo(value, context, resolve) {
			users = append(users, "parameter "+name)
		}
	}
	for _, name := range t.hiddenParameters() {
		users = append(users, "parameter "+name+" (which the device hides)")
	}
	return users
}

// hiddenParameters are those whose name clearly means TLS Contexts and whose value the device hides.
func (t tables) hiddenParameters() []string {
	return slices.DeleteFunc(t.file.HiddenParameters(), func(name string) bool {
		return !speaksOfContexts(name) || sameName(name, tableManagement)
	})
}

// resolver finds the TLS Contexts that a reference leads to.
type resolver func(contexts []tlsContext, reference string) []tlsContext

// leadsTo reports whether a text leads to the TLS Context, alone or among others: a text that is not a reference may
// be a list of references, separated by commas, semicolons or blanks.
func (t tables) leadsTo(text string, context int, resolve resolver) bool {
	return hasIndex(t.contextsIn(text, resolve, ",;"), context)
}

func (t tables) contextsIn(text string, resolve resolver, separators string) []tlsContext {
	text = strings.Trim(text, " \t'\"")
	if text == "" || text == "$$" {
		return nil
	}
	if found := resolve(t.contexts, text); len(found) > 0 {
		return found
	}
	if separators == "" {
		return t.contextsInWords(strings.Fields(text), resolve)
	}
	var found []tlsContext
	for piece := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		found = append(found, t.contextsIn(piece, resolve, "")...)
	}
	return found
}

// contextsInWords finds references among words. A name may itself contain blanks, so the longest run of words that is
// a reference counts as one.
func (t tables) contextsInWords(words []string, resolve resolver) []tlsContext {
	longest := 1
	for _, context := range t.contexts {
		longest = max(longest, len(strings.Fields(context.name)))
	}
	var all []tlsContext
	for len(words) > 0 {
		taken := 1
		for n := min(longest, len(words)); n > 0; n-- {
			found := resolve(t.contexts, strings.Trim(strings.Join(words[:n], " "), "'\""))
			if len(found) > 0 {
				all, taken = append(all, found...), n
				break
			}
		}
		words = words[taken:]
	}
	return all
}
