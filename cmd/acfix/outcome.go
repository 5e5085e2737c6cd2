package main

import (
	"strings"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
)

// failureOutcomes says what a failure means for the rest of the run. Failures that are not
// here concern their own device alone.
var failureOutcomes = map[string]fleet.Outcome{
	remediate.CodeInterrupted:  fleet.Cut,
	remediate.CodeUnauthorized: fleet.Unauthorized,
	remediate.CodeForbidden:    fleet.Unreadable,
	remediate.CodeUnreachable:  fleet.Unreadable,
	remediate.CodeUntrusted:    fleet.Unreadable,
	remediate.CodeTimeout:      fleet.Unreadable,
	remediate.CodeBadAnswer:    fleet.Unreadable,
	remediate.CodeUnsupported:  fleet.Unreadable,
	remediate.CodeBusy:         fleet.Unreadable,
	remediate.CodeNoPassword:   fleet.Unreadable,
}

// readOutcome is what a plan means for the rest of the run.
func readOutcome(plan remediate.DevicePlan) fleet.Outcome {
	if plan.Error == nil {
		return fleet.Well
	}
	return outcomeOf(plan.Error)
}

func outcomeOf(failure *remediate.Failure) fleet.Outcome {
	if outcome, known := failureOutcomes[failure.Code]; known {
		return outcome
	}
	return fleet.Untouched
}

// writeOutcome is what a result means for the rest of the run.
func writeOutcome(result remediate.DeviceResult) fleet.Outcome {
	switch {
	case result.Status == remediate.Applied:
		return fleet.Changed
	case result.Error == nil:
		return fleet.Well
	case result.Error.Code == remediate.CodeInterrupted:
		return fleet.Cut
	case result.WasWrittenTo() && result.Error.Code == remediate.CodeUnauthorized:
		return fleet.BrokenUnauthorized
	case result.WasWrittenTo():
		return fleet.Broken
	default:
		return outcomeOf(result.Error)
	}
}

// checkOutcome is what a reading after a soak means for the rest of the run.
func checkOutcome(result remediate.DeviceResult) fleet.Outcome {
	if result.Status == remediate.Applied {
		return fleet.Well
	}
	return writeOutcome(result)
}

// haltFailures is what is said of devices that were never started.
var haltFailures = map[fleet.Halt]remediate.Failure{
	fleet.TooManyFailures: {
		Code: codeBudget, Message: "not started: too many devices of this run failed after they were written to",
		Hint: "Look at the failures first. Then go on with --resume; --max-failures says how many may fail.",
	},
	fleet.TooManyUnreadable: {
		Code: codeBudget, Message: "not started: too many devices of this run could not be read",
		Hint: "Look at the errors first. Then go on with --resume; --max-unreachable says how many may be unreadable.",
	},
	fleet.WindowClosed: {
		Code: codeWindow, Message: "not started: the change window is closed",
		Hint: "Go on with --resume when it is open.",
	},
	fleet.Interrupted: {
		Code: remediate.CodeInterrupted, Message: "not started: stopped on request",
		Hint: "Go on with --resume, or run the same command again: it reads the devices and does only what is missing.",
	},
	fleet.Faulty: {
		Code: remediate.CodeBackupFailed, Message: "not started: what the run does could not be put on record",
		Hint: "Check the store that is named above, then go on with --resume.",
	},
}

// credentialFailure is said of devices that were not started because two others refused
// the same credential.
var credentialFailure = remediate.Failure{
	Code: remediate.CodeUnauthorized, Message: "not started: two devices refused the same user name and password",
	Hint: "Check user name and password. A credential that was refused twice is not tried again in the same run, for many sites check it against one directory, which would lock the account.",
}

// unreadFailure is said of a device that was applied and that the soak did not read again,
// because two others refused the same credential by then.
var unreadFailure = remediate.Failure{
	Code:    remediate.CodeUnauthorized,
	Message: "not read again after the run: two devices refused the same user name and password",
	Hint:    credentialFailure.Hint + " When the run ended, the change was there, verified and saved.",
}

// left is said of a device that a resumed run had begun with and did not come back to.
func left(why remediate.Failure) remediate.Failure {
	why.Message = "begun before the run was cut off, and not gone on with: " + strings.TrimPrefix(why.Message, "not started: ")
	return why
}

// Codes of failures that only a run has.
const (
	codeBudget = "failure_budget"
	codeWindow = "window_closed"
)

// skipped is the plan of a device that was never started.
func skipped(t target.Target, why remediate.Failure) remediate.DevicePlan {
	plan := remediate.ErrorPlan(nil)
	plan.Target, plan.URL, plan.Error, plan.Skipped = t.Name, t.URL, &why, true
	return plan
}
