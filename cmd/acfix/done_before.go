package main

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/journal"
	"github.com/acfix/acfix/remediate"
)

// settledResult is the result of a device that is compliant when it is settled.
func (r *fleetRun) settledResult(plan, now remediate.DevicePlan) remediate.DeviceResult {
	result, applied, err := r.doneBefore(plan, now)
	switch {
	case err != nil:
		return refusal(plan, remediate.Failed, remediate.Fail(err))
	case applied:
		return result
	default:
		return remediate.NewResult(now)
	}
}

// doneBefore tells whether the journal has all steps of a plan as this run's own. Whoever
// carried them out died before he could tell, and the device, compliant now, was applied.
func (r *fleetRun) doneBefore(plan, now remediate.DevicePlan) (result remediate.DeviceResult, applied bool, err error) {
	if len(plan.Steps) == 0 {
		return result, false, nil
	}
	entries, err := r.evidence.Entries(plan.Device.Serial, plan.URL)
	if err != nil {
		return result, false, fmt.Errorf("%w: %w", remediate.ErrJournal, err)
	}
	done, _ := journal.Done(entries, r.id)
	result = remediate.NewResult(plan)
	for i, step := range plan.Steps {
		if step.Kind != remediate.StepBackup && !slices.ContainsFunc(done, isStep(step)) {
			return result, false, nil
		}
		result.Steps[i].Status = remediate.StepDone
	}
	result.Status, result.Findings = remediate.Applied, now.Findings
	for _, entry := range slices.Backward(entries) { // the first one of the run is from before all of it
		if entry.Run == r.id && entry.Event == journal.Backup {
			result.Backup = entry.Detail
		}
	}
	return result, true, nil
}

func isStep(step remediate.Step) func(journal.Change) bool {
	return func(change journal.Change) bool {
		return change.Kind == string(step.Kind) && change.Root == step.SHA256 &&
			(change.Context == nil) == (step.Context == nil) && (step.Context == nil || *change.Context == *step.Context)
	}
}

// keepPlan puts the plan of a device on record. A run that was cut off may have carried out
// the one before it.
func (r *fleetRun) keepPlan(place int, plan remediate.DevicePlan) error {
	applied := false
	var result remediate.DeviceResult
	if plan.Verdict == remediate.Compliant {
		before, err := r.book.planBefore(place)
		if err == nil {
			result, applied, err = r.doneBefore(before, plan)
		}
		if err != nil {
			return err
		}
	}
	err := r.book.putPlan(place, plan)
	if err == nil && applied {
		err = r.book.putResult(place, result)
	}
	return err
}
