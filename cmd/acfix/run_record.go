package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/lock"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/statedir"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/tenure"
)

// Actions of a run, as the store calls them.
const (
	actionPlan   = "plan"
	actionApply  = "apply"
	actionDryRun = "dry_run"
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

// record is the run's place in a store.
type record struct {
	app    *app
	store  *store.Store
	id     string
	action string
	held   *lock.Held // of this machine's other processes
	// tenure is the lease of the run's controller, in a store that others use too.
	tenure *tenure.Tenure

	// scheduled: a scheduler looks after the run, so it has a controller on one machine too.
	scheduled bool

	planRun string // the run whose approved plan is carried out; "" for none

	note   string // why there is this run, where that is not plain
	waits  bool   // what is planned waits for approval
	goesOn bool   // stopped, it is gone on with by itself
}

// create begins a run in the store.
func (a *app) create(run store.Run, devices []store.Device) (*record, error) {
	opened, err := a.openStore()
	if err != nil {
		return nil, err
	}
	r := &record{app: a, store: opened, id: run.ID, action: run.Action, scheduled: run.Job != ""}
	err = r.hold()
	if err == nil {
		err = r.insert(run, devices)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *record) insert(run store.Run, devices []store.Device) error {
	run.Created, run.Acfix = r.app.now(), version
	run.Host, _ = os.Hostname()
	return r.app.persist(func(ctx context.Context) error { return r.store.CreateRun(ctx, run, devices) })
}

// reopen finds a run that is to go on, and keeps others off it.
func (a *app) reopen(id string) (*record, store.Run, error) {
	opened, err := a.openStore()
	if err != nil {
		return nil, store.Run{}, err
	}
	run, err := opened.Run(a.abort, id)
	r := &record{app: a, store: opened, id: run.ID, action: run.Action, scheduled: run.Job != "", planRun: run.PlanRun}
	if err == nil {
		err = r.hold()
	}
	if err != nil {
		return nil, run, errors.Join(noRun(id, err), r.close())
	}
	return r, run, nil
}

// noRun says how to find a run.
func noRun(id string, err error) error {
	if errors.Is(err, store.ErrUnknownRun) || errors.Is(err, store.ErrAmbiguous) {
		return misuse.New("\"acfix history\" lists the runs", "%s: %s", id, err)
	}
	return err
}

// hold keeps a second process off the same run; it ends with this one, however that dies.
func (r *record) hold() error {
	state, err := r.app.stateDirectory()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(r.app.abort, time.Second)
	defer cancel()
	r.held, err = lock.Directory(state.Locks()).Take(waiting, statedir.RunName(r.id))
	if err == nil && (r.store.Shared() || r.scheduled) {
		taking, done := context.WithTimeout(r.app.abort, r.app.leaseTerm())
		defer done()
		r.tenure, err = r.app.holder(r.store).Run(taking, r.id)
	}
	if errors.Is(err, lock.ErrHeld) || errors.Is(err, store.ErrHeld) {
		return &misuse.Error{Problem: fmt.Sprintf("run %s is still going on", r.id), Hint: "wait for it to end; \"acfix history\" lists runs", Cause: store.ErrHeld}
	}
	return err
}

// lives tells whether a process of this machine has a run in hand.
func (a *app) lives(run string) bool {
	state, err := a.stateDirectory()
	if err != nil {
		return false
	}
	at, cancel := context.WithCancel(a.abort)
	cancel() // ask once, and don't wait
	held, err := lock.Directory(state.Locks()).Take(at, statedir.RunName(run))
	if err == nil {
		_ = held.Release()
	}
	return errors.Is(err, lock.ErrHeld)
}

func (r *record) book() book {
	return &storedBook{app: r.app, store: r.store, writer: r.writer(), run: r.id}
}

// writer writes under the lease of the run's controller, where there is one.
func (r *record) writer() store.Writer {
	if r.tenure == nil {
		return r.store.Writer
	}
	return r.store.Under(r.tenure.Lease())
}

// end notes how the run ended, which is the error and the exit code that it stands for.
func (r *record) end(cause error, halt fleet.Halt, changes int) error {
	code := codeOf(cause)
	state, reason := store.RunDone, r.note
	switch {
	case code == exitInterrupted && r.goesOn:
		return r.close() // it stays running, and without a controller
	case code == exitInterrupted:
		state = store.RunInterrupted
	case code == exitHalted:
		state, reason = store.RunStopped, haltFailures[halt].Message
	case cause != nil && !isShown(cause):
		state, reason = store.RunFailed, cause.Error()
	case r.waits && changes > 0:
		state = store.RunWaiting
	}
	err := r.app.persist(func(ctx context.Context) error {
		if err := r.endPlanned(ctx); err != nil {
			return err
		}
		return r.writer().EndRun(ctx, r.id, state, code, reason, r.app.now())
	})
	return errors.Join(err, r.close())
}

// endPlanned: where an apply has nothing to write, its plan is the last word on the device.
func (r *record) endPlanned(ctx context.Context) error {
	if r.action != actionApply {
		return nil
	}
	return r.writer().EndPlanned(ctx, r.id, string(remediate.Change), r.app.now())
}

func (r *record) close() error {
	if r.tenure != nil {
		r.tenure.End()
	}
	var err error
	if r.held != nil {
		err = r.held.Release()
	}
	return errors.Join(err, r.store.Close())
}
