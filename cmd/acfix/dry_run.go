package main

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/progress"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
)

// dryRun shows what apply would do; the clients that read were unable to write.
func (j *applyJob) dryRun() error {
	if j.saved {
		if err := j.compare(); err != nil {
			return err
		}
	}
	if j.flags.output != "text" {
		return j.fleet.showResult(j.resultHead())
	}
	style := j.style(j.stdoutIsTerminal)
	if err := j.fleet.planText(j.stdout, j.fleet.left(), style); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if j.saved {
		if err := j.fleet.resultText(j.stdout, style); err != nil {
			return fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.stdout, "\nDry run: nothing was written.")
	return err
}

// compare reads the devices of a saved plan, to see whether it still fits them.
func (j *applyJob) compare() error {
	settings, err := j.given.reading(false)
	if err != nil {
		return err
	}
	return j.fleet.drive(progress.Reading, settings, j.settled, comparer{j}, j.skip)
}

// comparer says of one device after the other whether the saved plan still fits it.
type comparer struct{ *applyJob }

func (c comparer) Execute(_ context.Context, place int) (fleet.Outcome, error) {
	plan, err := c.fleet.book.plan(place)
	if err != nil {
		return fleet.Untouched, err
	}
	result := c.wouldDo(plan)
	if err := c.fleet.book.putResult(place, result); err != nil {
		return fleet.Untouched, err
	}
	c.fleet.watch.Worked(place, result)
	return writeOutcome(result), nil
}

// Check is never ordered: nothing was written.
func (c comparer) Check(context.Context, int) (fleet.Outcome, error) { return fleet.Well, nil }

// wouldDo reads a device and says whether the saved plan still fits it.
func (j *applyJob) wouldDo(plan remediate.DevicePlan) remediate.DeviceResult {
	if err := j.fits(j.head, plan, j.given.maxAge); err != nil {
		return refusal(plan, remediate.Stale, remediate.Fail(err))
	}
	now := j.fleet.planDevice(target.Target{Name: plan.Target, URL: plan.URL}, plan.Choice)
	switch {
	case now.Verdict == remediate.Errored:
		return refusal(plan, remediate.Failed, now.Error)
	case now.Digest != plan.Digest || remediate.MoreWaits(plan.SaveNeeded, now.SaveNeeded) && !plan.Choice.SaveUnsaved:
		return refusal(plan, remediate.Stale, remediate.Fail(remediate.ErrDrift))
	default:
		return remediate.NewResult(plan)
	}
}
