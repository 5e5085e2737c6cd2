package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// planCodes are the exit codes that plans stand for.
type planCodes struct {
	detailed bool
	found    map[int]bool
}

// of notes each plan as it goes by: to read ten thousand from the store twice takes a while.
func (c planCodes) of(devices report.PlanDevices) report.PlanDevices {
	return func(yield func(remediate.DevicePlan, error) bool) {
		for device, err := range devices {
			if err == nil {
				c.note(device)
			}
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

// resultExit: a run that was asked to stop, and left anything undone, was interrupted,
// whatever else the device in hand came to.
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
