package webdata

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// trendWeeks is how many Mondays the trend goes back.
const trendWeeks = 8

// trend counts the share of compliant devices at the last Mondays. What was read by a Monday does not change any more
// unless devices are forgotten, so each Monday is read from the store once.
// docs/design/server.md: The trend is what was read by each Monday
type trend struct {
	weeks   map[time.Time]map[string]store.PastReading // by address
	forgets int64
}

// has reports whether it has the Mondays of a time.
func (t *trend) has(now time.Time, forgets int64) bool {
	last := mondays(now)
	_, known := t.weeks[last[len(last)-1]]
	return known && forgets == t.forgets
}

// read reads the Mondays that it does not have yet.
func (t *trend) read(ctx context.Context, from *store.Store, now time.Time, forgets int64) error {
	weeks := map[time.Time]map[string]store.PastReading{}
	var missing []time.Time
	for _, monday := range mondays(now) {
		if kept, known := t.weeks[monday]; known && forgets == t.forgets {
			weeks[monday] = kept
		} else {
			missing = append(missing, monday)
			weeks[monday] = map[string]store.PastReading{}
		}
	}
	past, err := from.Past(ctx, missing)
	if err != nil {
		return err
	}
	for address, readings := range past {
		for i, monday := range missing {
			weeks[monday][address] = readings[i]
		}
	}
	t.weeks, t.forgets = weeks, forgets
	return nil
}

// points returns the share at each Monday by which a device of the rows had been read, and now; nil without such a
// Monday.
func (t *trend) points(rows []web.FleetRow, now time.Time) []web.TrendPoint {
	var points []web.TrendPoint
	for _, monday := range mondays(now) {
		at := func(address string) store.PastReading { return t.weeks[monday][address] }
		var share known.Share
		for i := range rows {
			if rows[i].Listed {
				share.Add(known.LastReading(rows[i].Addresses, at))
			}
		}
		if share.Of > 0 {
			points = append(points, pointOf(monday, share))
		}
	}
	if len(points) == 0 {
		return nil
	}
	var today known.Share
	for i := range rows {
		if rows[i].Listed {
			today.Add(store.PastReading{Verdict: wordNow(rows[i]), At: rows[i].Read})
		}
	}
	return append(points, pointOf(now, today))
}

func pointOf(at time.Time, share known.Share) web.TrendPoint {
	return web.TrendPoint{At: at, Compliant: share.Compliant, Of: share.Of}
}

// wordNow is the verdict of a row, but for a compliant device whose last run left something open: it is not counted as
// compliant, here as in the page's share.
func wordNow(row web.FleetRow) string {
	if row.Verdict == string(remediate.Compliant) && !row.InOrder() {
		return row.Result
	}
	return row.Verdict
}

// mondays returns the last Mondays at 00:00 UTC, the oldest first.
func mondays(now time.Time) []time.Time {
	year, month, day := now.UTC().Date()
	since := (int(now.UTC().Weekday()) + 6) % 7
	monday := time.Date(year, month, day-since, 0, 0, 0, 0, time.UTC)
	list := make([]time.Time, trendWeeks)
	for i := range list {
		list[i] = monday.AddDate(0, 0, -7*(trendWeeks-1-i))
	}
	return list
}
