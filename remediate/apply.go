package remediate

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// Patience says how long, and with which pauses, to repeat.
type Patience struct {
	For   time.Duration // repeat until this much time has gone by; 0 never repeats
	First time.Duration // the first pause; each further one is twice as long
	Most  time.Duration // no pause is longer
}

// Repeat calls work until it succeeds, fails with an error for which passes is false, or patience ends. It returns
// the last error of work, or that of ctx if ctx ends first.
type Repeat func(
	ctx context.Context, patience Patience, passes func(error) bool, work func(context.Context) error,
) error

// Executor carries out the plan of one device.
type Executor struct {
	Device Device
	Terms  Terms
	// Archive puts a backup on disk, complete and synced, with the plan's steps, and returns its directory. The
	// executor sends no write before Archive has succeeded.
	Archive func(Snapshot, DevicePlan) (directory string, err error)
	// Recent is the reading that the plan was made from, if this process made it; else nil.
	Recent *Recent
	// Connections returns how many connections to the device were made so far; nil if all requests go over one. Another
	// unit can answer only over a connection that was made since.
	Connections func() int64
	// Journal records durably what the run does; it may be nil. Every write is recorded before
	// it is sent, and an error ends the run without a further write; ErrFenced means that
	// another worker has the device now.
	Journal func(Record) error
	// Claim marks a saved plan as used on this device. It is called once, after the backup and before the first
	// write, and may be nil.
	Claim func() error
	// Retry limits the attempts on a device that says it is busy.
	Retry Patience
	// Settle is how long a write that was accepted, or whose answer was lost, may take to show when it is read back.
	Settle Patience
	Repeat Repeat
	Now    func() time.Time
	// Stop asks to end after the current step; it may be nil. To abort at once, end the context of Apply.
	Stop <-chan struct{}
	// Calls says whether the call statistics of the Teams IP Groups are read, which costs a request each time.
	Calls CallReadings
	// Progress is called before each step, to show it to the operator; it may be nil.
	Progress func(step Step, number, of int)
}

// Apply carries out a plan: the backup, the steps one by one, each proved by reading back, the save, and a last
// reading that must be compliant. It does not touch a device that changed since the plan was made (Stale). When a
// step fails for good, Apply puts a damaged TLSContexts table back (RolledBack); added roots and switches stay in
// RAM, unsaved, and are listed. It saves nothing before everything is verified.
func (x *Executor) Apply(ctx context.Context, plan DevicePlan) DeviceResult {
	result := NewResult(plan)
	if plan.Verdict != Change {
		return result
	}
	run := newRun(x, x.Device, plan, &result)
	run.terms.Choice = plan.Choice
	run.terms.Earlier = Earlier{} // it counts only before the first write of this run
	run.execute(ctx, work{
		backup: run.backup, step: run.step, verify: run.verifyCompliant,
		finish: " A further apply finishes it; acfix restore with the backup named here undoes it.",
	})
	return result
}

// NewResult returns the result of a device before the run: the verdict as a status, with all steps pending.
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
		result.Steps = append(result.Steps, step.as(StepPending))
	}
	return result
}

// run is one Apply in progress.
type run struct {
	*Executor
	unit   *unitGuard // the executor's Device
	plan   DevicePlan
	terms  Terms // the executor's, with the plan's own choice
	result *DeviceResult
	before Snapshot // the backup
	clean  bool     // nothing waited unsaved at the backup
	ready  Snapshot // the last reading before the save
	// churn is what the device changed by itself, in this run and in earlier ones whose changes are still unsaved.
	churn Churn

	unconfirmed bool                      // the backup is the plan's reading, and what was planned with is to be read once more
	confirmed   *audiocodes.Configuration // and was: as the last reading before the first write
	beside      *besideStatus             // of the newest reading, where no write followed yet
	loaded      *ContextFiles             // the certificate of the context whose row was loaded, where it was read
	stores      map[int]certs.Store       // by TLS Context, as last read, where a write may follow at once
	readBack    []ContextFiles            // all stores, as read back after the last change; nil where that is over

	askedAlarms  bool      // since the last save was sent
	alarmsBefore alarmList // the first write
	alarmsAfter  alarmList // the last write
	raised       []string  // alarms that are active after the save and were not before the run
	calls        *Calls    // nil where they are not asked for

	attempted bool         // a write was sent
	written   bool         // and one of them not refused
	sent      []sentChange // the steps of such writes
	proof     saveProof

	current      *Step // the step being carried out
	journalBroke error
}

// newRun prepares a run that compares every status it reads with the one before.
func newRun(x *Executor, device Device, plan DevicePlan, result *DeviceResult) run {
	executor := *x
	unit := &unitGuard{Device: device}
	executor.Device = unit
	return run{Executor: &executor, unit: unit, plan: plan, result: result, terms: x.Terms}
}

// work is where an apply and a restore differ.
type work struct {
	backup func(context.Context) error
	step   func(context.Context, Step) error
	verify func(context.Context) error // the final check of the device
	finish string                      // a hint: how to finish what a failed run left
}

// execute carries out the work between the first and the last record of the journal, and completes the result.
func (r *run) execute(ctx context.Context, w work) {
	if err := r.carryOut(ctx, w); err != nil {
		r.fail(ctx, err, w.finish)
	}
	r.current = nil
	r.result.BeforeAfter = r.beforeAfter()
	r.recordAfter(EventEnd, string(r.result.Status))
}

func (r *run) carryOut(ctx context.Context, w work) error {
	if err := r.record(EventStart, r.plan.Digest); err != nil {
		return err
	}
	// The backup comes first even if the plan is only a save and lists no backup: a save overwrites the flash for
	// good.
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
	r.readCallsAfter(ctx)
	r.reportAlarms()
	r.result.Status = Applied
	return nil
}

// applySteps carry out the kinds of steps that an apply has.
var applySteps = map[StepKind]func(context.Context, *run, Step) error{
	StepBackup: func(ctx context.Context, r *run, _ Step) error { return r.backup(ctx) },
	StepEnableBundle: func(ctx context.Context, r *run, step Step) error {
		return r.setBundle(ctx, *step.Context, true)
	},
	StepImportRoot: func(ctx context.Context, r *run, step Step) error {
		return r.importRoot(ctx, *step.Context, step.SHA256)
	},
	StepSave: func(ctx context.Context, r *run, _ Step) error { return r.saveFlash(ctx, r.readyToSave) },
}

func (r *run) step(ctx context.Context, step Step) error {
	carryOut, known := applySteps[step.Kind]
	if !known {
		return unknownStep(step)
	}
	return carryOut(ctx, r, step)
}

func unknownStep(step Step) error { return fmt.Errorf("this acfix knows no step %q", step.Kind) }

func (r *run) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}
