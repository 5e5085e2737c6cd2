package run

import (
	"context"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/remediate"
)

// Compare reads the devices of a saved plan and records whether the plan still fits them.
func (s *Session) Compare(saved planfile.SavedPlan) error {
	rules, err := s.Assignment.Order.Settings.Reading(false)
	if err != nil {
		return err
	}
	return s.Drive(Reading, rules, s.settled, comparer{s.Run, saved}, s.skip)
}

// comparer checks one device after another against the saved plan.
type comparer struct {
	*Run
	saved planfile.SavedPlan
}

func (c comparer) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	plan, err := c.Book.Plan(place)
	if err != nil {
		return rollout.Untouched, err
	}
	result := c.wouldDo(plan, place)
	if c.Withdrew(place) {
		return rollout.Aside, nil
	}
	if err := c.Book.PutResult(place, result); err != nil {
		return rollout.Untouched, err
	}
	c.Watch.Worked(place, result)
	return OfResult(result), nil
}

// Check is never ordered: nothing was written.
func (c comparer) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

// wouldDo reads a device and returns the result that the saved plan would have on it now.
func (c comparer) wouldDo(plan remediate.DevicePlan, place int) remediate.DeviceResult {
	if err := c.saved.Fits(plan, c.Clock.Now()); err != nil {
		return refusal(plan, err)
	}
	now := c.planDevice(place, plan.Choice)
	switch {
	case now.Verdict == remediate.Errored:
		return Refusal(plan, remediate.Failed, now.Error)
	case now.Digest != plan.Digest || !now.AsksNoMoreThan(plan) ||
		remediate.MoreWaits(plan.SaveNeeded, now.SaveNeeded) && !plan.Choice.SaveUnsaved:
		return Refusal(plan, remediate.Stale, remediate.Fail(plan.Drift(now.Device)))
	default:
		return remediate.NewResult(plan)
	}
}
