package run

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Fault is what stopped a run and is no device's: this machine, or the store, failed.
type Fault struct {
	remediate.Failure
	cause error
}

func (f *Fault) Error() string { return f.Message }

func (f *Fault) Unwrap() error { return f.cause }

// FaultOf returns an error of this machine or of the store as a Fault.
func FaultOf(err error) *Fault {
	failure := *remediate.Fail(err)
	if !localfault.Is(err) {
		failure = halted[rollout.Faulty]
		failure.Message = err.Error()
	}
	return &Fault{Failure: failure, cause: err}
}

// faults keeps the first fault of a run.
type faults struct {
	mutex sync.Mutex
	first *Fault
}

func (f *faults) note(fault *Fault) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.first == nil {
		f.first = fault
	}
}

// noteFailure notes the failure of a device if it is this machine's.
func (f *faults) noteFailure(failure *remediate.Failure) {
	if failure != nil && failure.Code == remediate.CodeLocalFault {
		f.note(&Fault{Failure: *failure})
	}
}

func (f *faults) found() *Fault {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.first
}

// Fault returns the fault that stopped the run; nil if none did.
func (r *Run) Fault() *Fault { return r.faults.found() }

// StopFor keeps the run from starting any device, because of an error of this machine or of the store.
func (r *Run) StopFor(err error) { r.faults.note(FaultOf(err)) }

// stopBefore does the same before the run has begun.
func (r *Run) stopBefore(err error) {
	r.StopFor(err)
	r.halt, r.why = rollout.MachineFault, r.Fault().notStarted()
}

// notStarted is the failure of devices that were not started because of the fault.
func (f *Fault) notStarted() remediate.Failure {
	why := f.Failure
	why.Message = "not started: the run stopped at a fault that is not this device's: " +
		strings.TrimPrefix(why.Message, "not started: ")
	return why
}

// isOfStore reports whether an error is the store's, which says nothing about a device. A lost lease is not.
func isOfStore(err error) bool {
	var failed *store.Error
	return errors.As(err, &failed) && !errors.Is(err, context.Canceled)
}

// hidden are the outcomes that matter no more once a fault stops the run.
var hidden = map[rollout.Outcome]bool{
	rollout.Well: true, rollout.Changed: true, rollout.Broken: true, rollout.Untouched: true, rollout.Unreadable: true,
}

// stoppingExecutor ends the work on devices at the first fault. A device that could not be started because the store
// failed counts as never started.
type stoppingExecutor struct {
	rollout.Executor
	run *Run
}

func (s stoppingExecutor) Execute(ctx context.Context, place int) (rollout.Outcome, error) {
	outcome, err := s.Executor.Execute(ctx, place)
	if err != nil && s.run.Hands == nil && isOfStore(err) {
		s.run.StopFor(err)
		s.run.unstarted.add(place)
		return rollout.Hampered, nil
	}
	if err == nil && s.run.Fault() != nil && hidden[outcome] {
		outcome = rollout.Hampered
	}
	return outcome, err
}

func (s stoppingExecutor) Check(ctx context.Context, place int) (rollout.Outcome, error) {
	outcome, err := s.Executor.Check(ctx, place)
	if err != nil && s.run.Hands == nil && isOfStore(err) {
		s.run.StopFor(err)
		return rollout.Hampered, nil
	}
	return outcome, err
}

// stopping has the executor stop at the first fault; the result asks before a login if the executor does.
func (r *Run) stopping(x rollout.Executor) rollout.Executor {
	stopping := stoppingExecutor{x, r}
	if asking, asks := x.(rollout.Asking); asks {
		return askingExecutor{stopping, asking}
	}
	return stopping
}

type askingExecutor struct {
	stoppingExecutor
	asking rollout.Asking
}

func (a askingExecutor) Ask(may func(place int) bool) { a.asking.Ask(may) }
