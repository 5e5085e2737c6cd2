package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
)

// openStore opens the store of --store, by default a file in the state directory. It creates the
// store if there is none.
func (a *app) openStore() (*store.Store, error) { return a.openStoreBy(store.Open) }

// openKept opens an existing store for reading. Errors: errNothingKept.
func (a *app) openKept() (*store.Store, error) {
	opened, err := a.openStoreBy(store.OpenExisting)
	if errors.Is(err, store.ErrMissing) && a.flags.store == "" {
		return nil, errNothingKept
	}
	return opened, err
}

// openSettled does the same, and ends the plans whose time is over. A store that can't be written is shown as it is:
// whoever approves or carries out a plan checks its age again.
func (a *app) openSettled() (*store.Store, error) {
	opened, err := a.openKept()
	if err == nil {
		_ = opened.SettlePlans(a.abort, a.now())
	}
	return opened, err
}

// errNothingKept is the error before a user's first run, which creates the default store.
var errNothingKept = fmt.Errorf("no run was kept yet: %w", store.ErrUnknownRun)

func (a *app) openStoreBy(open func(context.Context, string) (*store.Store, error)) (*store.Store, error) {
	url, err := a.storeURL()
	if err != nil {
		return nil, err
	}
	opened, err := open(a.abort, url)
	if trouble := storeTroubleOf(err); trouble != nil && trouble.misplaced && a.flags.store != "" {
		return nil, &usage.Error{Problem: fmt.Sprintf("--store: %s", err), Hint: trouble.hint, Cause: err}
	}
	return opened, err
}

func (a *app) storeURL() (string, error) {
	if a.flags.store != "" {
		return a.flags.store, nil
	}
	state, err := a.stateDirectory()
	return "sqlite:" + state.Runs(), err
}

// holder returns this process as a holder of leases in a store.
func (a *app) holder(opened *store.Store) store.Holder {
	return store.Holder{Store: opened, Name: processName(), Term: a.leaseTerm(), Clock: a.clock()}
}

// leaseTerm returns --lease, or the default if the command has no such flag.
func (a *app) leaseTerm() time.Duration {
	if a.flags.lease > 0 {
		return a.flags.lease
	}
	return store.DefaultTerm
}

// runHint says how to find the right run.
func runHint(err error) string {
	switch {
	case errors.Is(err, errNothingKept):
		return "runs are kept from the first \"acfix plan\" on; those of another store need its --store"
	case errors.Is(err, store.ErrAmbiguous):
		return "give more letters of its ID: \"acfix history\" lists the runs"
	default:
		return "\"acfix history\" lists the runs"
	}
}

// noRun adds to an error how to find a run.
func noRun(id string, err error) error {
	if errors.Is(err, store.ErrUnknownRun) || errors.Is(err, store.ErrAmbiguous) {
		return usage.Errorf("%s: %s", id, err).Hint(runHint(err))
	}
	return err
}

// withRun opens the store for one run on record.
func (a *app) withRun(id string, work func(*store.Store, store.Run) error) error {
	opened, err := a.openSettled()
	if err != nil {
		return noRun(id, err)
	}
	defer func() { _ = opened.Close() }()
	run, err := opened.Run(a.abort, id)
	if err != nil {
		return noRun(id, err)
	}
	return work(opened, run)
}

// ledger returns an open store as reports read it.
func (a *app) ledger(opened *store.Store) report.Ledger {
	return report.Ledger{Store: opened, Lives: a.registry().Lives}
}
