package run

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/remediate"
)

// settledResult is the result of a device that is compliant when it is settled.
func (r *Run) settledResult(plan, now remediate.DevicePlan) remediate.DeviceResult {
	result, applied, err := r.doneBefore(plan, now)
	switch {
	case err != nil:
		return Refusal(plan, remediate.Failed, remediate.Fail(err))
	case applied:
		return result
	default:
		return remediate.NewResult(now)
	}
}

// doneBefore reports whether the journal has all steps of a plan as this run's own. If so, the process that
// carried them out died before it recorded the result, and the device, now compliant, was applied.
// docs/design/fleet.md: A restarted run says applied if the journal proves it
func (r *Run) doneBefore(plan, now remediate.DevicePlan) (result remediate.DeviceResult, applied bool, err error) {
	if len(plan.Steps) == 0 {
		return result, false, nil
	}
	entries, err := r.Evidence.Entries(deviceOf(plan))
	if err != nil {
		return result, false, fmt.Errorf("%w: %w", remediate.ErrJournal, err)
	}
	done, _ := journal.Done(entries, r.ID)
	result = remediate.NewResult(plan)
	for i, step := range plan.Steps {
		if step.Kind != remediate.StepBackup && !slices.Contains(done, step.Change()) {
			return result, false, nil
		}
		result.Steps[i].Status = remediate.StepDone
	}
	result.Status, result.Findings = remediate.Applied, now.Findings
	result.Backup = r.firstBackup(entries)
	return result, true, nil
}

// firstBackup returns the backup from before everything that this run did, also before it was resumed; only
// that one can undo all of it. It is "" where there is none.
func (r *Run) firstBackup(entries []journal.Entry) string {
	for _, entry := range entries {
		if entry.Run == r.ID && entry.Event == remediate.EventBackup {
			return entry.Detail
		}
	}
	return ""
}

// keepPlan records the plan of a device. A run that was cut off may have carried out an earlier plan, or part of
// it: if the device can't be planned anew, that stays on record.
func (r *Run) keepPlan(place int, plan remediate.DevicePlan) error {
	applied := false
	var result remediate.DeviceResult
	if plan.Verdict == remediate.Compliant {
		before, err := r.Book.PlanBefore(place)
		if err != nil {
			return err
		}
		if result, applied, err = r.doneBefore(before, plan); err != nil {
			return err
		}
	}
	err := r.Book.PutPlan(place, plan)
	switch _, begun := r.Earlier[place]; {
	case err != nil:
		return err
	case applied:
		return r.Book.PutResult(place, result)
	case begun && plan.Error != nil:
		return r.putResult(place, Refusal(plan, remediate.Failed, plan.Error))
	default:
		return nil
	}
}
