package run

import (
	"iter"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Book stores the plans and results of a run, by the places of its devices, so that they need not be in
// memory. Its methods may be called from many goroutines.
type Book interface {
	PutPlan(place int, plan remediate.DevicePlan) error
	Plan(place int) (remediate.DevicePlan, error)
	// PlanBefore returns the plan from before the run was cut off; empty if there is none.
	PlanBefore(place int) (remediate.DevicePlan, error)
	// Each yields the plan and result of every device, by place. It reads many devices at a time, so what is written
	// meanwhile may be missing.
	Each() iter.Seq2[Documents, error]
	// Sights returns what the run needs of all plans at once, by place.
	Sights() ([]store.Sight, error)
	// Start records that a device is about to be written to.
	Start(place int) error
	PutResult(place int, result remediate.DeviceResult) error
	// Result returns the result of a device; known is false while nothing was done to it.
	Result(place int) (result remediate.DeviceResult, known bool, err error)
}

// Documents are the plan and the result of a device, which are decoded when they are asked for.
type Documents struct {
	Plan   func() (remediate.DevicePlan, error)
	Result func() (result remediate.DeviceResult, known bool, err error)
}

// outcome returns the result; if nothing was done, one made from the plan.
func (d Documents) outcome() (remediate.DeviceResult, error) {
	result, known, err := d.Result()
	if err != nil || known {
		return result, err
	}
	plan, err := d.Plan()
	return remediate.NewResult(plan), err
}
