package metrics

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/store"
)

// StoreReader is the part of a store that metrics read.
type StoreReader interface {
	LatestDevices(context.Context) iter.Seq2[store.Device, error]
	LastTimes(ctx context.Context, words ...string) (map[string]time.Time, error)
	Runs(context.Context, store.Filter) ([]store.Run, error)
	Orphans(context.Context) ([]store.Run, error)
}

// state is the result of one reading of a store, without documents.
type state struct {
	devices []device
	runs    []store.Run // each once
	orphans int
}

type device struct {
	target, url, verdict string
	missing              int
	missingKnown         bool
	wasGood              time.Time // zero for never
}

// The number of runs to read: of all together, and of each known job, so that others can't push it out.
const (
	recentRuns = 200
	runsOfAJob = 50
)

// read makes a complete reading, or fails.
func read(ctx context.Context, from StoreReader, jobs []JobSeries) (state, error) {
	var s state
	wasGood, err := from.LastTimes(ctx, good...)
	if err != nil {
		return s, err
	}
	for row, err := range from.LatestDevices(ctx) {
		if err != nil {
			return s, err
		}
		s.devices = append(s.devices, deviceOf(row, wasGood[row.URL]))
	}
	if s.runs, err = readRuns(ctx, from, jobs); err != nil {
		return s, err
	}
	orphans, err := from.Orphans(ctx)
	s.orphans = len(orphans)
	return s, err
}

func deviceOf(row store.Device, wasGood time.Time) device {
	plan := plan(row)
	word := word(row, plan)
	d := device{target: label(row.Target), url: label(row.URL), verdict: Verdict(word), wasGood: wasGood}
	d.missing, d.missingKnown = plan.missing(word)
	if slices.Contains(good, word) && row.Ended.After(wasGood) { // newer than the times read
		d.wasGood = row.Ended
	}
	return d
}

func readRuns(ctx context.Context, from StoreReader, jobs []JobSeries) ([]store.Run, error) {
	filters := []store.Filter{{Limit: recentRuns}}
	for _, state := range openStates {
		filters = append(filters, store.Filter{State: string(state), Limit: recentRuns})
	}
	for _, job := range jobs {
		filters = append(filters, store.Filter{Job: job.Name, Limit: runsOfAJob})
	}
	var all []store.Run
	known := map[string]bool{}
	for _, filter := range filters {
		runs, err := from.Runs(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			if !known[run.ID] {
				known[run.ID] = true
				run.Order, run.Header = nil, nil
				all = append(all, run)
			}
		}
	}
	return all, nil
}
