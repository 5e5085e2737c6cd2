package main

import (
	"cmp"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// finish notes how the run ended, and returns the error that it ended with.
func (r *fleetRun) finish(cause error) error {
	if r.Record == nil {
		return cause
	}
	if r.leavesDevices(cause) && r.app.abort.Err() == nil {
		r.app.say("To resume this run: %s", r.resumeCommand())
	}
	err := r.end(cause)
	switch {
	case err != nil && r.app.abort.Err() != nil:
		return r.leftAtOnce()
	case err == nil || cause == nil:
		return cmp.Or(cause, err)
	}
	r.app.complain(err)
	return cause
}

// leavesDevices reports whether --resume has anything to do. A run that was asked to stop during
// its last device has come to its end all the same.
func (r *fleetRun) leavesDevices(cause error) bool {
	switch codeOf(cause) {
	case exitDone, exitPending, exitBlocked:
		return false
	}
	return r.Halted() != rollout.Going && !r.Assignment.ResumedByOthers && r.Record.Action != run.ActionDryRun
}

// resumeCommand is the command that resumes the run.
func (r *fleetRun) resumeCommand() string {
	return fmt.Sprintf("acfix %s --resume %s%s", r.Record.Action, r.ID, r.storeFlags())
}

// leftAtOnce is the end after a second interrupt. The store has the run as it stood, and writing
// to it was left too; what failed for that is no news.
func (r *fleetRun) leftAtOnce() error {
	left := &usage.Error{Problem: "left at once", Hint: "resume this run: " + r.resumeCommand(), Cause: remediate.ErrInterrupted}
	switch r.Record.Action {
	case run.ActionApply:
		left.Problem = "left at once: what is on the devices may be unsaved"
	case run.ActionDryRun:
		left.Hint = "do it again: acfix apply --dry-run"
	}
	return left
}

// storeFlags are what to give again to --resume. A shared store does not say where an inventory is: a
// path in it may be anybody's.
func (r *fleetRun) storeFlags() string {
	switch {
	case r.Record.Store.Shared():
		return ", with the same --store and -i"
	case r.app.flags.store != "":
		return ", with the same --store"
	default:
		return ""
	}
}

// end notes how the run ended, which is the error and the exit code that it stands for.
func (r *fleetRun) end(cause error) error {
	how := run.Ending{State: store.RunDone, Exit: codeOf(cause)}
	switch {
	case how.Exit == exitInterrupted:
		how.State = store.RunInterrupted
	case how.Exit == exitHalted:
		how.State = store.RunStopped
	case cause != nil && !isShown(cause):
		how.State, how.Reason = store.RunFailed, cause.Error()
	}
	return r.End(how)
}

// takeOver copies the approved plans that the run carries out, where it is such a run.
func (r *fleetRun) takeOver() error {
	if r.Assignment.PlanRun == "" {
		return nil
	}
	if err := r.TakeOver(r.Record); err != nil {
		return r.finish(err)
	}
	return nil
}
