package main

import (
	"context"
	"log/slog"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/pflag"
)

// meet returns a run with the devices of the worker's own inventory; inventory returns that inventory's path, or
// an error if the run has none.
func (a *app) meet(opened *store.Store, kept store.Run, inventory func(store.Run) (string, error)) (worker.Met, error) {
	var met worker.Met
	what, err := workersOwn(kept)
	if err != nil {
		return met, err
	}
	if what.Order.Inventory, err = inventory(kept); err != nil {
		return met, err
	}
	devices, _, err := run.Devices(a.abort, opened, kept.ID, kept.Action)
	if err != nil {
		return met, err
	}
	used := unattendedConnection(what.Order)
	inventoryFile, err := a.readInventory(used)
	if err != nil {
		return met, err
	}
	if what.Policy, err = a.workersPolicy(kept, what, inventoryFile); err != nil {
		return met, err
	}
	met.Open, met.Terms = what.Order.Settings.IsOpen, a.writeTerms(what, opened)
	ours, strangers := worker.ReplaceKnown(inventoryFile, devices, used.inventory)
	if err := a.resolve(used, inventoryFile, ours); err != nil { // devices outside the inventory get no password
		return met, err
	}
	met.Run, met.Strangers = run.New(kept.ID, devices, a.process()), strangers
	met.Run.Evidence, met.Run.Policy = a.evidence(opened), what.Policy
	return met, nil
}

// workersOwn returns the assignment of a run without the proxy and the policy's file: a worker reaches devices as its own
// inventory says, and finds the policy by its digest.
func workersOwn(kept store.Run) (run.Assignment, error) {
	what, err := run.Recall(kept, run.Order{Settings: run.DefaultSettings()})
	none := run.Setting[string]{}
	what.Order.Settings.Proxy, what.Order.Settings.Policy, what.Order.Settings.TrustPolicy = none, none, none
	return what, err
}

// work starts taking tasks from the queue of a shared store; a store on one machine has no queue.
func (a *app) work(
	opened *store.Store, flags serveFlags, inventory func(store.Run) (string, error), into **worker.Queue,
) (stop func(), err error) {
	if !opened.Shared() {
		return func() {}, nil
	}
	if flags.workers < 0 {
		return nil, usage.Errorf("--workers can't be negative").
			Hint("give a number of devices, or 0 for a scheduler that leaves them to others")
	}
	quiet := a.unattended()
	hand := &worker.Worker{
		Process: quiet.process(), Holder: quiet.holder(opened), Log: quiet.log(), Say: flags.say,
		Meet: func(kept store.Run) (worker.Met, error) { return quiet.meet(opened, kept, inventory) },
	}
	options := worker.QueueOptions{
		Workers: flags.workers, Work: hand.Attend, Log: a.queueLog(), Listen: opened.Listen,
	}
	opening, err := worker.Open(a.abort, opened.Pool(), options)
	if err != nil {
		return nil, err
	}
	*into = opening
	if err := opening.Start(context.WithoutCancel(a.abort)); err != nil {
		return nil, err
	}
	return func() {
		if err := opening.Stop(a.abort); err != nil {
			a.warn("stop the queue: " + err.Error())
		}
	}, nil
}

// queueLog drops the queue's messages about an unavailable store: acfix prints its own, once.
func (a *app) queueLog() *slog.Logger {
	if a.level > slog.LevelInfo {
		return slog.New(slog.DiscardHandler)
	}
	return a.log()
}

// serveFlags are the flags of serve and worker.
type serveFlags struct {
	jobs, inventory string
	workers         int
	say             func(line string) // prints a line a device; nil for serve, whose runs are on its pages
	health          string            // of worker alone
	settings        run.Settings      // of worker alone: which roots it trusts
	http            httpFlags         // of serve alone
}

func (f *serveFlags) register(a *app, flags *pflag.FlagSet) {
	flags.StringVar(&f.jobs, "jobs", "", "the jobs file")
	flags.IntVar(&f.workers, "workers", defaultParallel,
		"devices that this process works on at a time, with a shared store; 0 leaves them to \"acfix worker\"")
	flags.DurationVar(&a.flags.lease, "lease", store.DefaultTerm,
		"how long a lease on a device lasts without renewal, in a shared store")
	a.registerRecipients(flags)
}
