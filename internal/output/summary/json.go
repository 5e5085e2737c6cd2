package summary

import (
	"io"
	"time"

	"github.com/acfix/acfix/internal/output/report"
)

// Schema is the value of the first key of a summary in JSON.
const Schema = "acfix.summary/v1"

// document is a sheet in JSON. Lists are complete, and texts are not cut.
type document struct {
	Schema    string             `json:"schema"`
	Run       string             `json:"run"`
	Made      string             `json:"made"`
	Devices   int                `json:"devices"`
	Counts    map[string]int     `json:"counts"`
	Apart     int                `json:"not_applicable"`
	Gone      int                `json:"gone"`
	Unreached int                `json:"unreached"`
	Newest    *string            `json:"newest_reading"`
	Oldest    *string            `json:"oldest_reading"`
	Trend     []documentWeek     `json:"trend"`
	Reasons   []documentReason   `json:"reasons"`
	Policy    *documentPolicy    `json:"policy"`
	Deadline  *string            `json:"deadline"`
	Decisions []documentDecision `json:"decisions"`
}

type documentPolicy struct {
	ID   string `json:"id"`
	Date string `json:"date"`
}

type documentWeek struct {
	At        string `json:"at"`
	Compliant int    `json:"compliant"`
	Read      int    `json:"read"`
}

type documentReason struct {
	Group   string   `json:"group"`
	Code    string   `json:"code"`
	Devices int      `json:"devices"`
	Why     string   `json:"why"`
	What    string   `json:"what"`
	Names   []string `json:"names"`
}

type documentDecision struct {
	Who  string  `json:"who"`
	What string  `json:"what"`
	At   *string `json:"at"`
}

// JSON writes the sheet as a document.
func JSON(w io.Writer, s *Sheet) error {
	d := document{
		Schema: Schema, Run: s.Run, Made: s.Made.Format(time.RFC3339), Devices: s.Total(), Counts: map[string]int{},
		Apart: s.counts[Apart], Gone: s.Gone, Unreached: s.Unreached, Newest: stamp(s.Newest), Oldest: stamp(s.Oldest),
		Trend: []documentWeek{}, Reasons: []documentReason{}, Decisions: []documentDecision{},
		Deadline: stamp(s.Deadline.Day),
	}
	if s.Policy.ID != "" {
		d.Policy = &documentPolicy{s.Policy.ID, s.Policy.Date}
	}
	keys := map[Group]string{}
	for _, share := range shares {
		d.Counts[share.key], keys[share.group] = s.counts[share.group], share.key
	}
	for _, week := range s.Weeks {
		d.Trend = append(d.Trend, documentWeek{week.At.Format(time.RFC3339), week.Compliant, week.Read})
	}
	for _, r := range s.reasons {
		why, what := r.Words()
		d.Reasons = append(d.Reasons, documentReason{keys[r.Group], r.Code, r.Devices, why, what, r.Names})
	}
	for _, one := range s.Decisions {
		d.Decisions = append(d.Decisions, documentDecision{one.Who, one.What, stamp(one.At)})
	}
	return report.WriteDocument(w, d)
}

func stamp(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	return new(at.Format(time.RFC3339))
}
