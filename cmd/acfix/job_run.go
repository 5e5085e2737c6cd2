package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
	"github.com/spf13/pflag"
)

// jobRunner runs jobs of a jobs file, at the command line or by a schedule.
type jobRunner struct {
	app   *app
	file  jobFile
	queue *worker.Queue // nil works on the devices in this process
	// unattended: what comes of a run is not shown but kept alone, and a run that this
	// process leaves behind when it is stopped is gone on with by the next one.
	unattended bool
}

// errFired: another scheduler has begun the run of that planned time.
var errFired = errors.New("the run of that time was begun already")

// errNoApproval: nobody has approved a plan since the last one was carried out.
var errNoApproval = errors.New("no plan is approved")

// run runs a job once. due is its planned time, zero when a person or another scheduler asks.
func (r *jobRunner) run(j jobs.Job, due time.Time) error {
	started := &startedRun{}
	err := r.begin(j, due, started)
	switch {
	case errors.Is(err, errFired), started.id == "" && errors.Is(err, errNoApproval):
		return err
	case started.id == "" && store.IsDown(err) && r.unattended:
		return fmt.Errorf("%w: %w", scheduler.ErrNotBegun, err)
	}
	return r.over(j, started.id, err)
}

// over tells what came of a run, unless another process goes on with it.
func (r *jobRunner) over(j jobs.Job, run string, err error) error {
	switch {
	case errors.Is(err, store.ErrFenced), errors.Is(err, store.ErrHeld):
		return fmt.Errorf("run %s: %w", run, errElsewhere)
	case r.unattended && (codeOf(err) == exitInterrupted || store.IsDown(err)): // a scheduler goes on with it
		return err
	}
	r.tell(j, run, err)
	return err
}

// errElsewhere: the run has another controller, for this process was away or came second.
var errElsewhere = errors.New("another process has taken the run over and goes on with it")

// startedRun is what is known of a run as soon as it stands in the store.
type startedRun struct{ id string }

func (r *jobRunner) begin(j jobs.Job, due time.Time, started *startedRun) error {
	what := assignment{
		Assignment: run.Assignment{Job: j.Name, Due: due, Order: r.file.order(j)},
		closing:    closing{waits: r.file.approvedFor(j), goesOn: r.unattended},
	}
	if j.Action == jobs.Plan {
		plan := planJob{app: r.app}
		if err := r.prepare(&plan.flags, j, what.Order, plan.flags.register); err != nil {
			return err
		}
		return r.plan(&plan, what, started)
	}
	apply := &applyJob{app: r.app}
	if err := r.prepare(&apply.given.planFlags, j, what.Order, apply.given.registerAll); err != nil {
		return err
	}
	apply.given.yes = true
	return r.apply(apply, j, what, started)
}

// prepare sets the flags that the job stands for.
func (r *jobRunner) prepare(flags *planFlags, j jobs.Job, asked run.Order, register func(*pflag.FlagSet)) error {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	register(set)
	flags.inventory, flags.limit = asked.Inventory, j.Limit
	if err := repeat(asked, set); err != nil {
		return err
	}
	return flags.checkRun()
}

func (r *jobRunner) plan(p *planJob, what assignment, started *startedRun) error {
	what.Action, what.Head = run.ActionPlan, r.app.planHead()
	devices, err := r.app.prepare(nil, p.flags.connection)
	if err != nil {
		return err
	}
	begun, err := r.app.begin(what, devices)
	if err != nil {
		return fired(err)
	}
	started.id = begun.ID
	r.share(begun)
	return begun.finish(p.carryOut(what.Head, begun))
}

func (r *jobRunner) apply(a *applyJob, j jobs.Job, what assignment, started *startedRun) error {
	var err error
	if j.PlanJob != "" {
		err = r.approved(a, j, what)
	} else {
		a.head = r.app.planHead()
		devices, failed := r.app.prepare(nil, a.given.connection)
		if failed != nil {
			return failed
		}
		what.Action, what.Head = run.ActionApply, a.head
		a.fleet, err = r.app.begin(what, devices)
	}
	if err != nil {
		return fired(err)
	}
	started.id = a.fleet.ID
	r.share(a.fleet)
	return a.fleet.finish(a.run())
}

// share hands the devices of a run to workers anywhere, where there is a queue.
func (r *jobRunner) share(begun *fleetRun) {
	if r.queue != nil {
		begun.Hands = worker.Controller{Run: begun.Run, Record: begun.record, Add: r.queue.Add}.Hands
	}
}

func fired(err error) error {
	if errors.Is(err, store.ErrExists) {
		return errFired
	}
	return err
}

// approved takes the newest plan that was approved, and nothing else.
func (r *jobRunner) approved(a *applyJob, j jobs.Job, what assignment) error {
	opened, err := r.app.openStore()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	runs, err := opened.Runs(r.app.abort, store.Filter{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return fmt.Errorf("%w: job %s carries out the plans of job %s", errNoApproval, j.Name, j.PlanJob)
	}
	if err := r.adopt(opened, a, runs[0], what); err != nil {
		return err
	}
	if err := a.fleet.TakeOver(a.fleet.record); err != nil {
		return a.fleet.finish(err)
	}
	return nil
}

// adopt begins a run for the plans of another.
func (r *jobRunner) adopt(opened *store.Store, a *applyJob, planned store.Run, what assignment) error {
	var kept runs.Header
	if err := runs.Decode(planned.Header, &kept); err != nil {
		return err
	}
	devices, _, err := run.Devices(r.app.abort, opened, planned.ID, run.ActionPlan)
	if err != nil {
		return err
	}
	roster, err := r.app.roster(connection{inventory: a.given.inventory, given: a.given.connection.given})
	if err != nil {
		return err
	}
	if err := r.app.resolveKnown(devices, a.given.connection, roster, "the plan"); err != nil {
		return err
	}
	what.Action, what.Head, what.Saved, what.PlanRun = run.ActionApply, kept.Plan, true, planned.ID
	a.head, a.saved = kept.Plan, true
	a.fleet, err = r.app.begin(what, devices)
	return err
}

// resume goes on with a run that a process left behind.
func (r *jobRunner) resume(left store.Run, j jobs.Job) error {
	work := r.resumeApply
	if left.Action == run.ActionPlan {
		work = r.resumePlan
	}
	err := work(left, j)
	if codeOf(err) == exitUsage && !errors.Is(err, store.ErrHeld) { // a person must mend something first
		err = errors.Join(err, r.end(left.ID, store.RunFailed, exitUsage, "it could not be gone on with: "+err.Error()))
	}
	return r.over(j, left.ID, err)
}

// end ends a run that was left behind.
func (r *jobRunner) end(id string, state store.RunState, exit int, reason string) error {
	record, now, err := r.app.reopen(id)
	if err != nil {
		return err
	}
	if now.State == store.RunRunning {
		err = r.app.persist(func(ctx context.Context) error {
			return record.Writer().EndRun(ctx, id, state, exit, reason, r.app.now())
		})
	}
	return errors.Join(err, record.Close())
}

// giveUp ends a run that was left too long ago: what was planned for the night must not go on
// in the morning because a machine came up then.
func (r *jobRunner) giveUp(run store.Run, j jobs.Job, left time.Time) error {
	reason := fmt.Sprintf("left behind at %s and not gone on with within %s (start_within); acfix apply --resume goes on", left.UTC().Format(time.RFC3339), j.StartWithin)
	err := r.end(run.ID, store.RunInterrupted, exitInterrupted, reason)
	if err == nil {
		r.app.warn(fmt.Sprintf("job %s: run %s was %s", j.Name, run.ID, reason))
	}
	return r.over(j, run.ID, err)
}

func (r *jobRunner) resumePlan(left store.Run, j jobs.Job) error {
	plan := planJob{app: r.app}
	if err := r.prepare(&plan.flags, jobs.Job{}, r.file.order(j), plan.flags.register); err != nil {
		return err
	}
	plan.flags.resume = left.ID
	going, kept, err := r.app.resume(run.ActionPlan, nil, &plan.flags)
	if err != nil {
		return err
	}
	r.share(going)
	going.goesOn, going.waits = r.unattended, r.file.approvedFor(j)
	return going.finish(plan.carryOut(kept.Plan, going))
}

func (r *jobRunner) resumeApply(run store.Run, j jobs.Job) error {
	apply := &applyJob{app: r.app}
	if err := r.prepare(&apply.given.planFlags, jobs.Job{}, r.file.order(j), apply.given.registerAll); err != nil {
		return err
	}
	apply.given.yes, apply.given.resume = true, run.ID
	if err := apply.goOn(nil, &apply.given); err != nil {
		return err
	}
	r.share(apply.fleet)
	apply.fleet.goesOn = r.unattended
	if run.PlanRun != "" {
		if err := apply.fleet.TakeOver(apply.fleet.record); err != nil {
			return apply.fleet.finish(err)
		}
	}
	return apply.fleet.finish(apply.run())
}
