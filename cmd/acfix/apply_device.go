package main

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/evidence"
	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
)

// writer carries the plan out on one device after the other.
type writer struct{ *applyJob }

func (w writer) Execute(_ context.Context, place int) (fleet.Outcome, error) {
	plan, err := w.fleet.book.plan(place)
	if err == nil {
		err = w.fleet.book.start(place)
	}
	if err != nil {
		return fleet.Untouched, err
	}
	one := *w.applyJob
	one.again = w.again || w.saved && w.fleet.begun[place]
	result, left := one.device(plan, place)
	if left && w.handsOn {
		return fleet.Untouched, remediate.ErrFenced
	}
	own := w.fleet.dialer.Access(w.fleet.targets[place])
	result.Findings = remediate.Waive(result.Findings, own.Waivers, w.now()) // the run can have found more
	if err := w.fleet.book.putResult(place, result); err != nil {
		return fleet.Untouched, err
	}
	w.fleet.watch.Worked(place, result)
	return writeOutcome(result), nil
}

// Check reads a device again that was applied, and changes its result when what was done got
// lost or an alarm is active that was not before.
func (w writer) Check(_ context.Context, place int) (fleet.Outcome, error) {
	plan, err := w.fleet.book.plan(place)
	if err != nil {
		return fleet.Broken, err
	}
	result, _, err := w.fleet.book.result(place)
	if err != nil {
		return fleet.Broken, err
	}
	result = w.recheck(plan, result)
	outcome := checkOutcome(result)
	if outcome == fleet.Cut { // who asks to stop has not found a fault
		return outcome, nil
	}
	if outcome != fleet.Well {
		w.fleet.watch.Worked(place, result)
	}
	return outcome, w.fleet.book.putResult(place, result)
}

func (w writer) recheck(plan remediate.DevicePlan, result remediate.DeviceResult) remediate.DeviceResult {
	device := target.Target{Name: plan.Target, URL: plan.URL}
	own := w.fleet.dialer.Access(device)
	if own.Failure != nil {
		result.Status, result.Error = remediate.Failed, own.Failure
		return result
	}
	client := w.fleet.dialer.Reader(device)
	defer client.Close()
	ctx, cancel := w.reading()
	defer cancel()
	return remediate.Recheck(ctx, client, plan, result, termsOf(own, plan.Choice), w.now)
}

// refusal is the result of a device that nothing was written to.
func refusal(plan remediate.DevicePlan, status remediate.Status, failure *remediate.Failure) remediate.DeviceResult {
	result := remediate.NewResult(plan)
	result.Status, result.Error = status, failure
	return result
}

// device carries the plan out on one device, with nobody else of this host at it. left tells
// that the device became somebody else's meanwhile.
func (j *applyJob) device(plan remediate.DevicePlan, place int) (result remediate.DeviceResult, left bool) {
	if failure := j.mayNot(plan); failure != nil {
		return *failure, false
	}
	if failure := j.fleet.dialer.Access(target.Target{URL: plan.URL}).Failure; failure != nil {
		return refusal(plan, remediate.Failed, failure), false
	}
	held, failure := j.hold(j.fleet.evidence, j.fleet.id, heldAs(plan), j.given.lockTimeout)
	if failure != nil {
		return refusal(plan, remediate.Failed, failure), false
	}
	defer held.Release()
	result = j.alone(plan, place, held)
	return result, lost(held, result)
}

func heldAs(plan remediate.DevicePlan) evidence.Device {
	return evidence.Device{Target: plan.Target, URL: plan.URL, Serial: plan.Device.Serial}
}

// mayNot is the result of a saved plan that does not fit any more; nil where it does.
func (j *applyJob) mayNot(plan remediate.DevicePlan) *remediate.DeviceResult {
	if !j.saved || j.again {
		return nil
	}
	if err := j.fits(j.head, plan, j.given.maxAge); err != nil {
		stale := refusal(plan, remediate.Stale, remediate.Fail(err))
		return &stale
	}
	return nil
}

// alone works on a device that nobody else may touch. Who had it before has done our work, or
// a part of it.
func (j *applyJob) alone(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	if held.Waited() {
		if failure := j.mayNot(plan); failure != nil {
			return *failure
		}
	}
	if held.Waited() && !j.saved || j.again {
		return j.settle(plan, place, held)
	}
	return j.carryOut(plan, place, held)
}

// settle reads a device that somebody else had, and does what is still missing of the plan.
func (j *applyJob) settle(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	now := j.fleet.planDevice(target.Target{Name: plan.Target, URL: plan.URL}, plan.Choice)
	switch {
	case now.Verdict == remediate.Errored:
		return refusal(plan, remediate.Failed, now.Error)
	case now.Verdict == remediate.Compliant:
		return j.fleet.settledResult(plan, now)
	case now.Verdict != remediate.Change:
		return remediate.NewResult(now)
	case !now.AsksNoMoreThan(plan):
		return refusal(plan, remediate.Stale, remediate.Fail(remediate.ErrDrift))
	}
	return j.carryOut(now, place, held)
}

func (j *applyJob) carryOut(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	record, closeJournal, err := held.Journal()
	if err != nil {
		return refusal(plan, remediate.Failed, remediate.Fail(err))
	}
	defer closeJournal()
	device := target.Target{Name: plan.Target, URL: plan.URL}
	own := j.fleet.dialer.Access(device)
	client := j.fleet.dialer.Writer(device, held.StillMine())
	defer client.Close()
	terms := termsOf(own, plan.Choice)
	if terms.Earlier, err = evidence.Earlier(j.fleet.evidence, plan.Device.Serial, plan.URL); err != nil {
		return refusal(plan, remediate.Failed, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err)))
	}
	executor := remediate.Executor{
		Device: client, Terms: terms, Archive: held.Archive, Journal: record,
		Retry: j.patience(), Settle: j.settling(), Now: j.now, Stop: j.stop,
		Progress: func(step remediate.Step, number, of int) {
			j.fleet.watch.Stepping(place, step, number, of)
		},
	}
	if j.saved && !j.again {
		executor.Claim = j.claim(j.head, plan)
	}
	return executor.Apply(j.abort, plan)
}
