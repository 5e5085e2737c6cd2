package run

import (
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Watcher follows the progress of a run. Its methods are called from many goroutines; place is the
// device's index in the run.
type Watcher interface {
	Begin(phase Phase, devices int)                          // a phase starts
	Happened(event rollout.Happening)                        // the rollout decided something
	Stepping(place int, step remediate.Step, number, of int) // a step is about to start
	Planned(place int, plan remediate.DevicePlan)
	Worked(place int, result remediate.DeviceResult)
	End() // the phase is over
}

// Phase is the current phase of a run.
type Phase string

// The phases.
const (
	Reading Phase = "read"
	Writing Phase = "write"
)

// Silent is a Watcher that ignores everything.
var Silent Watcher = silent{}

type silent struct{}

func (silent) Begin(Phase, int)                       {}
func (silent) Happened(rollout.Happening)             {}
func (silent) Stepping(int, remediate.Step, int, int) {}
func (silent) Planned(int, remediate.DevicePlan)      {}
func (silent) Worked(int, remediate.DeviceResult)     {}
func (silent) End()                                   {}
