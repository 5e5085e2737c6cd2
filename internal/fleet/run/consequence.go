package run

import (
	"errors"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/span"
	"github.com/acfix/acfix/remediate"
)

// Codes of failures that only a run has.
const (
	CodeBudget = "failure_budget"
	CodeWindow = "window_closed"
	// CodeNotInInventory is that of a device that left the inventory, or moved in it, after its plan was made.
	CodeNotInInventory = "not_in_inventory"
)

// failureOutcomes maps failures to what they mean for the rest of the run. All other failures concern
// their own device alone.
var failureOutcomes = map[string]rollout.Outcome{
	remediate.CodeInterrupted:  rollout.Cut,
	remediate.CodeUnauthorized: rollout.Unauthorized,
	remediate.CodeForbidden:    rollout.Unreadable,
	remediate.CodeUnreachable:  rollout.Unreadable,
	remediate.CodeUntrusted:    rollout.Unreadable,
	remediate.CodeTimeout:      rollout.Unreadable,
	remediate.CodeBadAnswer:    rollout.Unreadable,
	remediate.CodeUnsupported:  rollout.Unreadable,
	remediate.CodeBusy:         rollout.Unreadable,
	remediate.CodeNoPassword:   rollout.Unreadable,
	remediate.CodeLocalFault:   rollout.Hampered,
}

// OfPlan is what a plan means for the rest of the run.
func OfPlan(plan remediate.DevicePlan) rollout.Outcome {
	if plan.Error == nil {
		return rollout.Well
	}
	return OfFailure(plan.Error)
}

// OfFailure is what the failure of a device that was not written to means for the rest of the run.
func OfFailure(failure *remediate.Failure) rollout.Outcome {
	if failure.ForeignLogin {
		return rollout.Unreadable
	}
	if outcome, known := failureOutcomes[failure.Code]; known {
		return outcome
	}
	return rollout.Untouched
}

// OfResult is what a result means for the rest of the run.
func OfResult(result remediate.DeviceResult) rollout.Outcome {
	switch {
	case result.Status == remediate.Applied:
		return rollout.Changed
	case result.Error == nil:
		return rollout.Well
	case result.Error.Code == remediate.CodeInterrupted, result.Error.Code == remediate.CodeLocalFault:
		return failureOutcomes[result.Error.Code]
	case result.WasWrittenTo() && result.Error.Code == remediate.CodeUnauthorized && !result.Error.ForeignLogin:
		return rollout.BrokenUnauthorized
	case result.WasWrittenTo():
		return rollout.Broken
	default:
		return OfFailure(result.Error)
	}
}

// OfCheck is what the result of a post-soak check means for the rest of the run.
func OfCheck(result remediate.DeviceResult) rollout.Outcome {
	if result.Status == remediate.Applied {
		return rollout.Well
	}
	return OfResult(result)
}

// OfHalt returns the failure of devices that were never started because the run was halted.
func OfHalt(halt rollout.Halt) remediate.Failure { return halted[halt] }

// Closed returns the failure of devices that were never started because the change window is closed.
// opens is when it opens next, in its zone, or the zero time where that is not known.
func Closed(now, opens time.Time) remediate.Failure {
	why := halted[rollout.WindowClosed]
	if opens.After(now) {
		when := moment.Planned(opens)
		why.Message += "; it opens " + when + ", in " + span.Words(opens.Sub(now), time.Minute)
		why.Hint = "Resume with --resume when it is open, from " + when + " on."
	}
	return why
}

// stoppedReading is the message of a device whose reading was stopped on request.
const stoppedReading = "not read: stopped on request"

// NotRead is the plan of a device whose reading was stopped on request, which is not a failure of the device.
func NotRead(plan remediate.DevicePlan) remediate.DevicePlan {
	plan.Skipped = true
	plan.Error = &remediate.Failure{
		Code: remediate.CodeInterrupted, Message: stoppedReading, Hint: halted[rollout.Interrupted].Hint,
	}
	return plan
}

var halted = map[rollout.Halt]remediate.Failure{
	rollout.TooManyFailures: {
		Code: CodeBudget, Message: "not started: too many devices of this run failed after they were written to",
		Hint: "Look at the failures first. Then resume with --resume; --max-failures says how many may fail.",
	},
	rollout.TooManyUnreadable: {
		Code: CodeBudget, Message: "not started: too many devices of this run could not be read",
		Hint: "Look at the errors first. " +
			"Then resume with --resume; --max-unreachable says how many may be unreadable.",
	},
	rollout.WindowClosed: {
		Code: CodeWindow, Message: "not started: the change window is closed",
		Hint: "Resume with --resume when it is open.",
	},
	rollout.Interrupted: {
		Code: remediate.CodeInterrupted, Message: "not started: stopped on request",
		Hint: "Resume with --resume, or run the same command again: " +
			"it reads the devices and does only what is missing.",
	},
	rollout.MachineFault: {
		Code: remediate.CodeLocalFault, Message: "not started: a machine that works for this run has a fault",
		Hint: "Look at the failures first, mend that machine, then resume with --resume.",
	},
	rollout.Faulty: {
		Code: remediate.CodeBackupFailed, Message: "not started: what the run does could not be put on record",
		Hint: "Check the store that is named above, then resume with --resume.",
	},
}

// RefusedTwice is the failure of devices that were not started because two others refused the same credential.
var RefusedTwice = remediate.Failure{
	Code: remediate.CodeUnauthorized, Message: "not started: two devices refused the same user name and password",
	Hint: "Check user name and password. A credential that was refused twice is not tried again in the same run, " +
		"for many sites check it against one directory, which would lock the account.",
}

// Unread is the failure of an applied device whose post-soak check had no credential to log in with; why is the
// failure it would have if it had never been started.
func Unread(why remediate.Failure) *remediate.Failure {
	return &remediate.Failure{
		Code:    why.Code,
		Message: "not read again after the run: " + strings.TrimPrefix(why.Message, "not started: "),
		Hint:    sinceBegun(why.Hint) + " When the run ended, the change was there, verified and saved.",
	}
}

// Left is the failure of a device that a run had started and that the resumed run did not reach or could not
// read; why is the failure it would have if it had never been started.
func Left(why remediate.Failure) remediate.Failure {
	reason := strings.TrimPrefix(why.Message, "not started: ")
	why.Message = "begun before the run was cut off, and not finished: " + reason
	why.Hint = sinceBegun(why.Hint) + " What the run wrote before may be on the device, unsaved: " +
		"do not save there by hand before a resumed run has read it."
	return why
}

// sinceBegun removes from a hint what is true only of an untouched device.
func sinceBegun(hint string) string {
	return strings.TrimPrefix(hint, "Nothing was sent to the device. ")
}

// Unstarted is the plan of a device that was never started.
func Unstarted(device *access.Device, why remediate.Failure) remediate.DevicePlan {
	plan := remediate.ErrorPlan(nil)
	plan.Target, plan.URL = device.Name, device.URL
	plan.Error, plan.Skipped = &why, true
	return plan
}

// Since returns the result of a device after a later attempt of the same run. If that attempt failed before it
// wrote anything, the earlier one's steps, backup and leftovers still hold.
func Since(earlier, later remediate.DeviceResult) remediate.DeviceResult {
	if later.Status != remediate.Failed || later.WasWrittenTo() || !earlier.WasWrittenTo() {
		return later
	}
	earlier.Status, earlier.Error = later.Status, later.Error
	return earlier
}

// Refusal is the result of a device that nothing was written to.
func Refusal(plan remediate.DevicePlan, status remediate.Status, failure *remediate.Failure) remediate.DeviceResult {
	result := remediate.NewResult(plan)
	result.Status, result.Error = status, failure
	return result
}

// refusal is the result of a device that a saved plan no longer fits; err comes from planfile.SavedPlan.Fits.
func refusal(plan remediate.DevicePlan, err error) remediate.DeviceResult {
	status := remediate.Stale
	if errors.Is(err, remediate.ErrJournal) {
		status = remediate.Failed
	}
	return Refusal(plan, status, remediate.Fail(err))
}
