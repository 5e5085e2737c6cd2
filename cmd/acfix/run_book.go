package main

import (
	"iter"

	"github.com/acfix/acfix/remediate"
)

// book is where a run keeps what it found and did, device by device, so that none of it need
// be in memory. Devices go by their place in the run. Its methods may be called from many
// goroutines.
type book interface {
	putPlan(place int, plan remediate.DevicePlan) error
	plan(place int) (remediate.DevicePlan, error)
	// planBefore is the plan that a run had before it was cut off; empty where there is none.
	planBefore(place int) (remediate.DevicePlan, error)
	// sights are what the plans came to, by place.
	sights() ([]sight, error)
	// start notes that a device is about to be written to.
	start(place int) error
	putResult(place int, result remediate.DeviceResult) error
	// result is what a device came to; known is false as long as nothing was done to it.
	result(place int) (result remediate.DeviceResult, known bool, err error)
}

// sight is as much of a plan as a run looks at all at once.
type sight struct {
	serial  string
	verdict remediate.Verdict
}

// plans are all plans of a run in its order.
func plans(b book, devices int) iter.Seq2[remediate.DevicePlan, error] {
	return func(yield func(remediate.DevicePlan, error) bool) {
		for place := range devices {
			plan, err := b.plan(place)
			if !yield(plan, err) || err != nil {
				return
			}
		}
	}
}

// results are what became of all devices of a run; where nothing was done, the plan says why.
func results(b book, devices int) iter.Seq2[remediate.DeviceResult, error] {
	return func(yield func(remediate.DeviceResult, error) bool) {
		for place := range devices {
			result, err := resultOf(b, place)
			if !yield(result, err) || err != nil {
				return
			}
		}
	}
}

func resultOf(b book, place int) (remediate.DeviceResult, error) {
	result, known, err := b.result(place)
	if err != nil || known {
		return result, err
	}
	plan, err := b.plan(place)
	return remediate.NewResult(plan), err
}
