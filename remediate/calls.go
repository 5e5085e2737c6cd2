package remediate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// CallReadings says whether a run reads call statistics, before its first write and once more.
type CallReadings int

// The second reading is made once all is verified, or at the end of the soak (Recheck).
const (
	NoCalls CallReadings = iota
	CallsAfterSave
	CallsAfterSoak
)

// Calls are the call statistics of the Teams IP Groups, as the device gives them.
type Calls struct {
	// AfterSoak: the second reading is made at the end of the soak, else after the save.
	AfterSoak bool           `json:"after_soak"`
	IPGroups  []IPGroupCalls `json:"ip_groups"`
}

// IPGroupCalls are the call statistics of one IP Group. Without any, the device did not give them.
type IPGroupCalls struct {
	Index      int             `json:"index"`
	Name       string          `json:"name"`
	Statistics []CallStatistic `json:"statistics"`
}

// CallStatistic is one indicator, twice; nil where the device gave no value, or none was read.
type CallStatistic struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

const (
	mostCallGroups  = 4 // IP Groups that are asked for
	mostCallsShown  = 8 // indicators in a sentence
	longestCallText = 120
)

// callWords are the indicators that a sentence names first, by AudioCodes' AC-KPI-MIB and public clients.
var callWords = []struct{ id, words string }{
	{"abnormalTerminatedCallsInTotal", "abnormally terminated in"},
	{"abnormalTerminatedCallsOutTotal", "abnormally terminated out"},
	{"mediaBrokenConnectionCalls", "ended without media"},
	{"mediaBrokenConnectionCallsTotal", "ended without media"},
}

// readCalls reads the call statistics before the run. Whatever fails leaves them unknown.
// docs/design/remediate.md: Call statistics are read beside the backup, and last
func (r *run) readCalls(t tables, legs []leg) reading {
	if r.Calls == NoCalls || r.calls != nil {
		return nil
	}
	r.calls = &Calls{AfterSoak: r.Calls == CallsAfterSoak, IPGroups: []IPGroupCalls{}}
	for _, group := range t.ipGroups() {
		if len(r.calls.IPGroups) < mostCallGroups && t.isTeamsGroup(group, legs) {
			r.calls.IPGroups = append(r.calls.IPGroups, IPGroupCalls{
				Index: group.index, Name: group.name, Statistics: []CallStatistic{},
			})
		}
	}
	return func(ctx context.Context) error {
		r.calls.read(ctx, r.Device, false)
		return nil
	}
}

// isTeamsGroup reports whether an IP Group's Proxy Set is one of Teams.
func (t tables) isTeamsGroup(group ipGroup, legs []leg) bool {
	sets := refer(t.proxySets, group.proxySet)
	return len(sets) == 1 && hasIndex(setsOf(legs), sets[0].index)
}

// readCallsAfter reads the call statistics once the device is verified, where no soak follows.
func (r *run) readCallsAfter(ctx context.Context) {
	if r.calls != nil && !r.calls.AfterSoak {
		r.calls.read(ctx, r.Device, true)
	}
}

// readCallsLater returns the same with the second reading, at the end of a soak.
func (b BeforeAfter) readCallsLater(ctx context.Context, device AlarmReader) *BeforeAfter {
	calls := *b.Calls
	calls.IPGroups = slices.Clone(calls.IPGroups)
	for i := range calls.IPGroups {
		calls.IPGroups[i].Statistics = slices.Clone(calls.IPGroups[i].Statistics)
	}
	calls.read(ctx, device, true)
	b.Calls = &calls
	b.Text = b.sentences()
	return &b
}

// read asks for each IP Group once; again only for those that had statistics before the run. After the first that fails
// it asks for no other: a device without statistics, or one that does not answer, would cost as much time for each.
func (c *Calls) read(ctx context.Context, device AlarmReader, again bool) {
	for i := range c.IPGroups {
		group := &c.IPGroups[i]
		if again && len(group.Statistics) == 0 {
			continue
		}
		statistics, err := device.CallStatistics(ctx, group.Index)
		if err != nil {
			return
		}
		for _, one := range statistics {
			group.put(one, again)
		}
	}
}

// put adds a value to the indicator of that ID; of several the first counts.
func (g *IPGroupCalls) put(one audiocodes.CallStatistic, again bool) {
	id := cut(cmp.Or(one.ID, one.Name), longestCallText)
	if id == "" {
		return
	}
	i := slices.IndexFunc(g.Statistics, func(s CallStatistic) bool { return s.ID == id })
	if i < 0 {
		i = len(g.Statistics)
		g.Statistics = append(g.Statistics, CallStatistic{ID: id, Name: cut(one.Name, longestCallText)})
	}
	value := &g.Statistics[i].Before
	if again {
		value = &g.Statistics[i].After
	}
	if one.Value != "" && *value == nil {
		*value = new(cut(one.Value, longestCallText))
	}
}

// sentences are one for each IP Group; a run that asked for none has none.
func (c *Calls) sentences() []string {
	switch {
	case c == nil:
		return nil
	case len(c.IPGroups) == 0:
		return []string{"Teams IP Group: call statistics unknown"}
	}
	var lines []string
	for _, group := range c.IPGroups {
		label := "Teams IP Group"
		if len(c.IPGroups) > 1 {
			label += fmt.Sprintf(" %d %q", group.Index, group.Name)
		}
		lines = append(lines, label+c.words(group))
	}
	return lines
}

func (c *Calls) words(group IPGroupCalls) string {
	if !slices.ContainsFunc(group.Statistics, func(s CallStatistic) bool { return s.Before != nil || s.After != nil }) {
		return ": call statistics unknown"
	}
	var parts []string
	for _, s := range inOrder(group.Statistics) {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", s.label(), orUnknown(s.Before), orUnknown(s.After)))
	}
	more := ""
	if n := len(parts) - mostCallsShown; n > 0 {
		parts, more = parts[:mostCallsShown], fmt.Sprintf("; and %d more in the JSON", n)
	}
	when := " (before → after the save): "
	if c.AfterSoak {
		when = " (before → after the soak): "
	}
	return when + strings.Join(parts, "; ") + more
}

// inOrder has the indicators of callWords first, then the others as the device listed them.
func inOrder(statistics []CallStatistic) []CallStatistic {
	place := func(s CallStatistic) int {
		if i := slices.IndexFunc(callWords, func(w struct{ id, words string }) bool { return sameName(w.id, s.ID) }); i >= 0 {
			return i
		}
		return len(callWords)
	}
	sorted := slices.Clone(statistics)
	slices.SortStableFunc(sorted, func(a, b CallStatistic) int { return place(a) - place(b) })
	return sorted
}

func (s CallStatistic) label() string {
	for _, known := range callWords {
		if sameName(known.id, s.ID) {
			return known.words
		}
	}
	return cmp.Or(s.Name, s.ID)
}

func orUnknown(value *string) string {
	if value == nil {
		return "unknown"
	}
	return *value
}
