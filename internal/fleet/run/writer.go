package run

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/remediate"
)

// WriteTerms are the conditions for carrying out plans.
type WriteTerms struct {
	Saved         *planfile.SavedPlan // nil if the run makes its own plans
	LockTimeout   time.Duration       // how long to wait for another run at the same device
	Soak          time.Duration       // of the run; 0 reads no device again
	Retry, Settle retry.Policy        // as of remediate.Executor
}

// repeatBy returns a Repeat that uses the clock.
func repeatBy(clock retry.Clock) remediate.Repeat {
	return func(
		ctx context.Context, patience remediate.Patience, passes func(error) bool, work func(context.Context) error,
	) error {
		return retry.Policy{Limits: retry.Limits(patience), Clock: clock}.Do(ctx, passes, work)
	}
}

// writer carries out the plan on one device after another.
type writer struct {
	*Run
	WriteTerms
	// again reports that another worker started the device, so it is read before anything else.
	again bool
	// handsOn leaves the result of a device that another worker took over to that worker.
	handsOn bool
}

// Writer carries out plans for a run that another process controls. again reports that another worker
// started the device, so it is read before anything else. Errors: remediate.ErrFenced when another worker
// took the device over meanwhile and will write its result.
func (r *Run) Writer(terms WriteTerms, again bool) rollout.Executor {
	return writer{Run: r, WriteTerms: terms, again: again, handsOn: true}
}

func (w writer) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	plan, err := w.Book.Plan(place)
	if err != nil {
		return rollout.Untouched, err
	}
	if err := w.Book.Start(place); err != nil {
		return rollout.Untouched, err
	}
	w.again = w.again || w.Saved != nil && w.Begun[place]
	result, left := w.device(plan, place)
	if w.Withdrew(place) {
		return rollout.Aside, nil
	}
	if left && w.handsOn {
		return rollout.Untouched, remediate.ErrFenced
	}
	device := w.Devices[place]
	findings := w.termsOf(device, plan.Choice).OnRecord(result.Findings)
	result.Findings = remediate.Waive(findings, device.Waivers, w.Clock.Now()) // the run can have found more
	if err := w.putResult(place, result); err != nil {
		return rollout.Untouched, err
	}
	w.faults.noteFailure(result.Error)
	w.Watch.Worked(place, result)
	return OfResult(result), nil
}

// Check reads an applied device again, and changes its result to failed when a change was lost or a new
// alarm is active.
func (w writer) Check(_ context.Context, place int) (rollout.Outcome, error) {
	plan, err := w.Book.Plan(place)
	if err != nil {
		return rollout.Broken, err
	}
	result, _, err := w.Book.Result(place)
	if err != nil {
		return rollout.Broken, err
	}
	result = w.recheck(plan, place, result)
	if w.Withdrew(place) {
		return rollout.Aside, nil
	}
	outcome := OfCheck(result)
	switch outcome {
	case rollout.Cut: // interrupted: no fault was found
		return outcome, nil
	case rollout.Hampered:
		w.faults.noteFailure(result.Error)
		return outcome, nil
	}
	if outcome != rollout.Well {
		w.Watch.Worked(place, result)
	}
	return outcome, w.Book.PutResult(place, result)
}

func (w writer) recheck(plan remediate.DevicePlan, place int, result remediate.DeviceResult) remediate.DeviceResult {
	device := w.Devices[place]
	if device.NoPassword != nil {
		result.Status, result.Error = remediate.Failed, Unread(*device.NoPassword)
		return result
	}
	client := device.Reader()
	defer client.Close()
	ctx, cancel := w.Reading()
	defer cancel()
	return remediate.Recheck(ctx, client, plan, result, w.termsOf(device, plan.Choice), w.Clock.Now)
}
