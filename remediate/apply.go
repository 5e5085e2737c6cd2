package remediate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/retry"
)

// Executor carries out the plan of one device.
type Executor struct {
	Device Device
	Terms  Terms
	// Archive puts a backup on disk, whole and synced, with what the plan is about to do,
	// and returns its directory. No write is sent before it has succeeded.
	Archive func(Snapshot, DevicePlan) (directory string, err error)
	// Journal takes down what the run does, durably; it may be nil. Every write is taken
	// down before it is sent, so a Journal that refuses ends the run without a further
	// write; with ErrFenced it says that the device is another worker's now.
	Journal func(Record) error
	// Claim marks a saved plan as used on this device, once; it is called after the
	// backup and before the first write, and may be nil.
	Claim func() error
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
	run := run{Executor: x, plan: plan, result: &result, terms: x.Terms, flash: audiocodes.No}
	run.terms.Choice = plan.Choice
	run.terms.Earlier = Earlier{} // has its say before the first write, and then we add to it
	run.begin(ctx, work{
		backup: run.backup, step: run.step, verify: run.verifyCompliant,
		finish: " A further apply finishes it; acfix restore with the backup named here undoes it.",
	})
	return result
}

// NewResult is the result of a device before anything was done: what the verdict alone
// says, and all steps pending.
func NewResult(plan DevicePlan) DeviceResult {
	result := DeviceResult{
		Target: plan.Target, URL: plan.URL, Steps: []StepResult{}, LeftOnDevice: []StepResult{}, ByHand: []string{},
		Findings: plan.Findings, Error: plan.Error,
		Status: map[Verdict]Status{
			Compliant: Unchanged, Change: Planned, Blocked: StatusBlocked,
			NotApplicable: StatusNotApplicable, Errored: Failed,
		}[plan.Verdict],
	}
	if plan.Skipped {
		result.Status = Skipped
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
	terms  Terms // the executor's, with the plan's own choice
	result *DeviceResult
	before Snapshot
	// baseline is that of before.
	baseline Baseline
	// flash: whether the changes were saved; Unknown once the save was sent and until the
	// device shows it.
	flash audiocodes.Answer

	// volatile are the keys of a Baseline that were seen to change by themselves.
	volatile []string

	current      *Step // that is being carried out
	journalBroke error
}

// work is in what an apply and a restore differ.
type work struct {
	backup func(context.Context) error
	step   func(context.Context, Step) error
	verify func(context.Context) error // the last word on the device
	finish string                      // how what a failed run left is finished
}

// begin carries the work out between the first and the last line of the journal, and
// settles the result.
func (r *run) begin(ctx context.Context, w work) {
	err := r.take(EventStart, r.plan.Digest)
	if err == nil {
		err = r.carryOut(ctx, w)
	}
	if err != nil {
		r.fail(err, w.finish)
	}
	r.current = nil
	r.takeAfter(EventEnd, string(r.result.Status))
}

func (r *run) carryOut(ctx context.Context, w work) error {
	// The backup comes first even when the plan is nothing but a save, which lists none:
	// a save overwrites the flash for good.
	if r.plan.pending(StepBackup) == 0 {
		if err := w.backup(ctx); err != nil {
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
		if err := w.step(ctx, step); err != nil {
			r.result.Steps[i].Status = StepFailed
			return err
		}
		r.result.Steps[i].Status = StepDone
	}
	if err := w.verify(ctx); err != nil {
		return fmt.Errorf("after the save: %w", err)
	}
	r.compareAlarms(ctx)
	r.result.Status = Applied
	return nil
}

func (r *run) step(ctx context.Context, step Step) error {
	switch step.Kind {
	case StepBackup:
		return r.backup(ctx)
	case StepEnableBundle:
		return r.setBundle(ctx, *step.Context, true)
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

// backup reads the whole device and keeps the reading.
func (r *run) backup(ctx context.Context) error {
	snapshot, err := TakeSnapshot(ctx, r.Device, r.Now)
	if err != nil {
		return err
	}
	state, err := snapshot.state(r.plan.Choice, r.plan.Choice.stores)
	if err != nil {
		return err
	}
	return r.keep(ctx, snapshot, state)
}

// keep makes sure that the device still is as the plan was made from, puts the snapshot on
// disk and its baseline into the journal, and gets ready for the first write.
func (r *run) keep(ctx context.Context, snapshot Snapshot, state State) error {
	switch {
	case Fingerprint(state) != r.plan.Digest:
		return ErrDrift
	case MoreWaits(r.plan.SaveNeeded, snapshot.Status.SaveNeeded) && !r.plan.Choice.SaveUnsaved:
		return fmt.Errorf("%w: changes wait unsaved that did not before", ErrDrift)
	}
	baseline := snapshot.baseline()
	if err := r.onlyOurs(snapshot, baseline); err != nil {
		return err
	}
	directory, err := r.Archive(snapshot, r.plan)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	r.before, r.baseline, r.result.Backup = snapshot, baseline, directory
	record := Record{Event: EventBackup, Detail: directory, Baseline: baseline, Clean: snapshot.Status.SaveNeeded == audiocodes.No}
	if err := r.takeRecord(record); err != nil {
		return err
	}
	return r.prepare(ctx)
}

// onlyOurs: what waits unsaved from earlier runs must be ours and nothing else. A plan has
// looked at the Teams contexts alone, and perhaps a while ago; this is the whole device.
func (r *run) onlyOurs(snapshot Snapshot, now Baseline) error {
	earlier := r.Terms.Earlier
	if snapshot.Status.SaveNeeded == audiocodes.No || r.plan.Choice.SaveUnsaved || len(earlier.Unsaved) == 0 {
		return nil
	}
	if others := earlier.othersThan(earlier.Baseline, now); len(others) > 0 {
		return fmt.Errorf("%w: more waits unsaved than earlier runs of acfix intended: %s", ErrDrift, strings.Join(others, ", "))
	}
	return nil
}

// intended are the changes of this run's own steps.
func (r *run) intended() Earlier {
	var own Earlier
	for _, step := range r.plan.Steps {
		if step.Kind.changes() {
			own.Unsaved = append(own.Unsaved, OwnChange{Kind: step.Kind, Context: *step.Context, Root: step.SHA256})
		}
	}
	return own
}

// nobodyElse: since the backup, nothing but our own steps may have changed on the whole
// device, for the save that follows would save that too. It returns what it has read.
func (r *run) nobodyElse(ctx context.Context) (Snapshot, error) {
	now, err := TakeSnapshot(ctx, r.Device, r.Now)
	if err != nil {
		return Snapshot{}, err
	}
	if others := r.unexpected(now.Configuration.File); !others.none() {
		return Snapshot{}, fmt.Errorf("%w: %s", ErrDrift, others)
	}
	before, after := maps.Clone(r.baseline), now.baselineAfter(r.before, r.baseline)
	for _, table := range r.volatile {
		delete(before, table)
		delete(after, table)
	}
	if others := r.intended().othersThan(before, after); len(others) > 0 {
		return Snapshot{}, fmt.Errorf("%w: %s", ErrDrift, strings.Join(others, ", "))
	}
	return now, nil
}

// fail settles what the result says after an error.
func (r *run) fail(err error, finish string) {
	r.result.Error = Fail(err)
	for _, step := range r.result.Steps {
		// A failed step may be on the device, or still come, when its answer got lost.
		maybe := step.Status == StepFailed && errors.Is(err, ErrUnknown)
		if step.Kind.changes() && (step.Status == StepDone || maybe) {
			r.result.LeftOnDevice = append(r.result.LeftOnDevice, step)
		}
	}
	r.result.Status = r.failedAs(err)
	if errors.Is(err, ErrFenced) {
		return // what becomes of the changes is the other worker's to say
	}
	if len(r.result.LeftOnDevice) > 0 {
		r.result.Error.Hint += r.leftHint()
	}
	if len(r.result.LeftOnDevice) > 0 && !errors.Is(err, ErrDamaged) {
		r.result.Error.Hint += finish
	}
}

func (r *run) failedAs(err error) Status {
	switch {
	case isRefusal(err) && len(r.result.LeftOnDevice) == 0:
		return Stale
	case errors.Is(err, ErrNotReady), errors.Is(err, ErrNoRoom):
		return StatusBlocked
	case errors.Is(err, ErrPutBack):
		return RolledBack
	default:
		return Failed
	}
}

// isRefusal: the plan does not fit the device any more.
func isRefusal(err error) bool {
	return errors.Is(err, ErrDrift) || errors.Is(err, ErrUsed) || errors.Is(err, ErrExpired)
}

// leftHint says where the changes stand. It speaks of our own changes alone; damage has its
// own words.
func (r *run) leftHint() string {
	switch r.flash {
	case audiocodes.Yes:
		return " What was changed is saved on the device."
	case audiocodes.No:
		return " What is listed as left on the device is in RAM, not saved; a restart of the device takes it back."
	default:
		return " The save was sent; whether what was changed is saved is not known."
	}
}
