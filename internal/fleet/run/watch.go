package run

import (
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Watcher follows the progress of a run. Its methods are called from many goroutines; place is the
// device's index in the run.
type Watcher interface {
	Begin(phase Phase, devices int)
	Happened(event rollout.Happening)
	Stepping(place int, step remediate.Step, number, of int)
	Planned(place int, plan remediate.DevicePlan)
	Worked(place int, result remediate.DeviceResult)
	End()
}

// Phase is the current phase of a run.
type Phase string

// The phases.
const (
	Reading Phase = "read"
	Writing Phase = "write"
)

// Silent is a Watcher that ignores everything.
type Silent struct{}

func (Silent) Begin(Phase, int)                       {}
func (Silent) Happened(rollout.Happening)             {}
func (Silent) Stepping(int, remediate.Step, int, int) {}
func (Silent) Planned(int, remediate.DevicePlan)      {}
func (Silent) Worked(int, remediate.DeviceResult)     {}
func (Silent) End()                                   {}
