package remediate

import (
	"context"
	"fmt"
	"slices"

	"github.com/acfix/acfix/certs"
)

// RestoreDevice is a device that a restore can be carried out on. It alone can replace a store: an apply that tried to
// would not compile.
type RestoreDevice interface {
	Device
	ReplaceTrustedRoots(ctx context.Context, tlsContext int, fresh, remaining []byte) error
}

// Restore carries out the plan of a restore the way Apply carries out a plan: it takes a fresh backup, proves each
// step by reading back, saves nothing before everything is verified, and ends with a reading that must show the
// device restored. Where the plan replaces a store, confirmed must be the device's Identity.Unit. Of Terms it uses
// Earlier alone.
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

// NewRestoreResult returns the result of a restore before it begins.
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

// backup takes the same backup as an apply, and so checks that the device is still as it was when the plan was made.
func (r *restoring) backup(ctx context.Context) error {
	return r.backUp(ctx, Choice{}, r.point.stores)
}

// verify fails unless a fresh reading shows the device restored.
func (r *restoring) verify(ctx context.Context) error {
	now, err := r.sinceReady(ctx)
	if err != nil {
		return err
	}
	return r.restored(now)
}

// restored fails if anything of the plan is left to do.
func (r *restoring) restored(now Snapshot) error {
	state, err := now.state(r.terms.Policy, Choice{}, r.point.stores)
	if err != nil {
		return err
	}
	b := restoreBuilder{builder: newBuilder(state, Terms{}), point: r.point}
	for _, step := range b.changes() {
		return fmt.Errorf("%w: read again, the device still needs: %s %s in TLS Context "+
			"%d", ErrNotVerified, step.Kind, step.Root, *step.Context)
	}
	return nil
}

// lostFrom fails if a store lost a certificate that the plan does not remove.
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
