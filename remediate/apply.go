package remediate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/retry"
)

// Executor carries out the plan of one device.
type Executor struct {
	Device Device
	Terms  Terms
	// Archive puts a backup on disk, whole and synced, and returns its directory. No
	// write is sent before it has succeeded.
	Archive func(Snapshot) (directory string, err error)
	// Retry is the patience with a device that says it is busy.
	Retry retry.Policy
	// Settle is how long a write that was accepted, or whose answer got lost, may take to
	// show in what is read back.
	Settle retry.Policy
	Now    func() time.Time
	// Stop asks to end after the step in hand; it may be nil. To abort at once, end the
	// context of Apply.
	Stop <-chan struct{}
	// Progress is told before each step, for people who watch; it may be nil.
	Progress func(step Step, number, of int)
}

// Apply carries out a plan: backup, the steps one by one, each proved by reading back,
// the save, and a last reading that must be compliant. A device that is not as the plan
// was made from is left alone (Stale). When a step fails for good, a damaged TLSContexts
// table is put back (RolledBack); added trust stays, in RAM and unsaved, and is listed.
// Nothing is saved before everything was verified.
func (x *Executor) Apply(ctx context.Context, plan DevicePlan) DeviceResult {
	result := NewResult(plan)
	if plan.Verdict != Change {
		return result
	}
	run := run{Executor: x, plan: plan, result: &result}
	if err := run.carryOut(ctx); err != nil {
		run.fail(err)
	}
	return result
}

// NewResult is the result of a device before anything was done: what the verdict alone
// says, and all steps pending.
func NewResult(plan DevicePlan) DeviceResult {
	result := DeviceResult{
		Target: plan.Target, URL: plan.URL, Steps: []StepResult{}, LeftOnDevice: []StepResult{},
		Findings: plan.Findings, Error: plan.Error,
		Status: map[Verdict]Status{
			Compliant: Unchanged, Change: Planned, Blocked: StatusBlocked,
			NotApplicable: StatusNotApplicable, Errored: Failed,
		}[plan.Verdict],
	}
	for _, step := range plan.Steps {
		result.Steps = append(result.Steps, StepResult{Kind: step.Kind, Context: step.Context, Root: step.Root, Status: StepPending})
	}
	return result
}

// run is one Apply in progress.
type run struct {
	*Executor
	plan   DevicePlan
	result *DeviceResult
	before Snapshot
	saved  bool
}

func (r *run) carryOut(ctx context.Context) error {
	// The backup comes first even when the plan is nothing but a save, which lists none:
	// a save overwrites the flash for good.
	if r.plan.pending(StepBackup) == 0 {
		if err := r.backup(ctx); err != nil {
			return err
		}
	}
	for i, step := range r.plan.Steps {
		if r.stopped() {
			return fmt.Errorf("before step %d (%s): %w", i+1, step.Kind, ErrInterrupted)
		}
		if r.Progress != nil {
			r.Progress(step, i+1, len(r.plan.Steps))
		}
		if err := r.step(ctx, step); err != nil {
			r.result.Steps[i].Status = StepFailed
			return err
		}
		r.result.Steps[i].Status = StepDone
	}
	if err := r.verifyCompliant(ctx); err != nil {
		return err
	}
	r.result.Status = Applied
	return nil
}

func (r *run) step(ctx context.Context, step Step) error {
	switch step.Kind {
	case StepBackup:
		return r.backup(ctx)
	case StepEnableBundle:
		return r.enableBundle(ctx, *step.Context)
	case StepImportRoot:
		return r.importRoot(ctx, *step.Context, step.SHA256)
	case StepSave:
		return r.save(ctx)
	default:
		return fmt.Errorf("this acfix knows no step %q", step.Kind)
	}
}

func (r *run) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}

// backup reads the whole device, makes sure that it still is as the plan was made from,
// and puts the reading on disk.
func (r *run) backup(ctx context.Context) error {
	snapshot, err := TakeSnapshot(ctx, r.Device, r.Now)
	if err != nil {
		return err
	}
	state, err := snapshot.state(r.Terms.Choice)
	if err != nil {
		return err
	}
	if Fingerprint(state) != r.plan.Digest {
		return ErrDrift
	}
	directory, err := r.Archive(snapshot)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	r.before, r.result.Backup = snapshot, directory
	return nil
}

// fail settles what the result says after an error.
func (r *run) fail(err error) {
	r.result.Error = Fail(err)
	r.result.Status = Failed
	for _, step := range r.result.Steps {
		// A failed step may be on the device, or still come, when its answer got lost.
		maybe := step.Status == StepFailed && errors.Is(err, ErrUnknown)
		if step.writes() && (step.Status == StepDone || maybe) {
			r.result.LeftOnDevice = append(r.result.LeftOnDevice, step)
		}
	}
	var damage *damageError
	switch {
	case errors.Is(err, ErrDrift) && len(r.result.LeftOnDevice) == 0:
		r.result.Status = Stale
	case errors.As(err, &damage) && damage.putBack:
		r.result.Status = RolledBack
	}
	if len(r.result.LeftOnDevice) > 0 {
		r.result.Error.Hint += r.leftHint()
	}
}

// writes tells whether the step changes what Teams trusts.
func (s StepResult) writes() bool { return s.Kind == StepEnableBundle || s.Kind == StepImportRoot }

func (r *run) leftHint() string {
	if r.saved {
		return " What was changed is saved on the device."
	}
	return " What was changed so far only adds trust; it is in RAM, not saved, and a restart of the device takes it back. A further apply finishes it."
}
