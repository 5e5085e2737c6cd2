package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/span"
)

// tally counts the devices of a run.
type tally struct {
	devices int
	totals  []total // gravest first
	grades  [grades]int
}

// total is the number of devices with a verdict or status.
type total struct {
	Word  string
	Count int
	Grade grade
}

func (h RunHead) tally(devices RunDevices) (tally, error) {
	var t tally
	for e, err := range h.entries(devices) {
		if err != nil {
			return t, err
		}
		t.count(e)
	}
	t.sort()
	return t, nil
}

func (t *tally) sort() {
	slices.SortFunc(t.totals, func(a, b total) int {
		return cmp.Or(cmp.Compare(a.Grade, b.Grade), strings.Compare(a.Word, b.Word))
	})
}

func (t *tally) count(e Shown) {
	t.devices++
	t.grades[e.Grade]++
	for i := range t.totals {
		if t.totals[i].Word == e.Word {
			t.totals[i].Count++
			return
		}
	}
	t.totals = append(t.totals, total{e.Word, 1, e.Grade})
}

// Spaced is a word of a document as people write it.
func Spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

// Fact is a line about the run itself.
type Fact struct{ Name, Text string }

// Facts returns what is known about the run, the most important first.
func (h RunHead) Facts() []Fact {
	all := []Fact{
		{"State", h.state()},
		{"Reason", h.Reason},
		{"Started", joined(moment.Text(h.Created), prefixed("on ", h.Host), prefixed("by acfix ", h.Acfix))},
		{"Asked for by", h.Person},
		{"Flags", strings.Join(h.Flags, " ")},
		{"Inventory", joined(h.Inventory, prefixed("SHA-256 ", h.InventorySHA))},
		{"Ended", h.end()},
		{"Job", joined(h.Job, prefixed("due ", moment.Text(h.Due)))},
		{"Plan", prefixed("of run ", h.PlanRun)},
		{"Approved", h.approval()},
		{"Deleted", h.pruned()},
		{"Rule", joined(h.Policy.ID, prefixed("of ", h.Policy.Date), prefixed("with the roots of ", h.Policy.RootSet),
			prefixed("SHA-256 ", h.Policy.SHA256))},
		{"Deadline", h.Policy.Deadline},
	}
	return slices.DeleteFunc(all, func(f Fact) bool { return f.Text == "" })
}

func (h RunHead) pruned() string {
	if h.Pruned == 0 {
		return ""
	}
	return count(h.Pruned, "device") + " of this run, by prune"
}

func (h RunHead) title() string { return fmt.Sprintf("%s %s", Spaced(h.Action), h.ID) }

func (h RunHead) state() string {
	if h.Exit == nil {
		return Spaced(h.State)
	}
	return fmt.Sprintf("%s, exit code %d", Spaced(h.State), *h.Exit)
}

func (h RunHead) end() string {
	if h.Created.IsZero() || h.Ended.IsZero() {
		return moment.Text(h.Ended)
	}
	return joined(moment.Text(h.Ended), "after "+span.Short(h.Ended.Sub(h.Created).Round(time.Second)))
}

func (h RunHead) approval() string {
	if h.Approval == nil {
		return ""
	}
	given := *h.Approval
	return joined("by "+given.Name, prefixed("under change ", given.Change), prefixed("at ", moment.Text(given.Time)))
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func joined(parts ...string) string { return joinedBy(", ", parts...) }

func joinedBy(between string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), between)
}
