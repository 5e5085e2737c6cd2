package run

import (
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/remediate"
)

// Watcher is told how a run goes on. Its methods are called from many goroutines; a place is
// that of a device in the run.
type Watcher interface {
	Begin(phase Phase, devices int)
	Happened(event rollout.Happening)
	Stepping(place int, step remediate.Step, number, of int)
	Planned(place int, plan remediate.DevicePlan)
	Worked(place int, result remediate.DeviceResult)
	End()
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
func (Silent) Happened(rollout.Happening)             {}
func (Silent) Stepping(int, remediate.Step, int, int) {}
func (Silent) Planned(int, remediate.DevicePlan)      {}
func (Silent) Worked(int, remediate.DeviceResult)     {}
func (Silent) End()                                   {}
