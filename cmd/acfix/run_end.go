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

// finish records how the run ended, and returns the error that it ended with.
func (r *fleetRun) finish(cause error) error {
	if r.Record == nil {
		return cause
	}
	err := r.end(cause)
	if err == nil && r.Assignment.PlanRun != "" && r.Ended.Reason != "" {
		r.app.say("Run %s: %s.", r.ID, r.Ended.Reason)
	}
	goesOn := r.Ended.Unused || r.Ended.State == store.RunPaused
	if !goesOn && r.leavesDevices(cause) && r.app.abort.Err() == nil {
		r.app.say("To resume this run: %s", r.resumeCommand())
	}
	switch {
	case err != nil && r.app.abort.Err() != nil:
		return r.leftAtOnce()
	case err == nil || cause == nil:
		return cmp.Or(cause, err)
	}
	r.app.complain(err)
	return cause
}

// leavesDevices reports whether --resume has anything to do. A run that was stopped during its last device is complete.
func (r *fleetRun) leavesDevices(cause error) bool {
	switch codeOf(cause) {
	case exitDone, exitPending, exitBlocked:
		return false
	}
	return r.Halted() != rollout.Going && !r.Assignment.ResumedByOthers && r.Record.Action != run.ActionDryRun &&
		r.Record.Action != run.ActionRestore
}

// resumeCommand returns the command that resumes the run.
func (r *fleetRun) resumeCommand() string {
	return fmt.Sprintf("acfix %s --resume %s%s", r.Record.Action, r.ID, r.storeFlags())
}

// leftAtOnce returns the error after a second interrupt. Writing to the store was abandoned too, so its errors are
// not shown.
func (r *fleetRun) leftAtOnce() error {
	left := &usage.Error{
		Problem: "left at once", Hint: "resume this run: " + r.resumeCommand(), Cause: remediate.ErrInterrupted,
	}
	switch r.Record.Action {
	case run.ActionApply:
		left.Problem = "left at once: what is on the devices may be unsaved"
	case run.ActionRestore:
		left.Problem = "left at once: what is on the devices may be unsaved"
		left.Hint = "restore the same run again; it reads the devices first"
	case run.ActionDryRun:
		left.Hint = "do it again: acfix apply --dry-run"
	}
	return left
}

// storeFlags returns the flags that --resume needs again. The inventory's path is not taken from a shared store:
// others may have written it.
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

// end records the state, exit code and reason of the run's end.
func (r *fleetRun) end(cause error) error {
	how := run.Ending{State: store.RunDone, Exit: codeOf(cause)}
	switch {
	case how.Exit == exitInterrupted:
		how.State = store.RunInterrupted
	case how.Exit == exitHalted, r.Halted() == rollout.MachineFault:
		how.State = store.RunStopped
	case cause != nil && !isShown(cause):
		how.State, how.Reason = store.RunFailed, cause.Error()
	}
	return r.End(how)
}

// takeOver copies the approved plans that the run carries out, if it is a run for approved plans.
func (r *fleetRun) takeOver() error {
	if r.Assignment.PlanRun == "" {
		return nil
	}
	if err := r.TakeOver(r.Record); err != nil {
		return r.finish(err)
	}
	return nil
}
