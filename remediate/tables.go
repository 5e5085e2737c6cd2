package remediate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// tables are the rows of a configuration that the Teams leg is found by.
type tables struct {
	file       *ini.File
	naming     map[*ini.Table][]string // the columns that speak of a TLS Context
	contexts   []tlsContext
	interfaces []sipInterface
	proxySets  []proxySet
	orphans    []proxyAddress // addresses of Proxy Sets that don't exist
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
}

type proxyAddress struct {
	set       string // the Proxy Set's index, as written
	address   string
	transport string
	kind      addressKind
}

// The SIP Interfaces of a Proxy Set: SBC and Gateway application, IPv4 and IPv6.
var interfaceColumns = []string{
	"SBCIPv4SIPInterfaceName", "SBCIPv6SIPInterfaceName",
	"GWIPv4SIPInterfaceName", "GWIPv6SIPInterfaceName",
}

// readTables picks the rows out of a configuration. An error means that the
// configuration can't be relied on.
func readTables(file *ini.File) (tables, error) {
	t := tables{file: file, naming: map[*ini.Table][]string{}}
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
		{tableProxyIP, t.addAddress},
	} {
		rows, err := file.Table(read.table).Rows()
		if err != nil {
			return tables{}, err
		}
		for _, row := range rows {
			read.row(row)
		}
	}
	return t, nil
}

func (t *tables) addContext(row ini.Row) {
	t.contexts = append(t.contexts, tlsContext{index: row.Index, name: row.Text("Name"), row: row})
}

func (t *tables) addInterface(row ini.Row) {
	port := row.Text("TLSPort")
	t.interfaces = append(t.interfaces, sipInterface{
		index: row.Index, name: nameOr(row.Text("InterfaceName"), row.Index), context: row.Text("TLSContext"),
		tlsPort: port != "" && port != "0", row: row,
	})
}

func (t *tables) addProxySet(row ini.Row) {
	set := proxySet{index: row.Index, name: nameOr(row.Text("ProxyName"), row.Index), context: row.Text("TLSContextName")}
	for _, column := range interfaceColumns {
		if name := row.Text(column); name != "" {
			set.interfaces = append(set.interfaces, name)
		}
	}
	t.proxySets = append(t.proxySets, set)
}

// addAddress must come after the Proxy Sets. ProxySetId holds the set's index, quoted
// or bare.
func (t *tables) addAddress(row ini.Row) {
	address := proxyAddress{set: row.Text("ProxySetId"), address: row.Text("IpAddress"), transport: row.Text("TransportType")}
	address.kind = classify(address.address)
	for i := range t.proxySets {
		if strconv.Itoa(t.proxySets[i].index) == address.set {
			t.proxySets[i].addresses = append(t.proxySets[i].addresses, address)
			return
		}
	}
	t.orphans = append(t.orphans, address)
}

// nameOr is for firmware (6.60A) whose rows have no names: "#1" stands for row 1.
func nameOr(name string, index int) string {
	if name == "" {
		return fmt.Sprintf("#%d", index)
	}
	return name
}

func (p proxySet) isTeams() bool {
	for _, address := range p.addresses {
		if address.kind.isTeams() {
			return true
		}
	}
	return false
}

// resolve finds a name in a list as the device does: without regard to case, an exact
// match first. It returns -1 where nothing fits.
func resolve[T any](list []T, name func(T) string, wanted string) int {
	found := -1
	for i, item := range list {
		switch {
		case name(item) == wanted:
			return i
		case found < 0 && strings.EqualFold(name(item), wanted):
			found = i
		}
	}
	return found
}

// choose finds what an operator named, by name or by index. It returns -1 where nothing
// fits, and where the one row's name is another row's index: a guess could be wrong.
func choose[T any](list []T, name func(T) string, index func(T) int, wanted string) int {
	named := resolve(list, name, wanted)
	numbered := slices.IndexFunc(list, func(item T) bool { return strconv.Itoa(index(item)) == wanted })
	switch {
	case named < 0:
		return numbered
	case numbered < 0 || numbered == named:
		return named
	default:
		return -1
	}
}

func contextName(c tlsContext) string     { return c.name }
func contextIndex(c tlsContext) int       { return c.index }
func interfaceName(i sipInterface) string { return i.name }
func interfaceIndex(i sipInterface) int   { return i.index }
func proxySetName(p proxySet) string      { return p.name }
func proxySetIndex(p proxySet) int        { return p.index }

// context returns the TLS Context with that index.
func (t tables) context(index int) (tlsContext, bool) {
	for _, context := range t.contexts {
		if context.index == index {
			return context, true
		}
	}
	return tlsContext{}, false
}

// label is how a TLS Context is called in texts: 1 "Teams".
func (t tables) label(index int) string {
	if context, ok := t.context(index); ok && context.name != "" {
		return fmt.Sprintf("%d %q", index, context.name)
	}
	return strconv.Itoa(index)
}
