package doctor

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// documentedFields are the fields of GET /status (LTRT-41761, "Device Status").
var documentedFields = []string{
	"localTimeStamp", "ipAddress", "subnetMask", "defaultGateway", "productType", "versionID", "protocolType",
	"operationalState", "highAvailability", "serialNumber", "macAddress", "systemUpTime", "saveNeeded", "resetNeeded",
	"upgradeStatus",
}

// structural matches names that can be shown: those of fields, parameters and columns.
var structural = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// shownNames lists names that a device chose, and only counts text that is not a name.
func shownNames(names []string) string {
	var shown []string
	odd := 0
	for _, name := range names {
		if structural.MatchString(name) {
			shown = append(shown, name)
		} else {
			odd++
		}
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	if len(shown) > 20 {
		shown = append(shown[:20], fmt.Sprintf("and %d more", len(shown)-20))
	}
	if odd > 0 {
		shown = append(shown, fmt.Sprintf("%d that are not plain names", odd))
	}
	return strings.Join(shown, ", ")
}

func (e *exam) statusFlags() outcome {
	var against []string
	seen := 0
	for _, name := range []string{"saveNeeded", "resetNeeded"} {
		raw, there := e.fields[name]
		if !there {
			continue
		}
		seen++
		if kind := jsonKind(raw); kind != "boolean" {
			against = append(against, name+" is a "+kind)
		}
	}
	if seen == 0 {
		return unknown("the status has neither")
	}
	return either(against, "booleans")
}

func (e *exam) statusFields() outcome {
	if e.fields == nil {
		return unknown("there is no status")
	}
	var missing, extra, against []string
	for _, name := range documentedFields {
		if _, there := e.fields[name]; !there {
			missing = append(missing, name)
		}
	}
	for name := range e.fields {
		if !slices.Contains(documentedFields, name) {
			extra = append(extra, name)
		}
	}
	if len(missing) > 0 {
		against = append(against, "missing: "+shownNames(missing))
	}
	if len(extra) > 0 {
		against = append(against, "not documented: "+shownNames(extra))
	}
	return either(against, "exactly the documented ones")
}

func (e *exam) serialNumber() outcome {
	raw, there := e.fields["serialNumber"]
	switch {
	case !there:
		return unknown("the status has none")
	case jsonKind(raw) != "string":
		return broken("a %s", jsonKind(raw))
	case strings.Trim(e.field("serialNumber"), "0123456789") != "" || e.field("serialNumber") == "":
		return broken("a string with more than digits")
	default:
		return holds("a string of %d digits", len(e.field("serialNumber")))
	}
}

func (e *exam) resetNeeded() outcome {
	switch strings.Trim(string(e.fields["resetNeeded"]), `"`) {
	case "false":
		return holds("false")
	case "true":
		return broken("true")
	default:
		return unknown("the status does not say")
	}
}

func jsonKind(raw json.RawMessage) string {
	switch text := strings.TrimSpace(string(raw)); {
	case text == "true" || text == "false":
		return "boolean"
	case strings.HasPrefix(text, `"`):
		return "string"
	case strings.HasPrefix(text, "{"):
		return "object"
	case strings.HasPrefix(text, "["):
		return "list"
	case text == "null":
		return "null"
	default:
		return "number"
	}
}

// tlsList checks only the form of the list.
func (e *exam) tlsList() outcome {
	seen := e.o.TLSList
	if seen.Status == 0 {
		return unknown("there is no answer")
	}
	if seen.Status != 200 {
		return broken("status %d", seen.Status)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(seen.Body, &object) != nil {
		var list []json.RawMessage
		if json.Unmarshal(seen.Body, &list) == nil {
			return broken("a bare list of %d", len(list))
		}
		return broken("not a JSON object")
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(object["tls"], &list) != nil || object["tls"] == nil {
		return broken("an object with %s", shownNames(mapKeys(object)))
	}
	for _, entry := range list {
		if jsonKind(entry["id"]) != "number" || jsonKind(entry["url"]) != "string" {
			return broken("its entries have %s; id is a %s", shownNames(mapKeys(entry)), jsonKind(entry["id"]))
		}
	}
	return holds("%d entries with id and url", len(list))
}

func mapKeys(object map[string]json.RawMessage) []string {
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	return keys
}

type alarmPage struct {
	Alarms []struct {
		ID json.RawMessage `json:"id"`
	} `json:"alarms"`
	Cursor struct {
		After json.RawMessage `json:"after"`
	} `json:"cursor"`
}

func (e *exam) noAlarms() outcome {
	seen := e.o.Alarms
	var page alarmPage
	switch {
	case seen.Status == 0:
		return unknown("there is no answer")
	case seen.Status == 204:
		return holds("204")
	case seen.Status != 200:
		return broken("status %d", seen.Status)
	case json.Unmarshal(seen.Body, &page) != nil:
		return broken("200 without a list")
	case len(page.Alarms) == 0:
		return broken("200 with an empty list")
	default:
		return unknown("there are active alarms")
	}
}

// alarmPages checks a page with one alarm.
func (e *exam) alarmPages() outcome {
	seen := e.o.FirstAlarm
	var whole, page alarmPage
	if seen.Status != 200 || json.Unmarshal(seen.Body, &page) != nil ||
		json.Unmarshal(e.o.Alarms.Body, &whole) != nil || len(page.Alarms) == 0 {
		return unknown("there is no alarm for a page")
	}
	after := strings.Trim(string(page.Cursor.After), `"`)
	switch {
	case len(page.Alarms) > 1:
		return broken("limit=1 gave %d alarms", len(page.Alarms))
	case len(whole.Alarms) == 1 && after == "-1":
		return holds(`one alarm, and "after" is -1`)
	case len(whole.Alarms) > 1 && after == strings.Trim(string(page.Alarms[0].ID), `"`):
		return holds(`limit=1 gives one of %d or more alarms, and "after" is its ID`, len(whole.Alarms))
	default:
		return broken(`"after" is neither the alarm's ID nor, on the last page, -1`)
	}
}
