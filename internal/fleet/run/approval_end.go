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
		if left {
			done.left = append(done.left, device.Target)
		}
	}
	return done, nil
}

func progressAt(device store.Device, run string, kept evidence.Keeper) (wrote, left bool, err error) {
	if device.Result == nil {
		if device.State == store.DeviceWaiting {
			return false, true, nil
		}
		plan, err := planOf(device)
		if err != nil {
			return false, true, err
		}
		wrote, err = intended(plan, run, kept)
		return wrote, true, err
	}
	result, _, err := resultOf(device)
	if err != nil {
		return false, true, err
	}
	return result.WasWrittenTo(), isLeft(result), nil
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

func isLeft(result remediate.DeviceResult) bool {
	return result.Status == remediate.Skipped || result.Error != nil && leftCodes[result.Error.Code]
}

// conclude returns how the run of an approved plan ends. Where nothing was written, the approval is unused. A run that
// wrote something and that the change window stopped is paused if the window opens again before
// expires, when the plan is too old.
// docs/design/server.md: An approval is used by the first write
func (done progress) conclude(how Ending, now, expires time.Time) Ending {
	say := func(text string) { how.Reason = strings.TrimPrefix(how.Reason+"; "+text, "; ") }
	switch {
	case !done.wrote:
		say("nothing was written, so the plan stays approved until " + inWords(expires))
		how.Unused = true
		return how
	case len(done.left) == 0:
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
		done.leftWords(), inWords(opens))
	return how
}

// mostLeft is how many devices are named.
const mostLeft = 20

func (done progress) leftWords() string {
	names := strings.Join(done.left[:min(len(done.left), mostLeft)], ", ")
	if more := len(done.left) - mostLeft; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%d of its devices are left: %s", len(done.left), names)
}

func inWords(at time.Time) string { return moment.Planned(at) }
