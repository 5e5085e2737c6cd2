package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/certs"
)

// perPage is the number of devices on a page.
const perPage = 50

// choice is the selection and order of devices on the fleet page, from its address.
type choice struct {
	Text, Verdict, Result, Firmware, Mutual string
	Group, Tag, Site, Job, Reason           string
	Others                                  bool // the devices that no inventory of the jobs has
	Root                                    int  // counted from 1: devices that lack this root
	Sort                                    string
	Down                                    bool
	Page                                    int
	Matrix                                  bool // the roots instead of the facts
}

func choiceOf(query url.Values) choice {
	c := choice{
		Text: strings.TrimSpace(query.Get("q")), Verdict: query.Get("verdict"),
		Result: query.Get("result"), Others: query.Get("show") == "others",
		Firmware: query.Get("firmware"), Mutual: query.Get("mutual"),
		Group: query.Get("group"), Tag: query.Get("tag"), Site: query.Get("site"), Job: query.Get("job"),
		Reason: query.Get("reason"),
		Sort:   query.Get("sort"), Down: query.Get("order") == "down", Matrix: query.Get("view") == "roots",
	}
	c.Root, _ = strconv.Atoi(query.Get("root"))
	if c.Root < 0 || c.Root > len(certs.Required()) {
		c.Root = 0
	}
	c.Page, _ = strconv.Atoi(query.Get("page"))
	if orders[c.Sort] == nil {
		c.Sort, c.Down = "verdict", false
	}
	return c
}

// orders are the columns to sort by; equal rows are sorted by name. Firmware is sorted by version (byFirmware).
var orders = map[string]func(a, b *FleetRow) int{
	"name":     func(a, b *FleetRow) int { return natural(a.Name, b.Name) },
	"firmware": func(a, b *FleetRow) int { return natural(a.Firmware, b.Firmware) },
	"context":  func(a, b *FleetRow) int { return natural(a.Contexts, b.Contexts) },
	"mutual":   func(a, b *FleetRow) int { return strings.Compare(a.MutualTLS, b.MutualTLS) },
	"verdict": func(a, b *FleetRow) int {
		return cmp.Or(cmp.Compare(a.Gravity, b.Gravity), strings.Compare(a.Verdict, b.Verdict))
	},
	"reason":  func(a, b *FleetRow) int { return strings.Compare(a.reason(), b.reason()) },
	"missing": func(a, b *FleetRow) int { return cmp.Compare(a.Missing, b.Missing) },
	"expires": func(a, b *FleetRow) int { return a.Expires.Compare(b.Expires) },
	"seen":    func(a, b *FleetRow) int { return a.Read.Compare(b.Read) },
	"result": func(a, b *FleetRow) int {
		return cmp.Or(strings.Compare(a.Result, b.Result), a.Ended.Compare(b.Ended))
	},
}

func (c choice) selects(row *FleetRow) bool {
	return c.fits(row) && (c.Verdict == "" || row.Verdict == c.Verdict) && (c.Result == "" || row.Result == c.Result) &&
		(c.Firmware == "" || row.Firmware == c.Firmware) &&
		(c.Mutual == "" || row.MutualTLS == c.Mutual) &&
		(c.Root == 0 || row.Roots[c.Root-1].Tone == "bad") &&
		(c.Text == "" || contains(row, strings.ToLower(c.Text)))
}

// fits reports whether the row has the group, the tag, the job and the reason.
func (c choice) fits(row *FleetRow) bool {
	return (c.Group == "" || row.group() == c.Group) &&
		(c.Tag == "" || slices.Contains(row.Tags, c.Tag)) &&
		(c.Site == "" || slices.ContainsFunc(row.Tags, func(tag string) bool { return siteOf(tag) == c.Site })) &&
		(c.Job == "" || slices.Contains(row.Jobs, c.Job)) &&
		(c.Reason == "" || row.hasWhy(c.Reason))
}

func contains(row *FleetRow, text string) bool {
	fields := strings.Join(append([]string{row.Name, row.Serial, row.Product, row.Contexts}, row.Addresses...), "\n")
	return strings.Contains(strings.ToLower(fields), text)
}

// apart returns the rows of the jobs' inventories, or all others.
func (c choice) apart(rows []FleetRow) (these []*FleetRow, others int) {
	these = make([]*FleetRow, 0, len(rows))
	for i := range rows {
		if rows[i].Listed != c.Others {
			these = append(these, &rows[i])
		} else {
			others++
		}
	}
	return these, others
}

// rows are the selected rows, sorted.
func (c choice) rows(rows []*FleetRow) []*FleetRow {
	chosen := make([]*FleetRow, 0, len(rows))
	for _, row := range rows {
		if c.selects(row) {
			chosen = append(chosen, row)
		}
	}
	by := orders[c.Sort]
	if c.Sort == "firmware" {
		by = byFirmware(chosen)
	}
	slices.SortStableFunc(chosen, func(a, b *FleetRow) int {
		order := by(a, b)
		if c.Down {
			order = -order
		}
		return cmp.Or(order, natural(a.Name, b.Name), strings.Compare(a.URL, b.URL))
	})
	return chosen
}

// With returns the page's address with one parameter changed, and resets the list's page unless that changes.
func (c choice) With(name, value string) string { return "/?" + c.query(name, value).Encode() }

// Link is the address of the same selection and order, to keep.
func (c choice) Link() string { return c.With("", "") }

// CSV is the address of the selected devices as a file.
func (c choice) CSV() string { return "/fleet.csv?" + c.query("", "").Encode() }

func (c choice) query(name, value string) url.Values {
	query := url.Values{}
	put := func(key, text string) {
		if key == name {
			text = value
		}
		if text != "" {
			query.Set(key, text)
		}
	}
	put("q", c.Text)
	put("verdict", c.Verdict)
	put("result", c.Result)
	put("firmware", c.Firmware)
	put("mutual", c.Mutual)
	put("group", c.Group)
	put("tag", c.Tag)
	put("site", c.Site)
	put("job", c.Job)
	put("reason", c.Reason)
	put("root", number(c.Root))
	put("sort", c.Sort)
	put("order", c.direction())
	put("view", c.view())
	put("show", c.shown())
	put("page", "")
	return query
}

// Column returns the address that sorts by a column, or reverses its order.
func (c choice) Column(name string) string {
	other := c
	other.Down = c.Sort == name && !c.Down
	return other.With("sort", name)
}

// Sorted is a column's order, for screen readers.
func (c choice) Sorted(name string) string {
	switch {
	case c.Sort != name:
		return "none"
	case c.Down:
		return "descending"
	default:
		return "ascending"
	}
}

// Filtered reports whether the choice leaves rows out.
func (c choice) Filtered() bool {
	return c.Group != "" || c.Tag != "" || c.Site != "" || c.Job != "" || c.Reason != "" ||
		c.Text != "" || c.Verdict != "" || c.Result != "" || c.Firmware != "" || c.Mutual != "" || c.Root != 0
}

func (c choice) direction() string {
	if c.Down {
		return "down"
	}
	return ""
}

func (c choice) view() string {
	if c.Matrix {
		return "roots"
	}
	return ""
}

func (c choice) shown() string {
	if c.Others {
		return "others"
	}
	return ""
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
