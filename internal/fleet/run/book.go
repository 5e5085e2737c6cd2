package run

import (
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Book is where a run keeps what it found and did, device by device, so that none of it need
// be in memory. Devices go by their place in the run. Its methods may be called from many
// goroutines.
type Book interface {
	PutPlan(place int, plan remediate.DevicePlan) error
	Plan(place int) (remediate.DevicePlan, error)
	// PlanBefore is the plan that a run had before it was cut off; empty where there is none.
	PlanBefore(place int) (remediate.DevicePlan, error)
	// Sights returns what the run needs of all plans at once, by place.
	Sights() ([]store.Sight, error)
	// Start notes that a device is about to be written to.
	Start(place int) error
	PutResult(place int, result remediate.DeviceResult) error
	// Result is what a device came to; known is false as long as nothing was done to it.
	Result(place int) (result remediate.DeviceResult, known bool, err error)
}
