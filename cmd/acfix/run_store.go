package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/run"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/tenure"
)

// openStore opens the store of --store, by default a file in the state directory.
func (a *app) openStore() (*store.Store, error) {
	url, err := a.storeURL()
	if err != nil {
		return nil, err
	}
	opened, err := store.Open(a.abort, url)
	if errors.Is(err, store.ErrBadURL) {
		return nil, misuse.New("give --store sqlite:PATH or --store postgres://HOST/DATABASE", "--store: %s", err)
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

// holder is this process as it takes leases of a store.
func (a *app) holder(opened *store.Store) tenure.Holder {
	return tenure.Holder{Store: opened, Name: processName(), Term: a.leaseTerm(), Clock: a.clock()}
}

// leaseTerm is --lease, or the default where a command has no such flag.
func (a *app) leaseTerm() time.Duration {
	if a.flags.lease > 0 {
		return a.flags.lease
	}
	return tenure.DefaultTerm
}

// processName names this process, and no other that ever ran.
var processName = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), newID())
})

// registry puts runs on record in the store of --store.
func (a *app) registry() run.Registry {
	host, _ := os.Hostname()
	return run.Registry{
		Process: a.process(), Open: a.openStore, State: a.stateDirectory, Holder: a.holder,
		Acfix: version, Host: host,
	}
}

// reopen finds a run that is to go on, and keeps others off it.
func (a *app) reopen(id string) (*run.Record, store.Run, error) {
	record, kept, err := a.registry().Reopen(id)
	return record, kept, noRun(id, err)
}

// noRun says how to find a run.
func noRun(id string, err error) error {
	if errors.Is(err, store.ErrUnknownRun) || errors.Is(err, store.ErrAmbiguous) {
		return misuse.New("\"acfix history\" lists the runs", "%s: %s", id, err)
	}
	return err
}
