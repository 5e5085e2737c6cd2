package run

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// SightOf returns what the store keeps of a plan that was made from a reading just now.
// docs/design/records.md: A reading and a result are two things
func SightOf(place int, plan remediate.DevicePlan) store.Sight {
	return store.Sight{
		Position: place, Serial: plan.Device.Serial, MAC: plan.Device.MAC, Verdict: string(plan.Verdict),
		Read: plan.Verdict != remediate.Errored,
	}
}

// knownBy are the verdicts that a device has by the word of its result. Other words say nothing of the device.
var knownBy = map[remediate.Status]remediate.Verdict{
	remediate.Applied: remediate.Compliant, remediate.Unchanged: remediate.Compliant,
	remediate.Planned: remediate.Change, remediate.RolledBack: remediate.Change,
	remediate.StatusBlocked: remediate.Blocked, remediate.StatusNotApplicable: remediate.NotApplicable,
}

// OutcomeOf returns the word of a result, and the verdict that the device has by it. A device that failed after
// something was written to it is not in order, whatever it was before.
func OutcomeOf(result remediate.DeviceResult) store.Outcome {
	known := knownBy[result.Status]
	if result.Status == remediate.Failed && result.WasWrittenTo() {
		known = remediate.Change
	}
	return store.Outcome{Status: string(result.Status), Known: string(known), Written: result.WasWrittenTo()}
}

// adopt stores a plan that another run made: it is no reading of this one.
func (r *Record) adopt(place int, plan remediate.DevicePlan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
	}
	sight := SightOf(place, plan)
	sight.Read = false
	return r.process.Persist(func(ctx context.Context) error {
		return r.Writer().PutPlan(ctx, r.id, sight, text, r.process.Clock.Now())
	})
}
