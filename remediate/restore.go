package remediate

import (
	"context"
	"fmt"
	"slices"

	"github.com/acfix/acfix/certs"
)

// RestoreDevice is what carrying out a restore needs. It alone has the request that
// replaces a store, so an apply can't even be written to send it.
type RestoreDevice interface {
	Device
	ReplaceTrustedRoots(ctx context.Context, tlsContext int, fresh, remaining []byte) error
}

// Restore carries out the plan of a restore as Apply carries out its own: a fresh backup
// first, each step proved by reading back, nothing saved before everything was verified,
// and a last reading that must show what was wanted. Where the plan replaces a store,
// confirmed must be the device's Identity.Unit. Of Terms only Earlier has a meaning here.
func (x *Executor) Restore(
	ctx context.Context, device RestoreDevice, point RestorePoint, plan RestorePlan, confirmed string,
) DeviceResult {
	result := NewRestoreResult(plan)
	if plan.Verdict != Change {
		return result
	}
	r := restoring{
		run: newRun(x, device, DevicePlan{
			Device: plan.Device, Steps: plan.Steps, Digest: plan.Digest, SaveNeeded: plan.SaveNeeded,
			Choice: Choice{SaveUnsaved: plan.SaveUnsaved},
		}, &result),
		device: device, point: point,
	}
	if len(plan.Replaces) > 0 && confirmed != plan.Device.Unit() {
		result.Status, result.Error = Skipped, Fail(ErrUnconfirmed)
		return result
	}
	r.execute(ctx, work{
		backup: r.backup, step: r.step, verify: r.verify,
		finish: " Running the same restore again finishes it.",
	})
	return result
}

// NewRestoreResult is the result of a restore before anything was done.
func NewRestoreResult(plan RestorePlan) DeviceResult {
	result := NewResult(DevicePlan{
		Target: plan.Target, URL: plan.URL, Verdict: plan.Verdict, Steps: plan.Steps, Findings: plan.Findings,
		Error: plan.Error,
	})
	result.ByHand = append(result.ByHand, plan.ByHand...)
	return result
}

// restoring is one Restore in progress.
type restoring struct {
	run
	device RestoreDevice
	point  RestorePoint
}

// restoreSteps carry out the kinds of steps that a restore has.
var restoreSteps = map[StepKind]func(context.Context, *restoring, Step) error{
	StepBackup: func(ctx context.Context, r *restoring, _ Step) error { return r.backup(ctx) },
	StepRemoveRoot: func(ctx context.Context, r *restoring, step Step) error {
		return r.removeRoots(ctx, *step.Context)
	},
	StepDisableBundle: func(ctx context.Context, r *restoring, step Step) error {
		return r.setBundle(ctx, *step.Context, false)
	},
	StepSave: func(ctx context.Context, r *restoring, _ Step) error { return r.saveFlash(ctx, r.restored) },
}

func (r *restoring) step(ctx context.Context, step Step) error {
	carryOut, known := restoreSteps[step.Kind]
	if !known {
		return unknownStep(step)
	}
	return carryOut(ctx, r, step)
}

// backup is the same as before an apply, and the same check that the device still is as
// the plan was made from.
func (r *restoring) backup(ctx context.Context) error {
	return r.backUp(ctx, Choice{}, r.point.stores)
}

// verify is the last word on a device: a fresh reading shows it restored.
func (r *restoring) verify(ctx context.Context) error {
	now, err := r.sinceReady(ctx)
	if err != nil {
		return err
	}
	return r.restored(now)
}

// restored: nothing of the plan may be left to do.
func (r *restoring) restored(now Snapshot) error {
	state, err := now.state(Choice{}, r.point.stores)
	if err != nil {
		return err
	}
	b := restoreBuilder{builder: builder{state: state}, point: r.point}
	for _, step := range b.changes() {
		return fmt.Errorf("%w: read again, the device still needs: %s %s in TLS Context "+
			"%d", ErrNotVerified, step.Kind, step.Root, *step.Context)
	}
	return nil
}

// lostFrom: whatever was in a store and is not on the plan's list must still be there.
func (r *run) lostFrom(id int, before, after certs.Store) error {
	for _, certificate := range before.Certificates {
		if !after.Has(certificate.SHA256) && !r.removes(id, certificate.SHA256) {
			return fmt.Errorf("%w: %w: TLS Context %d lost the trusted root %q (%s)",
				ErrDamaged, ErrNotVerified, id, certificate.X509.Subject.CommonName, certificate.SHA256)
		}
	}
	return nil
}

// removes reports whether the plan removes that root.
func (r *run) removes(id int, fingerprint string) bool {
	return slices.ContainsFunc(r.plan.Steps, func(step Step) bool {
		return step.Kind == StepRemoveRoot && *step.Context == id && step.SHA256 == fingerprint
	})
}
