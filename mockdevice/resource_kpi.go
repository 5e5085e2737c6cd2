package mockdevice

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// callStats are call indicators, named as in public clients and the vendor's AC-KPI-MIB (A82).
var callStats = []struct {
	id, name, description string
	value                 any // a number, or nil if nothing has been counted
}{
	{"abnormalTerminatedCallsInTotal", "Abnormal Terminated Calls In Total",
		"Total number of abnormally terminated inbound calls (after connect)", 0},
	{"abnormalTerminatedCallsOutTotal", "Abnormal Terminated Calls Out Total",
		"Total number of abnormally terminated outbound calls (after connect)", 0},
	{"mediaBrokenConnectionCalls", "Media Broken Connection Calls",
		"Number of calls that ended because media stopped", nil},
}

const callStatsPath = prefix + "/kpi/current/sbc/callStats/"

// ownID is where the IP Groups of the indicators are numbered from, where that is not by their rows (A86).
const ownID = 100

func (d *Device) getCallStats(call) answer { return d.statsOf("global", nil) }

func (d *Device) statsOf(scope string, values map[string]any) answer {
	if d.model.Dialect.CallsAbsent {
		return d.failure(http.StatusNotFound, "Not found")
	}
	items := []map[string]any{}
	for _, stat := range callStats {
		value := stat.value
		if counted, has := values[stat.id]; has {
			value = counted
		}
		if d.model.Dialect.CallsAsText && value != nil {
			value = fmt.Sprint(value)
		}
		items = append(items, map[string]any{
			"id": stat.id, "name": stat.name, "description": stat.description,
			"url": callStatsPath + scope + "/" + stat.id, "value": value,
		})
	}
	return jsonAnswer(map[string]any{"items": items})
}

// getIPGroups lists the rows of the table IPGroup.
func (d *Device) getIPGroups(call) answer {
	if d.model.Dialect.CallsAbsent {
		return d.failure(http.StatusNotFound, "Not found")
	}
	items := []map[string]any{}
	for _, group := range d.ipGroups() {
		items = append(items, map[string]any{
			"id": group.id, "name": group.name, "description": "", "url": callStatsPath + "ipGroup/" + group.id,
		})
	}
	return jsonAnswer(map[string]any{"items": items})
}

func (d *Device) getIPGroupStats(c call) answer {
	for _, group := range d.ipGroups() {
		if group.id == c.parts[0] {
			return d.statsOf("ipGroup/"+group.id, d.model.Calls[group.index])
		}
	}
	return d.failure(http.StatusNotFound, "No such IP Group")
}

type ipGroup struct {
	index    int
	id, name string // among the indicators
}

func (d *Device) ipGroups() []ipGroup {
	table := d.ram.table("IPGroup")
	if table == nil {
		return nil
	}
	column := slices.IndexFunc(table.Columns, func(c Column) bool { return strings.EqualFold(c.Name, "Name") })
	var groups []ipGroup
	for _, row := range table.Rows {
		group := ipGroup{index: row.Index, id: strconv.Itoa(row.Index)}
		if d.model.Dialect.CallsOwnIDs {
			group.id = strconv.Itoa(ownID + len(groups))
		}
		if column >= 0 {
			group.name = unquote(row.Cells[column])
		}
		groups = append(groups, group)
	}
	return groups
}

// getIndex lists the resources below the prefix (A80).
func (d *Device) getIndex(call) answer {
	items := []map[string]string{}
	for _, name := range []string{"status", "files", "actions", "alarms", "kpi"} {
		items = append(items, map[string]string{"id": name, "url": prefix + "/" + name})
	}
	return jsonAnswer(map[string]any{"items": items})
}
