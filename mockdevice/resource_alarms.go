package mockdevice

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

const alarmsPage = 20

// getAlarms answers a page of active alarms.
func (d *Device) getAlarms(c call) answer { return d.alarmPage(c, "/alarms/active/", d.model.Alarms) }

func (d *Device) getAlarm(c call) answer { return d.oneAlarm(c, d.model.Alarms) }

// getAlarmHistory answers a page of all alarms, cleared ones first (A81).
func (d *Device) getAlarmHistory(c call) answer {
	return d.alarmPage(c, "/alarms/history/", d.allAlarms())
}

func (d *Device) getPastAlarm(c call) answer { return d.oneAlarm(c, d.allAlarms()) }

func (d *Device) allAlarms() []Alarm { return slices.Concat(d.model.PastAlarms, d.model.Alarms) }

// alarmPage answers a page of alarms. The cursor "after" is the page's last ID, or "-1" on the last page.
func (d *Device) alarmPage(c call, below string, alarms []Alarm) answer {
	query := c.request.URL.Query()
	limit := alarmsPage
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return d.failure(http.StatusBadRequest, "limit is not a positive number")
		}
		limit = n
	}
	if after := query.Get("after"); after != "" {
		last := slices.IndexFunc(alarms, func(a Alarm) bool { return a.ID == after })
		if last < 0 {
			return d.failure(http.StatusBadRequest, "after is not the ID of an alarm")
		}
		alarms = alarms[last+1:]
	}
	if len(alarms) == 0 && !d.model.Dialect.NoAlarmsOK {
		return answer{status: http.StatusNoContent, done: true}
	}
	page := alarms[:min(limit, len(alarms))]
	list := []map[string]string{}
	for _, a := range page {
		entry := map[string]string{"id": a.ID, "description": d.alarmText(a), "url": prefix + below + a.ID}
		if d.model.Dialect.AlarmListFull {
			maps.Copy(entry, alarmDetails(a))
		}
		list = append(list, entry)
	}
	next := "-1"
	if len(page) < len(alarms) {
		next = page[len(page)-1].ID
	}
	return jsonAnswer(map[string]any{"alarms": list, "cursor": map[string]string{"after": next, "before": "-1"}})
}

func alarmDetails(a Alarm) map[string]string {
	return map[string]string{
		"severity": a.Severity, "source": a.Source, "date": a.Date.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

// nameOfSet is the name of a Proxy Set behind its index.
var nameOfSet = regexp.MustCompile(`(Proxy Set [0-9]+) \([^:]*\):`)

// alarmText is the description of an alarm (A84).
func (d *Device) alarmText(a Alarm) string {
	if d.model.Dialect.AlarmSetUnnamed {
		return nameOfSet.ReplaceAllString(a.Description, "$1:")
	}
	return a.Description
}

func (d *Device) oneAlarm(c call, alarms []Alarm) answer {
	for _, a := range alarms {
		if a.ID == c.parts[0] {
			entry := alarmDetails(a)
			entry["id"], entry["description"] = a.ID, d.alarmText(a)
			return jsonAnswer(entry)
		}
	}
	return d.failure(http.StatusNotFound, "No such alarm")
}
