package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/consequence"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/store"
)

// The documented exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitPending     = 2
	exitBlocked     = 3
	exitStale       = 4
	exitHalted      = 5
	exitUsage       = 64
	exitInterrupted = 130
)

// precedence: where several codes apply, the first of these that does is the exit code.
var precedence = []int{exitUsage, exitInterrupted, exitStale, exitHalted, exitFailed, exitBlocked, exitPending}

// exitCode is an error that has already been shown.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// isShown tells whether an error is an exit code alone: what is wrong was said already.
func isShown(err error) bool {
	var code exitCode
	return errors.As(err, &code) && !errors.Is(err, remediate.ErrInterrupted)
}

// codeOf is the exit code that an error stands for.
func codeOf(err error) int {
	var code exitCode
	var wrong *misuse.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, remediate.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &wrong):
		return exitUsage
	default:
		return exitFailed
	}
}

// exitWith picks the code that counts among those that apply; nil when none does.
func exitWith(codes map[int]bool) error {
	for _, code := range precedence {
		if codes[code] {
			return exitCode(code)
		}
	}
	return nil
}

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
	case consequence.CodeBudget, consequence.CodeWindow:
		return exitHalted
	default:
		return exitFailed
	}
}

// storeHints say what to do about a store that can't be worked with.
var storeHints = []struct {
	kind error
	hint string
}{
	{store.ErrNewer, "take the acfix that is as new as the store, or another store with --store"},
	{store.ErrDamaged, "put the file aside and restore it from your own copies, or begin a new one with --store; journals and backups are in other files"},
	{store.ErrDown, "look whether the database server runs and can be reached from here; where the store is a file, whether another process holds it"},
}

// hintOf is what to do about an error; "" where only the error itself can be said.
func hintOf(err error) string {
	var wrong *misuse.Error
	if errors.As(err, &wrong) {
		return wrong.Hint
	}
	for _, row := range storeHints {
		if errors.Is(err, row.kind) {
			return row.hint
		}
	}
	return ""
}
