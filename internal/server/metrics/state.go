package metrics

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// StoreReader is the part of a store that metrics read.
type StoreReader interface {
	Latest(context.Context) store.Addresses
	LastKnown(ctx context.Context, verdict string) (map[string]time.Time, error)
	Runs(context.Context, store.Filter) ([]store.Run, error)
	Orphans(context.Context) ([]store.Run, error)
}

// state is the result of one reading of a store, without documents.
type state struct {
	devices  []device    // that the inventories have
	unlisted int         // all others
	runs     []store.Run // each once
	orphans  int
}

type device struct {
	known.Device
	wasGood time.Time // zero for never
}

// The number of runs to read: of all together, and of each known job, so that others can't push it out.
const (
	recentRuns = 200
	runsOfAJob = 50
)

// read makes a complete reading, or fails.
func read(ctx context.Context, from StoreReader, listed *known.Listed, jobs []JobSeries) (state, error) {
	var s state
	wasGood, err := from.LastKnown(ctx, string(remediate.Compliant))
	if err != nil {
		return s, err
	}
	devices, err := known.Devices(ctx, from, listed)
	if err != nil {
		return s, err
	}
	for _, d := range devices {
		if !d.Listed {
			s.unlisted++
			continue
		}
		s.devices = append(s.devices, deviceOf(d, wasGood))
	}
	if s.runs, err = readRuns(ctx, from, jobs); err != nil {
		return s, err
	}
	orphans, err := from.Orphans(ctx)
	s.orphans = len(orphans)
	return s, err
}

func deviceOf(d known.Device, wasGood map[string]time.Time) device {
	one := device{Device: d}
	one.Name, one.URL = label(d.Name), label(d.URL)
	if d.Verdict == string(remediate.Compliant) { // newer than the times read
		one.wasGood = d.Read
	}
	for _, address := range d.Addresses {
		if at := wasGood[address]; at.After(one.wasGood) {
			one.wasGood = at
		}
	}
	return one
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
