package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// facets are the values of the filters, as the devices have them.
type facets struct {
	Tags, Sites, Jobs []string
	Reasons           []reasonCount // the most frequent first
}

// reasonCount is how many devices have a reason.
type reasonCount struct {
	Code, Link string
	Count      int
	Chosen     bool
}

// mostValues bounds the values of one filter: with more, a list is no help, and the search field is.
const mostValues = 300

// sitePrefixes are how inventories write the site of a device into a tag.
var sitePrefixes = []string{"site:", "site="}

// siteOf returns the site that a tag names; "" for another tag.
func siteOf(tag string) string {
	for _, prefix := range sitePrefixes {
		if len(tag) > len(prefix) && strings.EqualFold(tag[:len(prefix)], prefix) {
			return strings.TrimSpace(tag[len(prefix):])
		}
	}
	return ""
}

func facetsOf(rows []*FleetRow, chosen choice) facets {
	tags, sites, jobs, reasons := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, row := range rows {
		for _, tag := range row.Tags {
			if site := siteOf(tag); site != "" {
				sites[site] = true
			} else {
				tags[tag] = true
			}
		}
		for _, job := range row.Jobs {
			jobs[job] = true
		}
		for i, why := range row.Whys {
			if !slices.ContainsFunc(row.Whys[:i], func(other Why) bool { return other.Code == why.Code }) {
				reasons[why.Code]++
			}
		}
	}
	return facets{
		Tags: values(tags, chosen.Tag), Sites: values(sites, chosen.Site), Jobs: values(jobs, chosen.Job),
		Reasons: reasonCounts(reasons, chosen),
	}
}

// values returns the values of a filter in their order. The chosen one is among them.
func values(of map[string]bool, chosen string) []string {
	var list []string
	for value := range of {
		list = append(list, value)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(natural(a, b), strings.Compare(a, b)) })
	list = list[:min(len(list), mostValues)]
	if chosen != "" && !slices.Contains(list, chosen) {
		list = append(list, chosen)
	}
	return list
}

func reasonCounts(counts map[string]int, chosen choice) []reasonCount {
	var list []reasonCount
	for code, n := range counts {
		one := reasonCount{Code: code, Count: n, Chosen: chosen.Reason == code, Link: chosen.With("reason", code)}
		if one.Chosen {
			one.Link = chosen.With("reason", "")
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
	})
	return list
}

// reason is what sorts a row by its reason; rows without one come last.
func (r *FleetRow) reason() string {
	if len(r.Whys) == 0 {
		return "\uffff"
	}
	return r.Whys[0].Code
}

// byFirmware compares rows by version: 7.20A.258 is older than 7.4.100. Each text is parsed once; what is no version
// comes first.
func byFirmware(rows []*FleetRow) func(a, b *FleetRow) int {
	met := map[string]bool{}
	for _, row := range rows {
		met[row.Firmware] = true
	}
	ranks := map[string]int{}
	for rank, text := range versions(met) {
		ranks[text] = rank
	}
	return func(a, b *FleetRow) int { return cmp.Compare(ranks[a.Firmware], ranks[b.Firmware]) }
}

// versions sorts firmware, the oldest first.
func versions[V any](of map[string]V) []string {
	parsed := map[string]audiocodes.Firmware{}
	var list []string
	for text := range of {
		list = append(list, text)
		if firmware, err := audiocodes.ParseFirmware(text); err == nil {
			parsed[text] = firmware
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		one, known := parsed[a]
		other, too := parsed[b]
		if known && too {
			return cmp.Or(one.Version().Compare(other.Version()), natural(a, b), strings.Compare(a, b))
		}
		if known != too {
			return map[bool]int{true: 1, false: -1}[known]
		}
		return cmp.Or(natural(a, b), strings.Compare(a, b))
	})
	return list
}
