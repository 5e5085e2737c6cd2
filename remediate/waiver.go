package remediate

import (
	"slices"
	"time"
)

// Waiver records that its owner accepts a finding until a date. It silences the finding in reports and does nothing
// else: verdicts and steps do not depend on it.
type Waiver struct {
	Finding string `json:"-"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Until   string `json:"until"` // last day, in UTC, as 2027-01-31
}

// Waive marks the findings that are waived. A waiver that has expired marks nothing and becomes a finding itself,
// even if the findings still carry it from an earlier day. Calling Waive twice changes nothing more.
// docs/design/remediate.md: A waiver comes after the decision
func Waive(findings []Finding, waivers []Waiver, now time.Time) []Finding {
	today := now.UTC().Format(time.DateOnly)
	result := slices.Clone(findings)
	waivers = slices.Clone(waivers)
	for i, f := range result {
		if f.Waived != nil && f.Waived.Until < today {
			expired := *f.Waived
			expired.Finding = f.Code
			result[i].Waived = nil
			waivers = append(waivers, expired)
		}
	}
	for _, waiver := range waivers {
		if waiver.Until >= today {
			waive(result, waiver)
			continue
		}
		expired := finding(WaiverExpired, waiver.Finding, waiver.Until, waiver.Owner, waiver.Reason)
		if !slices.Contains(result, expired) {
			result = append(result, expired)
		}
	}
	return result
}

func waive(findings []Finding, waiver Waiver) {
	for i, f := range findings {
		if f.Code == waiver.Finding {
			findings[i].Waived = &waiver
		}
	}
}

// Waivable reports whether findings of that code can be waived: all but that of an expired waiver.
func Waivable(code string) bool {
	_, known := findingTexts[code]
	return known && code != WaiverExpired
}
