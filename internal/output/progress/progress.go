// Package progress tells people, or a program, how a run goes on: lines, bars on a terminal, or
// one event per line. It decides nothing, and what a run comes to is shown elsewhere.
package progress

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Watcher is told how a run goes on. Its methods are called from many goroutines; a place is
// that of a device in the run.
type Watcher interface {
	Begin(phase Phase, devices int)
	Happened(event rollout.Event)
	Stepping(place int, step remediate.Step, number, of int)
	Planned(place int, plan remediate.DevicePlan)
	Worked(place int, result remediate.DeviceResult)
	End()
}

// Noter is a Watcher that draws on a terminal, where what others write must not come between.
type Noter interface {
	Watcher
	Note(line string)
}

// Phase is what a run does with its devices at the moment.
type Phase string

// The phases.
const (
	Reading Phase = "read"
	Writing Phase = "write"
)

// Silent tells nobody.
type Silent struct{}

func (Silent) Begin(Phase, int)                       {}
func (Silent) Happened(rollout.Event)                 {}
func (Silent) Stepping(int, remediate.Step, int, int) {}
func (Silent) Planned(int, remediate.DevicePlan)      {}
func (Silent) Worked(int, remediate.DeviceResult)     {}
func (Silent) End()                                   {}

func waiting(event rollout.Event) string {
	return "waiting until " + event.Until.Format("15:04:05")
}

func planWord(plan remediate.DevicePlan) string {
	if plan.Skipped && plan.Error != nil {
		return plan.Error.Message
	}
	if plan.Error != nil {
		return fmt.Sprintf("%s: %s", plan.Verdict, plan.Error.Message)
	}
	return string(plan.Verdict)
}

func resultWord(result remediate.DeviceResult) string {
	if result.Error != nil {
		return fmt.Sprintf("%s: %s", result.Status, result.Error.Message)
	}
	return string(result.Status)
}
