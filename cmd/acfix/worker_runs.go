package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/acfix/acfix/ledger"
	"github.com/acfix/acfix/progress"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/reach"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/target"
	"github.com/spf13/pflag"
)

// runsMet are the runs that a worker has met lately, as its own inventory has their devices.
type runsMet struct {
	app   *app
	store *store.Store
	// inventory is the path of the inventory for a run; an error when there is none for it.
	inventory func(store.Run) (string, error)

	mutex sync.Mutex
	known map[string]metRun // by ID
}

// metRun is a run as a worker sees it.
type metRun struct {
	job       *applyJob
	since     time.Time
	strangers map[int]error // why a device, by its place, is not for this worker
}

// remembered is how long an inventory and its passwords are taken for what they are.
const remembered = 5 * time.Minute

// job is the run of a task. An error means that this worker can't do the task.
func (r *runsMet) job(ctx context.Context, task queue.Task) (*applyJob, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.app.now()
	maps.DeleteFunc(r.known, func(_ string, met metRun) bool { return now.Sub(met.since) >= remembered })
	met, known := r.known[task.Run]
	if !known {
		run, err := r.store.Run(ctx, task.Run)
		if err == nil {
			met, err = r.meet(run)
		}
		if err != nil {
			return nil, err
		}
		r.known[task.Run] = met
	}
	return met.job, met.strangers[task.Place]
}

func (r *runsMet) meet(run store.Run) (metRun, error) {
	met := metRun{job: &applyJob{app: r.app}, since: r.app.now()}
	job := met.job
	kept, err := job.given.repeatOf(run)
	if err != nil {
		return met, err
	}
	if job.given.inventory, err = r.inventory(run); err != nil {
		return met, err
	}
	job.head, job.saved = kept.Plan, kept.Saved
	record := &record{app: r.app, store: r.store, id: run.ID}
	targets, _, err := record.devices(run.Action)
	if err != nil {
		return met, err
	}
	roster, err := r.app.roster(job.given.connection)
	if err != nil {
		return met, err
	}
	var ours []target.Target
	ours, met.strangers = known(roster, targets, job.given.inventory)
	dialer, err := r.app.dial(job.given.connection, roster, ours) // a stranger gets no password at all
	if err != nil {
		return met, err
	}
	job.fleet = r.app.fleetRun(run.ID, targets, dialer)
	job.fleet.evidence = r.app.evidence(record)
	job.fleet.watch = progress.Silent{}
	job.fleet.record = record
	return met, nil
}

// known are those of a run's devices that this inventory has, by the same name and address.
func known(roster *reach.Roster, targets []target.Target, path string) (ours []target.Target, strangers map[int]error) {
	strangers = map[int]error{}
	for place, t := range targets {
		if _, listed := roster.Same(t); !listed {
			strangers[place] = fmt.Errorf("the run has %q at %s, the inventory %s has not", t.Name, t.URL, path)
			continue
		}
		ours = append(ours, t)
	}
	return ours, strangers
}

// repeatOf sets the flags that a run was begun with.
func (f *applyFlags) repeatOf(run store.Run) (ledger.Header, error) {
	var kept ledger.Header
	var asked order
	if err := errors.Join(ledger.Decode(run.Header, &kept), ledger.Decode(run.Order, &asked)); err != nil {
		return kept, err
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.registerAll(flags)
	return kept, asked.repeat(flags)
}
