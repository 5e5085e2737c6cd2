package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
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
// confirmed must be the device's serial number. Terms, but for Earlier, have no meaning here.
func (x *Executor) Restore(ctx context.Context, device RestoreDevice, point RestorePoint, plan RestorePlan, confirmed string) DeviceResult {
	result := NewRestoreResult(plan)
	if plan.Verdict != Change {
		return result
	}
	executor := *x
	executor.Device = device
	r := restoring{
		run:    run{Executor: &executor, plan: DevicePlan{Device: plan.Device, Steps: plan.Steps, Digest: plan.Digest, SaveNeeded: plan.SaveNeeded}, result: &result, flash: audiocodes.No},
		device: device, point: point,
	}
	err := ErrUnconfirmed
	if len(plan.Replaces) == 0 || confirmed == plan.Device.Serial {
		if err = r.take(EventStart, plan.Digest); err == nil {
			err = r.carryOut(ctx)
		}
	}
	if err != nil {
		r.fail(err)
	}
	r.current = nil
	r.takeAfter(EventEnd, string(result.Status))
	return result
}

// NewRestoreResult is the result of a restore before anything was done.
func NewRestoreResult(plan RestorePlan) DeviceResult {
	result := NewResult(DevicePlan{
		Target: plan.Target, URL: plan.URL, Verdict: plan.Verdict, Steps: plan.Steps, Findings: plan.Findings, Error: plan.Error,
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

func (r *restoring) carryOut(ctx context.Context) error {
	if r.plan.pending(StepBackup) == 0 { // a save overwrites the flash for good
		if err := r.backup(ctx); err != nil {
			return err
		}
	}
	for i, step := range r.plan.Steps {
		if r.stopped() {
			return fmt.Errorf("before step %d (%s): %w", i+1, step.Kind, ErrInterrupted)
		}
		r.current = &step
		if r.Progress != nil {
			r.Progress(step, i+1, len(r.plan.Steps))
		}
		if err := r.step(ctx, step); err != nil {
			r.result.Steps[i].Status = StepFailed
			return err
		}
		r.result.Steps[i].Status = StepDone
	}
	if err := r.verify(ctx); err != nil {
		return fmt.Errorf("after the save: %w", err)
	}
	r.compareAlarms(ctx)
	r.result.Status = Applied
	return nil
}

func (r *restoring) step(ctx context.Context, step Step) error {
	switch step.Kind {
	case StepBackup:
		return r.backup(ctx)
	case StepRemoveRoot:
		return r.removeRoots(ctx, *step.Context)
	case StepDisableBundle:
		return r.setBundle(ctx, *step.Context, false)
	case StepSave:
		if err := r.verify(ctx); err != nil {
			return fmt.Errorf("before the save: %w", err)
		}
		return r.writeFlash(ctx)
	default:
		return fmt.Errorf("this acfix knows no step %q", step.Kind)
	}
}

// backup is the same as before an apply, and the same check that the device still is as
// the plan was made from.
func (r *restoring) backup(ctx context.Context) error {
	snapshot, err := TakeSnapshot(ctx, r.Device, r.Now)
	if err != nil {
		return err
	}
	state, err := snapshot.restoreState(r.point)
	if err != nil {
		return err
	}
	switch {
	case Fingerprint(state) != r.plan.Digest:
		return ErrDrift
	case snapshot.Status.SaveNeeded != r.plan.SaveNeeded:
		return fmt.Errorf("%w: what waits unsaved is not what it was (%s before, %s now)", ErrDrift,
			orUnknown(r.plan.SaveNeeded), orUnknown(snapshot.Status.SaveNeeded))
	default:
		return r.keep(ctx, snapshot)
	}
}

// verify reads again: nothing of the plan may be left to do, and beside it everything that
// was looked at must be as it was when the restore began. What others add to a store
// meanwhile is theirs.
func (r *restoring) verify(ctx context.Context) error {
	state, err := ReadRestore(ctx, r.Device, r.point, r.Now)
	if err != nil {
		return err
	}
	if others := r.unexpected(state.tables.file); !others.none() {
		return fmt.Errorf("%w: %s", ErrDrift, others)
	}
	for id, store := range state.Stores {
		files, _ := r.before.context(id)
		if err := r.lostFrom(id, certs.ParseStore(files.Roots.PEM), store.Store); err != nil {
			return err
		}
	}
	b := restoreBuilder{builder: builder{state: state}, point: r.point}
	for _, step := range b.changes() {
		return fmt.Errorf("%w: read again, there is still to do: %s %s in TLS Context %d", ErrNotVerified, step.Kind, step.Root, *step.Context)
	}
	return nil
}

// lostFrom: whatever was in a store and is not on the plan's list must still be there.
func (r *run) lostFrom(id int, before, after certs.Store) error {
	for _, certificate := range before.Certificates {
		if !after.Has(certificate.SHA256) && !r.removes(id, certificate.SHA256) {
			return fmt.Errorf("%w: TLS Context %d lost the trusted root %q (%s)",
				ErrNotVerified, id, certificate.X509.Subject.CommonName, certificate.SHA256)
		}
	}
	return nil
}

// removes tells whether taking that root away is on the plan.
func (r *run) removes(id int, fingerprint string) bool {
	for _, step := range r.plan.Steps {
		if step.Kind == StepRemoveRoot && *step.Context == id && step.SHA256 == fingerprint {
			return true
		}
	}
	return false
}

// fail settles what the result says after an error.
func (r *restoring) fail(err error) {
	r.result.Error = Fail(err)
	r.result.Status = Failed
	for _, step := range r.result.Steps {
		maybe := step.Status == StepFailed && errors.Is(err, ErrUnknown)
		if step.Kind.changes() && (step.Status == StepDone || maybe) {
			r.result.LeftOnDevice = append(r.result.LeftOnDevice, step)
		}
	}
	var damage *damageError
	switch {
	case errors.Is(err, ErrUnconfirmed):
		r.result.Status = Skipped
	case errors.Is(err, ErrNotReady):
		r.result.Status = StatusBlocked
	case errors.As(err, &damage) && damage.putBack:
		r.result.Status = RolledBack
	}
	switch {
	case len(r.result.LeftOnDevice) > 0 && r.flash == audiocodes.Yes:
		r.result.Error.Hint = "What was put back is saved on the device. Run the same restore again: it reads the device and does only what is missing."
	case len(r.result.LeftOnDevice) > 0:
		r.result.Error.Hint += " What was put back so far is in RAM, not saved; a restart of the device brings the state before the restore back. Running the same restore again finishes it."
	case errors.Is(err, ErrNotVerified):
		r.result.Error.Hint = "Nothing that is not verified is saved. Look at the device, then run the same restore again: it reads first and does only what is missing."
	}
}
