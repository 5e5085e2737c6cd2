package export

import (
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/remediate"
)

// legTables are the tables that a decision rests on. Every whole export of firmware 7 that is known has all of them
// (public files of 7.00A, 7.20A and 7.40A), so one without them is a part of a configuration.
var legTables = []string{"TLSContexts", "SRD", "SIPInterface", "ProxySet", "ProxyIp"}

// legTablesBefore7 are those of firmware 6.60A, which has neither SRDs by name nor TLS Contexts. A file must have one
// of them.
var legTablesBefore7 = []string{"SIPInterface", "ProxySet", "ProxyIp"}

// lastTables are the tables that exports end with; the order of the others differs between firmware lines. A table
// counts only behind those of the leg.
var lastTables = []struct {
	name    string
	without string // the table of a device whose exports go on behind this one
}{
	{name: "StaticRouteTable"}, // 7.00A, 7.20A
	{name: "HTTPDirectives"},   // 7.40A
	{name: "RoutingRuleGroups", without: "TrunkGroup"},
	{name: "ResourcePriorityNetworkDomains", without: "TLSContexts"}, // 6.60A
}

// partOf says why a configuration may be a part of one; "" for a whole one. One that was cut off between two tables
// looks like that of a device without a Teams leg, or without other users of its TLS Context, and nothing but the tables
// that are missing gives such a cut away.
// docs/design/fleet.md: A file that may have been cut off says so
func partOf(read remediate.Export) string {
	tables := read.Configuration.Tables()
	missing := missingTables(read)
	switch {
	case len(missing) > 0:
		return "it lacks " + tablesOf(missing)
	case len(tables) > 0 && !endsWhole(read.Configuration):
		return "it ends behind the table " + tables[len(tables)-1].Name + ", where no known configuration ends"
	default:
		return ""
	}
}

func tablesOf(names []string) string {
	if len(names) == 1 {
		return "the table " + names[0]
	}
	return "the tables " + strings.Join(names, ", ")
}

// missingTables are the tables that the file must have and does not. A version that is unknown counts as the stricter
// case.
func missingTables(read remediate.Export) []string {
	lacks := func(table string) bool { return !read.Configuration.Has(table) }
	firmware, err := audiocodes.ParseFirmware(read.Status.Firmware)
	switch {
	case err != nil || firmware.Major >= 7:
		return slices.DeleteFunc(slices.Clone(legTables), func(table string) bool { return !lacks(table) })
	case !slices.ContainsFunc(legTablesBefore7, func(table string) bool { return !lacks(table) }):
		return legTablesBefore7
	}
	return nil
}

// endsWhole reports whether a configuration shows its end: by a table that exports end with, or by the blank lines that
// a device writes behind its last table, one more than between two tables.
func endsWhole(configuration audiocodes.Configuration) bool {
	tables := configuration.Tables()
	leg := 0 // the place behind the tables of the leg
	for place, table := range tables {
		if isNamed(table.Name, legTables) {
			leg = place + 1
		}
	}
	for _, last := range lastTables {
		isLast := func(table *ini.Table) bool { return strings.EqualFold(table.Name, last.name) }
		if slices.ContainsFunc(tables[leg:], isLast) && (last.without == "" || !configuration.Has(last.without)) {
			return true
		}
	}
	between, behind := blankLines(configuration.Raw)
	return between > 0 && behind > between
}

func isNamed(name string, names []string) bool {
	return slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(name, other) })
}

// blankLines counts the blank lines before the last table and behind it.
func blankLines(text string) (between, behind int) {
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] == "" { // the end of the last line begins no further one
		lines = lines[:len(lines)-1]
	}
	isBlank := func(line string) bool { return strings.TrimSpace(line) == "" }
	at := len(lines) - 1
	for ; at >= 0 && isBlank(lines[at]); at-- {
		behind++
	}
	for at--; at >= 0 && !strings.HasPrefix(strings.TrimSpace(lines[at]), "["); at-- {
	}
	for at--; at >= 0 && isBlank(lines[at]); at-- {
		between++
	}
	return between, behind
}
