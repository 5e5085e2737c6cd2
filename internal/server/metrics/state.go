package metrics

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/runs"
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
	devices  []device                             // that the inventories have
	unlisted int                                  // all others
	runs     []store.Run                          // each once
	policies map[string]remediate.PolicyReference // by run; none where the record has none
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
	for _, d := range append(devices, listed.UnmetDevices(devices)...) {
		if !d.Listed {
			s.unlisted++
			continue
		}
		s.devices = append(s.devices, deviceOf(d, wasGood))
	}
	if err := s.readRuns(ctx, from, jobs); err != nil {
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

func (s *state) readRuns(ctx context.Context, from StoreReader, jobs []JobSeries) error {
	filters := []store.Filter{{Limit: recentRuns}}
	for _, state := range openStates {
		filters = append(filters, store.Filter{State: string(state), Limit: recentRuns})
	}
	for _, job := range jobs {
		filters = append(filters, store.Filter{Job: job.Name, Limit: runsOfAJob})
	}
	known := map[string]bool{}
	s.policies = map[string]remediate.PolicyReference{}
	for _, filter := range filters {
		found, err := from.Runs(ctx, filter)
		if err != nil {
			return err
		}
		for _, run := range found {
			if !known[run.ID] {
				known[run.ID] = true
				s.addRun(run)
			}
		}
	}
	return nil
}

// addRun keeps a run without its documents, but for the policy. A run without a readable one has none.
func (s *state) addRun(run store.Run) {
	var header runs.Header
	if err := runs.Decode(run.Header, &header); err == nil && header.Plan.Policy.ID != "" {
		s.policies[run.ID] = header.Plan.Policy
	}
	run.Order, run.Header = nil, nil
	s.runs = append(s.runs, run)
}
