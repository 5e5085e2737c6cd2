package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
)

// meet is a run as a worker's own inventory has its devices; inventory is where that is, or an
// error when there is none for the run.
func (a *app) meet(opened *store.Store, kept store.Run, inventory func(store.Run) (string, error)) (worker.Met, error) {
	var met worker.Met
	what, err := workersOwn(kept)
	if err == nil {
		what.Order.Inventory, err = inventory(kept)
	}
	if err != nil {
		return met, err
	}
	met.Open, met.Terms = what.Order.Settings.IsOpen, a.carryingOut(what, opened)
	devices, _, err := run.Devices(a.abort, opened, kept.ID, kept.Action)
	if err != nil {
		return met, err
	}
	used := unattendedConnection(what.Order)
	roster, err := a.roster(used)
	if err != nil {
		return met, err
	}
	ours, strangers := worker.ReplaceKnown(roster, devices, used.inventory)
	if err := a.resolve(used, roster, ours); err != nil { // a stranger gets no password at all
		return met, err
	}
	met.Run, met.Strangers = run.New(kept.ID, devices, a.process()), strangers
	met.Run.Evidence = a.evidence(opened)
	return met, nil
}

// workersOwn is what a run is about for a worker, which reaches devices as its own inventory says.
func workersOwn(kept store.Run) (run.Assignment, error) {
	what, err := run.Recall(kept, run.Order{Settings: run.DefaultSettings()})
	what.Order.Settings.Proxy = run.Setting[string]{}
	return what, err
}
