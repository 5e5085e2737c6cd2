package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Registry records runs, and keeps other processes off the runs that this one leads.
type Registry struct {
	Process Process
	Open    func() (*store.Store, error)
	State   func() (statedir.Directory, error) // has the locks of this machine
	Holder  func(*store.Store) store.Holder    // this process, as it takes leases
	// Evidence returns where runs of a store keep their evidence; the store is nil for a run that is not kept.
	Evidence func(*store.Store) evidence.Keeper
	Watch    func(what Assignment, targets []*access.Device) Watcher

	// What is stored with a run: version, machine, user@host, and the flags that were given, without secrets.
	Acfix, Host, Person string
	Flags               []string
	// Inventory returns the full path of an inventory and the SHA-256 of its bytes; nil knows none.
	Inventory func(path string) (name, digest string)
}

// Record is the run's place in a store.
type Record struct {
	Store   *store.Store
	Action  string
	PlanRun string // the run whose approved plan is carried out; "" for none
	// Tenure is the lease of the run's controller in a shared store; nil elsewhere.
	Tenure *store.Tenure

	process Process
	id      string
	expires time.Time // when the run's own plan, or the approved one that it carries out, is too old
	keeper  func(*store.Store) evidence.Keeper
	held    *statedir.Held // of this machine's other processes
}

// Begin begins a run in the store.
func (g Registry) Begin(what Assignment, all []*access.Device) (*Record, error) {
	run, err := what.kept()
	if err != nil {
		return nil, err
	}
	devices, err := what.devices(all)
	if err != nil {
		return nil, err
	}
	run.Person, run.Flags = g.Person, slices.Concat(g.Flags, what.flags())
	if g.Inventory != nil {
		run.Inventory, run.InventorySHA = g.Inventory(what.Order.Inventory)
	}
	return g.create(run, devices)
}

func (g Registry) create(run store.Run, devices []store.Device) (*Record, error) {
	opened, err := g.Open()
	if err != nil {
		return nil, err
	}
	r := g.record(opened, run)
	if err := g.hold(r, run); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	run.Created = g.Process.Clock.Now()
	r.expires = run.Expires()
	run.Acfix = g.Acfix
	run.Host = g.Host
	if err := r.insert(run, devices); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// insert creates the run in the store.
func (r *Record) insert(run store.Run, devices []store.Device) error {
	again := false
	return r.process.Persist(func(ctx context.Context) error {
		err := r.Store.CreateRun(ctx, run, devices)
		if again && errors.Is(err, store.ErrExists) {
			return r.unlessMade(ctx, err)
		}
		again = true
		return err
	})
}

// unlessMade returns nil if an earlier attempt created the run and only its answer was lost. A run that another
// scheduler created for the same planned time has another ID.
func (r *Record) unlessMade(ctx context.Context, exists error) error {
	kept, err := r.Store.Run(ctx, r.id)
	switch {
	case errors.Is(err, store.ErrUnknownRun), errors.Is(err, store.ErrAmbiguous), err == nil && kept.ID != r.id:
		return exists
	default:
		return err
	}
}

func (g Registry) record(opened *store.Store, run store.Run) *Record {
	return &Record{
		Store: opened, Action: run.Action, PlanRun: run.PlanRun,
		process: g.Process, id: run.ID, expires: run.Expires(), keeper: g.Evidence,
	}
}

// Reopen finds a run to resume, by its ID or the beginning of one, and keeps others off it. Errors: those of
// store.Store.Run; a usage.Error with cause store.ErrHeld if another process works on the run.
func (g Registry) Reopen(id string) (*Record, store.Run, error) {
	opened, err := g.Open()
	if err != nil {
		return nil, store.Run{}, err
	}
	run, err := opened.Run(g.Process.Abort, id)
	r := g.record(opened, run)
	if err == nil {
		err = g.hold(r, run)
	}
	if err == nil { // another process may have ended it meanwhile
		run, err = opened.Run(g.Process.Abort, run.ID)
	}
	if err != nil {
		return nil, run, errors.Join(err, r.Close())
	}
	return r, run, nil
}

// hold keeps a second process off the same run until this one ends, however it dies. A job's run has a lease
// even on one machine, because its scheduler watches it.
func (g Registry) hold(r *Record, run store.Run) error {
	state, err := g.State()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(g.Process.Abort, time.Second)
	defer cancel()
	r.held, err = state.Locks().Take(waiting, statedir.RunName(run.ID))
	if err != nil || !r.Store.Shared() && run.Job == "" {
		return explainHeld(run.ID, err)
	}
	holder := g.Holder(r.Store)
	taking, done := context.WithTimeout(g.Process.Abort, holder.Term)
	defer done()
	r.Tenure, err = holder.Run(taking, run.ID)
	return explainHeld(run.ID, err)
}

func explainHeld(run string, err error) error {
	if !errors.Is(err, statedir.ErrHeld) && !errors.Is(err, store.ErrHeld) {
		return err
	}
	problem := fmt.Sprintf("run %s is still going on", run)
	return &usage.Error{Problem: problem, Hint: `wait for it to end; "acfix history" lists runs`, Cause: store.ErrHeld}
}

// Lives reports whether a process of this machine works on a run.
func (g Registry) Lives(run string) bool {
	state, err := g.State()
	if err != nil {
		return false
	}
	return state.Locks().IsHeld(statedir.RunName(run))
}

// Book is the run's book, written under the lease of its controller.
func (r *Record) Book() Book {
	if r.Action != ActionRestore {
		return NewBook(r.process, r.Store, r.Writer(), r.id)
	}
	return &storedBook{
		process: r.process, store: r.Store, writer: r.Writer(), run: r.id, outcome: restoreOutcomeOf,
	}
}

// Writer writes under the lease of the run's controller, where there is one.
func (r *Record) Writer() store.Writer {
	if r.Tenure == nil {
		return r.Store.Writer
	}
	return r.Store.Under(r.Tenure.Lease())
}

// AskAgain is how often a controller checks the progress of the workers.
const AskAgain = 200 * time.Millisecond

// UntilNoneInHand withdraws earlier tasks and waits until workers finish the devices that they have started:
// their results decide what is left to do.
func (r *Record) UntilNoneInHand() error {
	ctx, cancel := r.process.Reading()
	defer cancel()
	for {
		held := 0
		err := r.process.Persist(func(ctx context.Context) (err error) {
			if err = r.Writer().WithdrawTasks(ctx, r.id); err != nil {
				return err
			}
			held, err = r.Store.HeldTasks(ctx, r.id)
			return err
		})
		if err != nil || held == 0 {
			return err
		}
		if r.process.Clock.Sleep(ctx, AskAgain) != nil {
			return fmt.Errorf("%w: %d devices are still in progress", remediate.ErrInterrupted, held)
		}
	}
}

// Ending is how a run ended.
type Ending struct {
	State  store.RunState
	Exit   int
	Reason string // "" where there is nothing to say
	// Opens returns when the change window that stopped the run opens next; nil for a run that no window stopped.
	Opens func(time.Time) time.Time
	// Unused: the run wrote nothing, so the plan that it took stays approved. Record.End decides it.
	Unused bool
}

// End records how the run ended, and releases it. It returns the ending on record: of a run that carries out an
// approved plan, it depends on what was written.
func (r *Record) End(how Ending) (Ending, error) {
	err := r.process.Persist(r.endPlanned)
	if err == nil {
		how, err = r.endRun(how)
	}
	return how, errors.Join(err, r.Close())
}

func (r *Record) endRun(how Ending) (Ending, error) {
	if r.PlanRun != "" {
		done, err := r.progress()
		if err != nil {
			return how, err
		}
		how = done.conclude(how, r.process.Clock.Now(), r.expires)
	}
	return how, r.process.Persist(func(ctx context.Context) error {
		now := r.process.Clock.Now()
		if how.Unused {
			became := fmt.Sprintf("run %s: %s", r.id, how.Reason)
			return r.Writer().EndUnwritten(ctx, r.id, how.State, how.Exit, how.Reason, now, r.PlanRun, became)
		}
		return r.Writer().EndRun(ctx, r.id, how.State, how.Exit, how.Reason, now)
	})
}

func (r *Record) progress() (done progress, err error) {
	err = r.process.Persist(func(ctx context.Context) (err error) {
		done, err = progressOf(ctx, r.Store, r.id, r.keeper(r.Store))
		return err
	})
	return done, err
}

// endPlanned marks devices that an apply has nothing to write to as ended by their plans.
func (r *Record) endPlanned(ctx context.Context) error {
	if r.Action != ActionApply {
		return nil
	}
	return r.Writer().EndPlanned(ctx, r.id, string(remediate.Change), r.process.Clock.Now())
}

// Close releases the run as it is.
func (r *Record) Close() error {
	if r.Tenure != nil {
		r.Tenure.End()
	}
	var err error
	if r.held != nil {
		err = r.held.Remove()
	}
	return errors.Join(err, r.Store.Close())
}
