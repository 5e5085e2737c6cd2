package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
)

// fleetPage is the data of the fleet template.
type fleetPage struct {
	clock
	Fleet  FleetState
	Choice choice
	// Unfiltered is the address of the same page with all devices.
	Unfiltered string
	Count      int // of the inventories' devices, or of the others
	Others     int // how many devices are on the other page
	Share      share
	Groups     []groupTotal
	Totals     []total
	Results    []total
	Firmware   []bar
	Verdicts   []string // to choose from
	Releases   []string
	Mutual     []string
	Roots      []string
	Facets     facets
	Columns    []column
	Rows       []*FleetRow
	Found      int
	Pager      pager
}

// groupTotal is the number of devices of a group; its link selects them.
type groupTotal struct {
	group
	Link   string
	Count  int
	Chosen bool
}

// total is the number of devices with a verdict or a result; its link selects them.
type total struct {
	Word, Tone, Link string
	Count            int
	Chosen           bool
	gravity          int
}

// column is a column to sort by.
type column struct{ Name, Title string }

var columns = []column{
	{"name", "Device"}, {"verdict", "Verdict"}, {"reason", "Why"}, {"missing", "Missing roots"},
	{"context", "TLS Context"}, {"mutual", "Mutual TLS"}, {"firmware", "Firmware"}, {"expires", "Certificate until"},
	{"seen", "Last read"}, {"result", "Last run"},
}

func (s *Site) fleet(w http.ResponseWriter, r *http.Request) {
	fleet, chosen := s.Data.Fleet(), choiceOf(r.URL.Query())
	rows, others := chosen.apart(fleet.Rows)
	found := chosen.rows(rows)
	pager := newPager(len(found), perPage, chosen.Page, func(page string) string { return chosen.With("page", page) })
	counts := releases(rows)
	known := versions(counts)
	view := fleetPage{
		clock: clock{s.Now()},
		Fleet: fleet, Choice: chosen, Count: len(rows), Others: others,
		Unfiltered: choice{Sort: chosen.Sort, Down: chosen.Down, Matrix: chosen.Matrix, Others: chosen.Others}.With("", ""),
		Share:      shareOf(rows), Groups: groupTotals(rows, chosen), Facets: facetsOf(rows, chosen),
		Totals: totals(rows, chosen), Results: resultTotals(rows, chosen), Firmware: bars(counts, chosen),
		Mutual: []string{"on", "off", "unknown", "mixed"}, Roots: rootNames(), Columns: columns,
		Found: len(found), Pager: pager, Rows: found[pager.from:pager.to], Releases: known,
	}
	for _, t := range view.Totals {
		view.Verdicts = append(view.Verdicts, t.Word)
	}
	s.show(w, r, "fleet", "Fleet", view)
}

// groupTotals count all devices by group.
func groupTotals(rows []*FleetRow, chosen choice) []groupTotal {
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.group()]++
	}
	var all []groupTotal
	for _, g := range groups {
		one := groupTotal{group: g, Count: counts[g.Name], Chosen: chosen.Group == g.Name, Link: chosen.With("group", g.Name)}
		if one.Chosen {
			one.Link = chosen.With("group", "")
		}
		all = append(all, one)
	}
	return all
}

func rootNames() []string {
	var names []string
	for _, root := range certs.Required() {
		names = append(names, root.Name)
	}
	return names
}

// totals count all devices, not only the selected ones: a filter must not hide how many others there are.
func totals(rows []*FleetRow, chosen choice) []total {
	return counted(rows, "verdict", chosen.Verdict, chosen, func(row *FleetRow) string { return row.Verdict })
}

// resultTotals count all devices by the results of their last runs.
func resultTotals(rows []*FleetRow, chosen choice) []total {
	return counted(rows, "result", chosen.Result, chosen, func(row *FleetRow) string { return row.Result })
}

func counted(rows []*FleetRow, filter, selected string, chosen choice, word func(*FleetRow) string) []total {
	by := map[string]*total{}
	for _, row := range rows {
		of := word(row)
		if of == "" {
			continue
		}
		if by[of] == nil {
			by[of] = &total{Word: of, Chosen: selected == of}
			by[of].Tone, by[of].gravity = report.ToneOf(of)
		}
		by[of].Count++
	}
	all := []total{}
	for _, t := range by {
		t.Link = chosen.With(filter, t.Word)
		if t.Chosen {
			t.Link = chosen.With(filter, "")
		}
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b total) int {
		return cmp.Or(cmp.Compare(a.gravity, b.gravity), strings.Compare(a.Word, b.Word))
	})
	return all
}

// bar is the number of devices with a firmware. Its parts are in tenths of a percent of the longest bar.
type bar struct {
	Release, Link string
	Count         int
	Parts         []part
}

type part struct {
	Tone, Word  string
	From, Width int
	Count       int
}

// mostBars keeps the chart short; one bar sums up the rest.
const mostBars = 8

var tones = []struct{ tone, word string }{
	{"good", "in order"}, {"wait", "pending"}, {"bad", "need attention"}, {"idle", "not concerned"},
}

// releases count devices by firmware and tone.
func releases(rows []*FleetRow) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for _, row := range rows {
		if counts[row.Firmware] == nil {
			counts[row.Firmware] = map[string]int{}
		}
		counts[row.Firmware][row.Tone]++
	}
	return counts
}

// bars adds the bar that sums up the rest to the counts.
func bars(counts map[string]map[string]int, chosen choice) []bar {
	var list []bar
	for release, by := range counts {
		one := bar{Release: release, Count: sum(by)}
		if release != "" {
			one.Link = chosen.With("firmware", release)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b bar) int { return cmp.Or(b.Count-a.Count, natural(a.Release, b.Release)) })
	rest := list[min(len(list), mostBars):]
	if len(rest) > 0 {
		rest = list[mostBars-1:]
	}
	list = newestFirst(list[:len(list)-len(rest)])
	if len(rest) > 0 {
		others := map[string]int{}
		for _, b := range rest {
			for tone, n := range counts[b.Release] {
				others[tone] += n
			}
		}
		list = append(list, bar{Release: "all others", Count: sum(others)})
		counts["all others"] = others
	}
	longest := 0
	for _, b := range list {
		longest = max(longest, b.Count)
	}
	for i := range list {
		list[i].Parts = parts(counts[list[i].Release], longest)
	}
	return list
}

// newestFirst sorts bars by version.
func newestFirst(bars []bar) []bar {
	met := map[string]bool{}
	for _, b := range bars {
		met[b.Release] = true
	}
	order := versions(met)
	return slices.SortedFunc(slices.Values(bars), func(a, b bar) int {
		return slices.Index(order, b.Release) - slices.Index(order, a.Release)
	})
}

func parts(by map[string]int, longest int) []part {
	var list []part
	from := 0
	for _, t := range tones {
		n := by[t.tone]
		if n == 0 {
			continue
		}
		width := max(n*1000/longest, 4)
		list = append(list, part{Tone: t.tone, Word: t.word, From: from, Width: width, Count: n})
		from += width
	}
	return list
}

func sum(by map[string]int) int {
	n := 0
	for _, count := range by {
		n += count
	}
	return n
}
