package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/lock"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
)

// evidence is where a run keeps what must not be lost about a device, and how it keeps
// everybody else off it: files of this machine, or a store that machines share.
type evidence interface {
	// entries are a device's journal, oldest first.
	entries(serial, url string) ([]journal.Entry, error)
	// hold makes this run the only one at a device; it waits as long as patience allows.
	hold(run string, plan remediate.DevicePlan, patience time.Duration) (grip, *remediate.Failure)
}

// grip is a device that this run alone may write to.
type grip interface {
	// waited tells whether somebody else had the device first: what was read of it before
	// may be out of date.
	waited() bool
	// journal opens the device's journal; what it returns takes down what the run does.
	journal() (record func(remediate.Record) error, closeIt func(), err error)
	archive(t target) func(remediate.Snapshot, remediate.DevicePlan) (string, error)
	// stillMine is asked right before every write; nil is always.
	stillMine() func() error
	release()
}

func (a *app) evidence(record *record) evidence {
	if record != nil && record.store.Shared() {
		return &sharedEvidence{app: a, store: record.store}
	}
	return fileEvidence{a}
}

// evidenceOfFlags is for work that is no run: a shared store counts where --store names one.
func (a *app) evidenceOfFlags() (evidence, func(), error) {
	if a.flags.store == "" || strings.HasPrefix(a.flags.store, "sqlite:") {
		return fileEvidence{a}, func() {}, nil
	}
	opened, err := a.openStore()
	if err != nil {
		return nil, nil, err
	}
	return a.evidence(&record{app: a, store: opened}), func() { _ = opened.Close() }, nil
}

// fileEvidence keeps journals, backups and locks in files of this machine.
type fileEvidence struct{ app *app }

func (e fileEvidence) entries(serial, url string) ([]journal.Entry, error) {
	state, err := e.app.stateDirectory()
	if err != nil {
		return nil, err
	}
	return journal.Directory(state.Journals()).Read(statedir.DeviceName(serial, url))
}

// hold locks by serial number and by address, for two names may lead to one device.
func (e fileEvidence) hold(run string, plan remediate.DevicePlan, patience time.Duration) (grip, *remediate.Failure) {
	state, err := e.app.stateDirectory()
	if err != nil {
		return nil, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
	}
	ctx, cancel := e.app.reading()
	defer cancel()
	waiting, done := context.WithTimeout(ctx, patience)
	defer done()
	held, err := lock.Directory(state.Locks()).Take(waiting, statedir.DeviceName(plan.Device.Serial, plan.URL), statedir.AddressName(plan.URL))
	switch {
	case err == nil:
		return &fileGrip{app: e.app, run: run, plan: plan, held: held}, nil
	case ctx.Err() != nil:
		return nil, remediate.Fail(remediate.ErrInterrupted)
	case errors.Is(err, lock.ErrHeld):
		return nil, locked(patience)
	default:
		return nil, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err))
	}
}

func locked(patience time.Duration) *remediate.Failure {
	return &remediate.Failure{
		Code:    remediate.CodeLocked,
		Message: fmt.Sprintf("another run of acfix works on this device, and did not end within %s", patience),
		Hint:    "Wait for it to end and run again, or wait longer with --lock-timeout.",
	}
}

type fileGrip struct {
	app  *app
	run  string
	plan remediate.DevicePlan
	held *lock.Held
}

func (g *fileGrip) waited() bool { return g.held.Waited }

func (g *fileGrip) journal() (func(remediate.Record) error, func(), error) {
	state, err := g.app.stateDirectory()
	if err != nil {
		return nil, nil, err
	}
	file, err := journal.Directory(state.Journals()).Open(statedir.DeviceName(g.plan.Device.Serial, g.plan.URL))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", remediate.ErrJournal, err)
	}
	record := func(record remediate.Record) error { return file.Record(g.app.entry(g.run, g.plan, record)) }
	return record, func() { _ = file.Close() }, nil
}

func (g *fileGrip) archive(t target) func(remediate.Snapshot, remediate.DevicePlan) (string, error) {
	return g.app.archive(t, g.run)
}

// stillMine: the operating system's lock ends with the process and not before.
func (g *fileGrip) stillMine() func() error { return nil }

func (g *fileGrip) release() { _ = g.held.Release() }
