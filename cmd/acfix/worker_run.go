package main

import (
	"errors"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/spf13/pflag"
)

// meet is a run as a worker's own inventory has its devices; inventory is where that is, or an
// error when there is none for the run.
func (a *app) meet(opened *store.Store, kept store.Run, inventory func(store.Run) (string, error)) (worker.Met, error) {
	var met worker.Met
	job := applyJob{app: a}
	head, err := job.given.repeatOf(kept)
	if err != nil {
		return met, err
	}
	if job.given.inventory, err = inventory(kept); err != nil {
		return met, err
	}
	job.head, job.saved = head.Plan, head.Saved
	met.Open, met.Terms = job.given.isOpen, job.carryingOut(opened)
	devices, _, err := run.Devices(a.abort, opened, kept.ID, kept.Action)
	if err != nil {
		return met, err
	}
	roster, err := a.roster(job.given.connection)
	if err != nil {
		return met, err
	}
	ours, strangers := worker.ReplaceKnown(roster, devices, job.given.inventory)
	if err := a.resolve(job.given.connection, roster, ours); err != nil { // a stranger gets no password at all
		return met, err
	}
	met.Run, met.Strangers = run.New(kept.ID, devices, a.process()), strangers
	met.Run.Evidence = a.evidence(opened)
	return met, nil
}

// repeatOf sets the flags that a run was begun with.
func (f *applyFlags) repeatOf(kept store.Run) (runs.Header, error) {
	var head runs.Header
	var asked run.Order
	if err := errors.Join(runs.Decode(kept.Header, &head), runs.Decode(kept.Order, &asked)); err != nil {
		return head, err
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.registerAll(flags)
	delete(asked.Flags, proxyFlag) // a worker reaches devices as its own inventory says
	return head, repeat(asked, flags)
}
