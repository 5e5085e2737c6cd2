package doctor

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

var (
	isNumber       = regexp.MustCompile(`^[0-9]{1,9}$`)
	proxySetAlarm  = regexp.MustCompile(`(?i)proxy set alarm`)
	numberedAndSet = regexp.MustCompile(`(?i)\bproxy set [0-9]+ \(.*\):`)
)

// callItem is an entry of a list below /kpi.
type callItem map[string]json.RawMessage

func (i callItem) id() string { return strings.Trim(string(i["id"]), `"`) }

// callItems returns nil for anything but a list.
func callItems(seen audiocodes.Observation) []callItem {
	var list struct {
		Items []callItem `json:"items"`
	}
	if seen.Status != 200 || json.Unmarshal(seen.Body, &list) != nil {
		return nil
	}
	return list.Items
}

func (e *exam) callStatistics() outcome {
	switch {
	case e.o.CallGroups.Status == 0:
		return unknown("there is no answer")
	case e.o.CallGroups.Status != 200:
		return broken("status %d", e.o.CallGroups.Status)
	case callItems(e.o.CallGroups) == nil:
		return broken("200 without a list of items")
	case e.o.Calls.Status == 0:
		return unknown("there is no IP Group")
	case callItems(e.o.Calls) == nil:
		return broken("the statistics of an IP Group: status %d without a list of items", e.o.Calls.Status)
	}
	var against []string
	for _, item := range callItems(e.o.Calls) {
		if kind := jsonKind(item["value"]); item["value"] == nil || kind != "number" && kind != "null" {
			against = append(against, "a value is a "+kind)
		}
		if jsonKind(item["id"]) != "string" || jsonKind(item["name"]) != "string" {
			against = append(against, "an indicator has no id or no name")
		}
	}
	return either(against, strconv.Itoa(len(callItems(e.o.Calls)))+" indicators with id, name and value")
}

// callGroups compares the IDs of IP Groups with the rows of the same names.
func (e *exam) callGroups() outcome {
	rows := map[string]string{}
	for _, row := range e.rows("IPGroup") {
		rows[strconv.Itoa(row.Index)] = row.Text("Name")
	}
	groups := callItems(e.o.CallGroups)
	if len(groups) == 0 || len(rows) == 0 {
		return unknown("there is no IP Group to compare")
	}
	for _, group := range groups {
		var name string
		_ = json.Unmarshal(group["name"], &name) // "" fits no row
		if known, has := rows[group.id()]; !has || known != name {
			return broken("an ID is not the row of that name")
		}
	}
	return holds("%d IDs are the rows of those names", len(groups))
}

// activeAlarms are the entries of the list of alarms.
func (e *exam) activeAlarms() []callItem {
	var list struct {
		Alarms []callItem `json:"alarms"`
	}
	if e.o.Alarms.Status != 200 || json.Unmarshal(e.o.Alarms.Body, &list) != nil {
		return nil
	}
	return list.Alarms
}

func (e *exam) proxySetAlarms() outcome {
	seen := 0
	for _, alarm := range e.activeAlarms() {
		var text string
		if json.Unmarshal(alarm["description"], &text) != nil || !proxySetAlarm.MatchString(text) {
			continue
		}
		if !numberedAndSet.MatchString(text) {
			return broken("an alarm of a Proxy Set does not say its index and its name")
		}
		seen++
	}
	if seen == 0 {
		return unknown("there is no alarm of a Proxy Set")
	}
	return holds("%d with index and name", seen)
}

func (e *exam) alarmSources() outcome {
	alarms := e.activeAlarms()
	if len(alarms) == 0 {
		return unknown("there is no alarm")
	}
	for _, alarm := range alarms {
		if alarm["source"] != nil {
			return broken("the list shows it")
		}
	}
	return holds("the list does not show it")
}
