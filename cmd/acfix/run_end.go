package main

import (
	"cmp"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/run"
	"github.com/acfix/acfix/store"
)

// finish notes how the run ended, and returns the error that it ended with.
func (r *fleetRun) finish(cause error) error {
	if r.record == nil {
		return cause
	}
	if action := r.record.Action; r.Halted() != fleet.Going && !r.goesOn && action != run.ActionDryRun {
		r.say("To go on with this run: acfix %s --resume %s%s", action, r.ID, r.alike())
	}
	err := r.end(cause)
	if err == nil || cause == nil {
		return cmp.Or(cause, err)
	}
	r.complain(err)
	return cause
}

// alike is what to give again to --resume. A shared store does not say where an inventory is: a
// path in it may be anybody's.
func (r *fleetRun) alike() string {
	switch {
	case r.record.Store.Shared():
		return ", with the same --store and -i"
	case r.flags.store != "":
		return ", with the same --store"
	default:
		return ""
	}
}

// end notes how the run ended, which is the error and the exit code that it stands for.
func (r *fleetRun) end(cause error) error {
	how := run.Ending{State: store.RunDone, Exit: codeOf(cause), Reason: r.note}
	switch {
	case how.Exit == exitInterrupted && r.goesOn:
		return r.record.Close() // it stays running, and without a controller
	case how.Exit == exitInterrupted:
		how.State = store.RunInterrupted
	case how.Exit == exitHalted:
		how.State, how.Reason = store.RunStopped, r.WhyHalted().Message
	case cause != nil && !isShown(cause):
		how.State, how.Reason = store.RunFailed, cause.Error()
	case r.waits && r.Planned() > 0:
		how.State = store.RunWaiting
	}
	return r.record.End(how)
}
