package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// planCodes collects the exit codes of plans.
type planCodes struct {
	detailed bool
	found    map[int]bool
}

// collect notes each plan as it is read: reading ten thousand plans twice from the store would take a while.
func (c planCodes) collect(devices report.PlanDevices) report.PlanDevices {
	return func(yield func(remediate.DevicePlan, error) bool) {
		for device, err := range devices {
			c.note(device)
			if !yield(device, err) {
				return
			}
		}
	}
}

func (c planCodes) note(device remediate.DevicePlan) {
	switch device.Verdict {
	case remediate.Errored:
		c.found[failureExit(device.Error)] = true
	case remediate.Blocked:
		c.found[exitBlocked] = true
	case remediate.Change:
		c.found[exitPending] = c.detailed
	}
}

// resultExit returns the exit code of results. A run that was asked to stop and left anything undone counts as
// interrupted, whatever its results.
func (a *app) resultExit(devices report.ResultDevices, detailed bool) error {
	codes := map[int]bool{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		codes[exitBlocked] = codes[exitBlocked] || len(device.ByHand) > 0
		undone := device.Status != remediate.Applied && device.Status != remediate.Unchanged
		codes[exitInterrupted] = codes[exitInterrupted] || undone && a.stopped()
		switch device.Status {
		case remediate.Failed, remediate.RolledBack, remediate.Skipped:
			codes[failureExit(device.Error)] = true
		case remediate.Stale:
			codes[exitStale] = true
		case remediate.StatusBlocked:
			codes[exitBlocked] = true
		case remediate.Planned:
			codes[exitPending] = detailed
		}
	}
	return exitWith(codes)
}

func failureExit(failure *remediate.Failure) int {
	if failure == nil {
		return exitFailed
	}
	switch failure.Code {
	case remediate.CodeInterrupted:
		return exitInterrupted
	case run.CodeBudget, run.CodeWindow:
		return exitHalted
	default:
		return exitFailed
	}
}
