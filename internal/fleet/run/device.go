package run

import (
	"cmp"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/remediate"
)

// device carries the plan out on one device while it holds that device's lock. left reports that
// another worker took the device over meanwhile.
func (w writer) device(plan remediate.DevicePlan, place int) (result remediate.DeviceResult, left bool) {
	defer w.recent.drop(place)
	if failure := w.mayNot(plan); failure != nil {
		return *failure, false
	}
	if failure := w.Devices[place].NoPassword; failure != nil {
		return Refusal(plan, remediate.Failed, failure), false
	}
	held, failure := w.hold(plan, place)
	if failure != nil {
		return Refusal(plan, remediate.Failed, failure), false
	}
	defer held.Release()
	result = w.alone(plan, place, held)
	return result, lost(held, result)
}

// hold waits until this run is the only one at a device; an interrupt ends the wait.
func (w writer) hold(plan remediate.DevicePlan, place int) (evidence.Grip, *remediate.Failure) {
	ctx, cancel := w.Reading()
	defer cancel()
	device := deviceOf(plan)
	if device.Nameless() {
		client := w.Devices[place].Reader()
		defer client.Close()
		status, err := client.Status(ctx)
		if err != nil {
			return nil, remediate.Fail(err)
		}
		device.Serial, device.MAC = status.Serial, status.MAC
		device.Certificate = client.PresentedCertificate()
	}
	return w.turns.Hold(ctx, w.Evidence, w.ID, device, w.LockTimeout)
}

// deviceOf is the device that answered when it was planned.
func deviceOf(plan remediate.DevicePlan) evidence.Subject {
	return evidence.DeviceOf(plan.Target, plan.URL, plan.Device)
}

// lost reports whether another worker took the device over during the work. Then its result is
// the other worker's to write.
func lost(held evidence.Grip, result remediate.DeviceResult) bool {
	mine := held.StillMine()
	return result.Error != nil && mine != nil && mine() != nil
}

// mayNot returns the result of a saved plan that no longer fits; nil if it still fits.
func (w writer) mayNot(plan remediate.DevicePlan) *remediate.DeviceResult {
	if w.Saved == nil || w.again {
		return nil
	}
	if err := w.Saved.Fits(plan, w.Clock.Now()); err != nil {
		refused := refusal(plan, err)
		return &refused
	}
	return nil
}

// alone works on a device that is locked for this run. The previous holder may have done the plan's
// steps already, or some of them.
func (w writer) alone(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	if held.Waited() {
		if failure := w.mayNot(plan); failure != nil {
			return *failure
		}
	}
	if held.Waited() && w.Saved == nil || w.again {
		return w.settle(plan, place, held)
	}
	return w.carryOut(plan, place, held)
}

// settle reads a device that another process held before, and does what is still missing of the plan.
func (w writer) settle(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	now := w.planDevice(place, plan.Choice)
	switch {
	case now.Verdict == remediate.Errored:
		return Refusal(plan, remediate.Failed, now.Error)
	case now.Verdict == remediate.Compliant:
		return w.settledResult(plan, now)
	case now.Verdict != remediate.Change:
		return remediate.NewResult(now)
	case !now.AsksNoMoreThan(plan):
		return Refusal(plan, remediate.Stale, remediate.Fail(plan.Drift(now.Device)))
	}
	return w.carryOut(now, place, held)
}

func (w writer) carryOut(plan remediate.DevicePlan, place int, held evidence.Grip) remediate.DeviceResult {
	record, closeJournal, err := held.Journal()
	if err != nil {
		return Refusal(plan, remediate.Failed, remediate.Fail(err))
	}
	defer closeJournal()
	client, recent := w.client(place, held)
	defer client.Close()
	terms := w.termsOf(w.Devices[place], plan.Choice)
	if terms.Earlier, err = evidence.Earlier(w.Evidence, deviceOf(plan)); err != nil {
		return Refusal(plan, remediate.Failed, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err)))
	}
	executor := remediate.Executor{
		Device: client, Terms: terms, Archive: held.Archive, Journal: record, Recent: recent,
		Connections: w.Devices[place].Connections,
		Retry:       remediate.Patience(w.Retry.Limits), Settle: remediate.Patience(w.Settle.Limits),
		Repeat: repeatBy(w.Retry.Clock), Now: w.Clock.Now, Stop: w.Stop, Calls: w.callReadings(),
		Progress: func(step remediate.Step, number, of int) {
			w.Watch.Stepping(place, step, number, of)
		},
	}
	if w.Saved != nil && !w.again {
		executor.Claim = func() error { return w.Saved.Marks.Claim(w.ID, w.Saved.Head.ID, plan, held.StillMine()) }
	}
	result := executor.Apply(w.Abort, plan)
	if len(terms.Earlier.Unsaved) > 0 && result.Backup != "" {
		if entries, err := w.Evidence.Entries(deviceOf(plan)); err == nil {
			result.Backup = cmp.Or(w.firstBackup(entries), result.Backup)
		}
	}
	return result
}

// callReadings: call statistics cost a request each time, which a fleet without a soak does not pay.
// docs/design/remediate.md: Call statistics are read beside the backup, and last
func (w writer) callReadings() remediate.CallReadings {
	switch {
	case w.Soak > 0:
		return remediate.CallsAfterSoak
	case len(w.Devices) == 1:
		return remediate.CallsAfterSave
	default:
		return remediate.NoCalls
	}
}

// client returns the client that made the plan's reading, and the reading, where they are kept; else a new one.
func (w writer) client(place int, held evidence.Grip) (*audiocodes.Client, *remediate.Recent) {
	kept := w.recent.take(place)
	if kept == nil {
		return w.Devices[place].Writer(held.StillMine()), nil
	}
	kept.open(held.StillMine())
	return kept.client, kept.recent()
}
