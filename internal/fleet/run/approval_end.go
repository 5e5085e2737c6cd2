package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// progress is what the run of an approved plan did.
type progress struct {
	wrote bool     // a write was sent to a device, or may have been
	left  []string // names of devices that the plan changes and that were not started or not finished
	gone  []string // of those that the inventory no longer has at their address: no later window changes that
	stale []string // of those that the plan no longer fits
}

// progressOf reads the progress of a run from the store, and of a device without a result from its journal: a process
// can die after it started a device and before it wrote.
func progressOf(ctx context.Context, opened *store.Store, run string, kept evidence.Keeper) (progress, error) {
	var done progress
	for device, err := range opened.Devices(ctx, run) {
		if err != nil {
			return done, err
		}
		if device.Verdict != string(remediate.Change) {
			continue
		}
		wrote, left, err := progressAt(device, run, kept)
		if err != nil {
			return done, err
		}
		done.wrote = done.wrote || wrote
		switch left {
		case isLeft:
			done.left = append(done.left, device.Target)
		case isGone:
			done.gone = append(done.gone, device.Target)
		case isStale:
			done.stale = append(done.stale, device.Target)
		}
	}
	return done, nil
}

// whatIsLeft is what a later run of the plan could still do to a device.
type whatIsLeft int

const (
	isEnded whatIsLeft = iota
	isLeft             // all, or the rest
	isGone             // nothing, unless the inventory has the device again
	isStale            // nothing
)

func progressAt(device store.Device, run string, kept evidence.Keeper) (wrote bool, left whatIsLeft, err error) {
	if device.Result == nil {
		if device.State == store.DeviceWaiting {
			return false, isLeft, nil
		}
		plan, err := planOf(device)
		if err != nil {
			return false, isLeft, err
		}
		wrote, err = intended(plan, run, kept)
		return wrote, isLeft, err
	}
	result, _, err := resultOf(device)
	if err != nil {
		return false, isLeft, err
	}
	if result.WasWrittenTo() || result.Status != remediate.Failed {
		return result.WasWrittenTo(), leftOf(result), nil
	}
	plan, err := planOf(device) // a process before this one may have died with a write on its way
	if err == nil {
		wrote, err = intended(plan, run, kept)
	}
	return wrote, leftOf(result), err
}

// intended reports whether a device's journal says that a run was about to write.
func intended(plan remediate.DevicePlan, run string, kept evidence.Keeper) (bool, error) {
	entries, err := kept.Entries(deviceOf(plan))
	for _, entry := range entries {
		if entry.Run == run && entry.Event == remediate.EventIntent {
			return true, nil
		}
	}
	return false, err
}

// leftCodes are the failures of devices that a halt or an interrupt kept from being started or finished.
var leftCodes = map[string]bool{CodeWindow: true, CodeBudget: true, remediate.CodeInterrupted: true}

func leftOf(result remediate.DeviceResult) whatIsLeft {
	switch {
	case result.Error != nil && result.Error.Code == CodeNotInInventory:
		return isGone
	case result.Status == remediate.Stale:
		return isStale
	case result.Status == remediate.Skipped, result.Error != nil && leftCodes[result.Error.Code]:
		return isLeft
	default:
		return isEnded
	}
}

// conclude returns how the run of an approved plan ends. Where nothing was written, the approval is unused. A run that
// wrote something and that the change window stopped is paused if the window opens again before
// expires, when the plan is too old.
// docs/design/server.md: An approval is used by the first write
func (done progress) conclude(how Ending, now, expires time.Time) Ending {
	say := func(text string) { how.Reason = strings.Trim(how.Reason+"; "+text, "; ") }
	switch {
	case !done.wrote:
		say(done.lostWords())
		say("nothing was written, so " + store.StaysApproved + " " + moment.Planned(expires))
		how.Unused = true
		return how
	case len(done.left) == 0:
		say(done.lostWords())
		return how
	case how.Opens == nil:
		say(done.leftWords())
		return how
	}
	opens := how.Opens(now)
	if opens.IsZero() || !opens.Before(expires) {
		how.State = store.RunStopped
		say(done.leftWords() + "; the plan is too old before the change window opens again")
		return how
	}
	how.State = store.RunPaused
	how.Reason = fmt.Sprintf("paused; %s; the run resumes when the change window opens, %s",
		done.leftWords(), moment.Planned(opens))
	return how
}

// mostLeft is how many devices are named.
const mostLeft = 20

func (done progress) leftWords() string {
	words := fmt.Sprintf("%d of its devices are left: %s", len(done.left), named(done.left))
	return strings.TrimSuffix(words+"; "+done.lostWords(), "; ")
}

// lostWords names the devices for which the plan is lost; "" for none.
func (done progress) lostWords() string {
	var words []string
	if len(done.gone) > 0 {
		words = append(words, "skipped, for the inventory no longer has them at their address: "+named(done.gone))
	}
	if len(done.stale) > 0 {
		words = append(words, "stale, for the plan no longer fits them: "+named(done.stale)+"; plan them again")
	}
	return strings.Join(words, "; ")
}

// named joins the names, and counts those beyond mostLeft.
func named(devices []string) string {
	names := strings.Join(devices[:min(len(devices), mostLeft)], ", ")
	if more := len(devices) - mostLeft; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}
