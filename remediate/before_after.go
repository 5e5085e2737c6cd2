package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// BeforeAfter is what a device said of its Teams leg before the first write of a run and after the last. It is shown
// and never judged: no step and no status depends on it.
// docs/design/remediate.md: Before and after is shown, never judged
type BeforeAfter struct {
	ProxySets []ProxySetAlarms `json:"proxy_sets"` // of Teams
	// Calls is nil where the run did not ask for them.
	Calls *Calls `json:"calls,omitempty"`
	// Text says the same in sentences, one for each Proxy Set and IP Group of Teams.
	Text []string `json:"text"`
}

// ProxySetAlarms is what the active alarms say of one Teams Proxy Set.
type ProxySetAlarms struct {
	Index int    `json:"index"`
	Name  string `json:"name"`

	Before AlarmState `json:"before"`
	After  AlarmState `json:"after"`
	// The descriptions of the alarms that are certainly the Proxy Set's.
	ActiveBefore []string `json:"active_before"`
	ActiveAfter  []string `json:"active_after"`
}

// AlarmState says whether an alarm of a Proxy Set is active.
type AlarmState string

// The states, as in the documented JSON. Where an alarm may be of this Proxy Set and may be not, the state is unknown.
const (
	AlarmNone    AlarmState = "none"
	AlarmActive  AlarmState = "active"
	AlarmUnknown AlarmState = "unknown"
)

// alarmWords are the states in sentences.
var alarmWords = map[AlarmState]string{AlarmNone: "no alarm", AlarmActive: "alarm", AlarmUnknown: "unknown"}

// mostAlarmTexts limits the alarms of one Proxy Set that a result keeps, longestAlarmText each of them, in bytes.
const (
	mostAlarmTexts   = 5
	longestAlarmText = 300
)

// alarmList is a reading of the active alarms; nil is none, or one that failed.
type alarmList = *audiocodes.Alarms

// beforeAfter returns what is known of the time before the first write and after the last; nil where nothing was sent.
func (r *run) beforeAfter() *BeforeAfter {
	if !r.attempted {
		return nil
	}
	report := BeforeAfter{ProxySets: []ProxySetAlarms{}}
	if r.result.Status == Applied { // else there is no second reading
		report.Calls = r.calls
	}
	tables, err := readTables(r.before.Configuration.File)
	if err == nil {
		legs, _ := tables.legs(r.plan.Choice)
		for _, set := range setsOf(legs) {
			entry := ProxySetAlarms{Index: set.index, Name: set.name}
			entry.Before, entry.ActiveBefore = tables.alarmsOf(set, r.alarmsBefore)
			entry.After, entry.ActiveAfter = tables.alarmsOf(set, r.alarmsAfter)
			report.ProxySets = append(report.ProxySets, entry)
		}
	}
	report.Text = report.sentences()
	return &report
}

// setsOf are the Proxy Sets of the legs, each once.
func setsOf(legs []leg) []proxySet {
	var sets []proxySet
	for _, l := range legs {
		if l.hasProxySet && !hasIndex(sets, l.proxySet.index) {
			sets = append(sets, l.proxySet)
		}
	}
	return sets
}

// readLater returns the same with a later reading of the alarms.
func (b BeforeAfter) readLater(t tables, alarms alarmList) *BeforeAfter {
	b.ProxySets = slices.Clone(b.ProxySets)
	for i := range b.ProxySets {
		entry := &b.ProxySets[i]
		entry.After, entry.ActiveAfter = AlarmUnknown, []string{}
		for _, set := range t.proxySets {
			if set.index == entry.Index {
				entry.After, entry.ActiveAfter = t.alarmsOf(set, alarms)
			}
		}
	}
	b.Text = b.sentences()
	return &b
}

// sentences say in words what was read.
func (b BeforeAfter) sentences() []string {
	var lines []string
	for _, set := range b.ProxySets {
		lines = append(lines, b.label(set)+": "+set.sentence())
	}
	if len(lines) == 0 {
		lines = append(lines, "Teams Proxy Set: unknown before, unknown after")
	}
	return append(lines, b.Calls.sentences()...)
}

// label names a Proxy Set where there are several.
func (b BeforeAfter) label(set ProxySetAlarms) string {
	if len(b.ProxySets) == 1 {
		return "Teams Proxy Set"
	}
	return fmt.Sprintf("Teams Proxy Set %d %q", set.Index, set.Name)
}

func (p ProxySetAlarms) sentence() string {
	text := fmt.Sprintf("%s before, %s after", alarmWords[p.Before], alarmWords[p.After])
	before, after := quoted(p.ActiveBefore), quoted(p.ActiveAfter)
	switch {
	case before == "" && after == "":
		return text
	case before == after:
		return text + " (" + before + ")"
	case after == "":
		return text + " (before: " + before + ")"
	case before == "":
		return text + " (after: " + after + ")"
	default:
		return text + " (before: " + before + "; after: " + after + ")"
	}
}

func quoted(texts []string) string {
	var list []string
	for _, text := range texts {
		list = append(list, fmt.Sprintf("%q", text))
	}
	return strings.Join(list, ", ")
}

// cut returns at most so many bytes of a text, without a part of a character at the end.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
