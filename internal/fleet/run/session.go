package run

import (
	"context"
	"errors"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
)

// Session is a run that this process leads, from its start or a resume to its end.
type Session struct {
	*Run
	Assignment Assignment
	Record     *Record // nil where the run is not kept
	Unkept     error   // why it is not kept; nil where it is
	// Ended is how the run ended on record; the zero Ending before.
	Ended Ending
}

// BeginRun begins a run. A run that only reads and belongs to no job needs no store: without one it is kept in
// memory only, and Unkept says why. One that writes is then stopped from the beginning.
func (g Registry) BeginRun(what Assignment, devices []*access.Device) (*Session, error) {
	s := g.session(what, devices)
	record, err := g.Begin(what, devices)
	var misused *usage.Error
	switch {
	case err == nil:
		s.keep(record, g)
	case what.Action == ActionRestore || what.Job != "" || errors.As(err, &misused) ||
		what.Action == ActionApply && !localfault.Is(err):
		return nil, err
	default:
		if what.Action == ActionApply { // shows what was not done
			s.stopBefore(err)
		}
		s.Unkept, s.Book = err, NewMemoryBook(len(devices), what.Plans...)
		s.Evidence = g.Evidence(nil)
	}
	s.Watch = g.Watch(what, devices)
	return s, nil
}

// BeginOffline begins a run over files. It is not put on record: what a file shows is perhaps long past, and must
// change neither the last known state of a device nor an alarm. However many files can't be read, the others are
// planned, unless the operator set --max-unreachable: no device is spared by stopping.
func (g Registry) BeginOffline(what Assignment, devices []*access.Device) *Session {
	if unreachable := &what.Order.Settings.MaxUnreachable; !unreachable.Given {
		unreachable.Value, unreachable.Given = "100%", true
	}
	s := g.session(what, devices)
	s.Book = NewMemoryBook(len(devices))
	s.Watch = g.Watch(what, devices)
	return s
}

func (g Registry) session(what Assignment, devices []*access.Device) *Session {
	s := &Session{Run: New(what.ID, devices, g.Process), Assignment: what}
	if !what.Policy.IsZero() {
		s.Run.Policy = what.Policy
	}
	return s
}

func (s *Session) keep(record *Record, by Registry) {
	s.Record, s.Book = record, withSpare(record.Book(), s.StopFor)
	s.Evidence = by.Evidence(record.Store)
}

// Resumption says which run to resume, and how.
type Resumption struct {
	ID     string // or the beginning of one
	Action string // the run's action must be this one
	Order  Order  // given now; it wins over the recorded order
	// Open resumes only a run that goes on or is paused; store.ErrHeld if another process has ended it meanwhile.
	Open bool
	// Resolve sets how to reach the devices of a run, by its order, and returns the policy that the run was begun by.
	Resolve func(Assignment, []*access.Device) (certs.Policy, error)
}

// ResumeRun resumes a run with its original plan and settings: finished devices stay as they are, all others are
// read again. Errors: those of Reopen; usage errors if the run can't be resumed as asked.
func (g Registry) ResumeRun(asked Resumption) (*Session, error) {
	record, kept, err := g.Reopen(asked.ID)
	if err != nil {
		return nil, err
	}
	if asked.Open && !isOpen(kept) {
		return nil, errors.Join(explainHeld(kept.ID, store.ErrHeld), record.Close())
	}
	resumed, err := g.resume(record, kept, asked)
	if err != nil {
		return nil, errors.Join(err, record.Close())
	}
	return resumed, nil
}

func (g Registry) resume(record *Record, kept store.Run, asked Resumption) (*Session, error) {
	if err := record.UntilNoneInHand(); err != nil {
		return nil, err
	}
	resumed, err := g.restored(record, kept, asked)
	if err != nil {
		return nil, err
	}
	reopen := func(ctx context.Context) error { return record.Store.Reopen(ctx, kept.ID) }
	err = g.Process.Persist(reopen)
	if localfault.Is(err) && kept.Job == "" { // shows what was not done
		resumed.stopBefore(err)
		return resumed, nil
	}
	return resumed, notResumable(kept, err)
}

// notResumable adds what to do instead of resuming a run.
func notResumable(run store.Run, err error) error {
	if errors.Is(err, store.ErrPruned) {
		return usage.Errorf("run %s: %s", run.ID, err).Hint("begin a new run; it reads the devices anew")
	}
	if errors.Is(err, store.ErrNotResumable) || errors.Is(err, store.ErrRejected) {
		return usage.Errorf("run %s: %s", run.ID, err).Hint("run the job that plans again; it makes a new plan")
	}
	return err
}

// restored returns a run in its present state, with its recorded settings.
func (g Registry) restored(record *Record, kept store.Run, asked Resumption) (*Session, error) {
	if err := asked.fits(kept); err != nil {
		return nil, err
	}
	what, err := recalled(kept, asked.Order, record.Store.Shared())
	if err != nil {
		return nil, err
	}
	devices, stand, err := Devices(g.Process.Abort, record.Store, kept.ID, kept.Action)
	if err != nil {
		return nil, err
	}
	if what.Policy, err = asked.Resolve(what, devices); err != nil {
		return nil, err
	}
	if _, err := Waves(what.Order.Settings.Batch.Value, devices); err != nil {
		return nil, err
	}
	s := g.session(what, devices)
	s.keep(record, g)
	s.Standing, s.Watch = stand, g.Watch(what, devices)
	return s, nil
}

// fits refuses a run of another action, and one that a person ended.
func (asked Resumption) fits(kept store.Run) error {
	if kept.EndedByPerson() {
		return notResumable(kept, store.ErrRejected)
	}
	switch kept.Action {
	case asked.Action:
		return nil
	case ActionDryRun:
		const text = "run %s was a dry run; there is nothing to resume"
		return usage.Errorf(text, kept.ID).Hint("do it again: acfix apply --dry-run")
	case ActionRestore:
		const text = "run %s was a restore, which is not resumed"
		return usage.Errorf(text, kept.ID).Hint("restore the same run again; what is put back already stays")
	default:
		return usage.Errorf("run %s is of acfix %s", kept.ID, kept.Action).
			Hint("acfix " + kept.Action + " --resume " + kept.ID)
	}
}

// recalled returns the assignment of a recorded run under the order given now. In a shared store a path may be
// another machine's, and anyone who writes there could name a proxy that gets the passwords under --insecure.
func recalled(kept store.Run, given Order, shared bool) (Assignment, error) {
	what, err := Recall(kept, given)
	if err != nil {
		return what, err
	}
	if given.Inventory != "" || shared {
		what.Order.Inventory = given.Inventory
	}
	if shared { // a file of this name may be another here
		what.Order.Settings.Policy, what.Order.Settings.TrustPolicy = given.Settings.Policy, given.Settings.TrustPolicy
	}
	proxy := what.Order.Settings.Proxy.Value
	if shared && proxy != "" && !given.Settings.Proxy.Given {
		return what, usage.Errorf("the run was started with a proxy, which is not taken from a shared store").
			Hint("give it again: --proxy " + proxy)
	}
	if what.Saved {
		if err := given.Settings.CheckNoChoice(); err != nil {
			return what, err
		}
	}
	return what, what.Order.Settings.Check()
}

// Plan reads every unfinished device and decides; plans made before the run stand.
func (s *Session) Plan() error {
	if s.Assignment.Saved {
		return s.Survey()
	}
	rules, err := s.Assignment.Order.Settings.Reading(s.Assignment.Action == ActionPlan)
	if err != nil {
		return err
	}
	s.writesNext = s.Assignment.Action == ActionApply && !s.Assignment.AwaitsApproval && s.Hands == nil
	return s.Read(rules)
}

// CarryOut writes to the devices what their plans say.
func (s *Session) CarryOut(terms WriteTerms) error {
	rules, err := s.Assignment.Order.Settings.Writing(len(s.Devices))
	if err != nil {
		return err
	}
	return s.Write(rules, terms)
}

// End records how the run ended, and releases it. how is the caller's view; an interrupt does not end a run that
// another process resumes.
func (s *Session) End(how Ending) error {
	switch how.State {
	case store.RunInterrupted:
		if s.Assignment.ResumedByOthers {
			return s.Record.Close() // it stays running, and without a controller
		}
	case store.RunStopped:
		how.Reason = s.WhyHalted().Message
		if s.Halted() == rollout.WindowClosed {
			how.Opens = s.opens
		}
	case store.RunDone:
		if s.Assignment.AwaitsApproval && s.Planned() > 0 {
			how.State = store.RunWaiting
		}
	}
	if how.Reason == "" {
		how.Reason = s.Assignment.Note
	}
	var err error
	s.Ended, err = s.Record.End(how)
	return err
}

// EndLeft ends a run that another process left behind or that is paused, unless it was ended meanwhile. It waits for
// the workers of a run that carries out an approved plan: their results decide whether the approval is used.
func (g Registry) EndLeft(id string, how Ending) error {
	record, now, err := g.Reopen(id)
	if err != nil {
		return err
	}
	if !isOpen(now) {
		return record.Close()
	}
	if now.PlanRun != "" {
		err = record.UntilNoneInHand()
	}
	if err == nil {
		_, err = record.endRun(how)
	}
	return errors.Join(err, record.Close())
}

// isOpen reports whether a run is to go on: it is not ended, or only paused.
func isOpen(run store.Run) bool { return run.State == store.RunRunning || run.State == store.RunPaused }
