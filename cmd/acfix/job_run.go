package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/job"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/store"
	"github.com/spf13/pflag"
)

// jobRunner runs jobs of a jobs file, at the command line or by a schedule.
type jobRunner struct {
	app   *app
	file  jobFile
	queue *queue.Queue // nil works on the devices in this process
	// unattended: what comes of a run is not shown but kept alone, and a run that this
	// process leaves behind when it is stopped is gone on with by the next one.
	unattended bool
}

// errFired: another scheduler has begun the run of that planned time.
var errFired = errors.New("the run of that time was begun already")

// errNoApproval: nobody has approved a plan since the last one was carried out.
var errNoApproval = errors.New("no plan is approved")

// run runs a job once. due is its planned time, zero when a person or another scheduler asks.
func (r *jobRunner) run(j job.Job, due time.Time) error {
	started := &startedRun{}
	err := r.begin(j, due, started)
	if errors.Is(err, errFired) || started.id == "" && errors.Is(err, errNoApproval) {
		return err
	}
	r.tell(j, started.id, err)
	return err
}

// startedRun is what is known of a run as soon as it stands in the store.
type startedRun struct{ id string }

func (r *jobRunner) begin(j job.Job, due time.Time, started *startedRun) error {
	what := assignment{job: j.Name, due: due, order: r.file.order(j), waits: r.file.approvedFor(j), goesOn: r.unattended}
	if j.Action == job.Plan {
		plan := planJob{app: r.app}
		if err := r.prepare(&plan.flags, j, what.order, plan.flags.register); err != nil {
			return err
		}
		return r.plan(&plan, what, started)
	}
	apply := &applyJob{app: r.app}
	if err := r.prepare(&apply.given.planFlags, j, what.order, apply.given.registerAll); err != nil {
		return err
	}
	apply.given.yes = true
	return r.apply(apply, j, what, started)
}

// prepare sets the flags that the job stands for.
func (r *jobRunner) prepare(flags *planFlags, j job.Job, asked order, register func(*pflag.FlagSet)) error {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	register(set)
	flags.inventory, flags.limit = asked.Inventory, j.Limit
	if err := asked.repeat(set); err != nil {
		return err
	}
	return flags.checkRun()
}

func (r *jobRunner) plan(p *planJob, what assignment, started *startedRun) error {
	what.action, what.head = actionPlan, r.app.planHead()
	targets, dialer, err := r.app.prepare(nil, p.flags.connection)
	if err != nil {
		return err
	}
	run, err := r.app.begin(what, targets, dialer)
	if err != nil {
		return fired(err)
	}
	started.id, run.queue = run.id, r.queue
	return run.finish(p.carryOut(what.head, run))
}

func (r *jobRunner) apply(a *applyJob, j job.Job, what assignment, started *startedRun) error {
	var err error
	if j.PlanJob != "" {
		err = r.approved(a, j, what)
	} else {
		a.head = r.app.planHead()
		targets, dialer, failed := r.app.prepare(nil, a.given.connection)
		if failed != nil {
			return failed
		}
		what.action, what.head = actionApply, a.head
		a.fleet, err = r.app.begin(what, targets, dialer)
	}
	if err != nil {
		return fired(err)
	}
	started.id, a.fleet.queue = a.fleet.id, r.queue
	return a.fleet.finish(a.run())
}

func fired(err error) error {
	if errors.Is(err, store.ErrExists) {
		return errFired
	}
	return err
}

// approved takes the newest plan that was approved, and nothing else. It is used up as soon
// as the run stands in the store.
func (r *jobRunner) approved(a *applyJob, j job.Job, what assignment) error {
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
	if err := r.adopt(a, opened, runs[0], what); err != nil {
		return err
	}
	return r.app.persist(func(ctx context.Context) error {
		return opened.EndRun(ctx, runs[0].ID, store.RunDone, exitOf(runs[0]), "carried out by run "+a.fleet.id, runs[0].Ended)
	})
}

func exitOf(run store.Run) int {
	if run.Exit == nil {
		return exitDone
	}
	return *run.Exit
}

// adopt begins a run with the plans of another.
func (r *jobRunner) adopt(a *applyJob, opened *store.Store, planned store.Run, what assignment) error {
	var kept header
	if err := decoded(planned.Header, &kept); err != nil {
		return err
	}
	from := &record{app: r.app, store: opened, id: planned.ID}
	targets, _, err := from.devices(actionPlan)
	if err != nil {
		return err
	}
	roster, err := r.app.roster(connection{inventory: a.given.inventory, given: a.given.connection.given})
	if err != nil {
		return err
	}
	targets, dialer, err := r.app.dialKnown(targets, a.given.connection, roster, "the plan")
	if err != nil {
		return err
	}
	what.action, what.head, what.saved, what.planRun = actionApply, kept.Plan, true, planned.ID
	a.head, a.saved = kept.Plan, true
	if a.fleet, err = r.app.begin(what, targets, dialer); err != nil {
		return err
	}
	source := from.book()
	for place := range targets {
		plan, err := source.plan(place)
		if err == nil {
			err = a.fleet.book.putPlan(place, plan)
		}
		if err != nil {
			return a.fleet.finish(err)
		}
	}
	return nil
}

// resume goes on with a run that a process left behind.
func (r *jobRunner) resume(run store.Run) error {
	j, err := r.file.find(run.Job)
	if err != nil {
		return err
	}
	work := r.resumeApply
	if run.Action == actionPlan {
		work = r.resumePlan
	}
	err = work(run, j)
	r.tell(j, run.ID, err)
	return err
}

func (r *jobRunner) resumePlan(run store.Run, j job.Job) error {
	plan := planJob{app: r.app}
	if err := r.prepare(&plan.flags, job.Job{}, r.file.order(j), plan.flags.register); err != nil {
		return err
	}
	plan.flags.resume = run.ID
	going, kept, err := r.app.resume(actionPlan, nil, &plan.flags)
	if err != nil {
		return err
	}
	going.queue, going.record.goesOn, going.record.waits = r.queue, r.unattended, r.file.approvedFor(j)
	return going.finish(plan.carryOut(kept.Plan, going))
}

func (r *jobRunner) resumeApply(run store.Run, j job.Job) error {
	apply := &applyJob{app: r.app}
	if err := r.prepare(&apply.given.planFlags, job.Job{}, r.file.order(j), apply.given.registerAll); err != nil {
		return err
	}
	apply.given.yes, apply.given.resume = true, run.ID
	if err := apply.goOn(nil); err != nil {
		return err
	}
	apply.fleet.queue, apply.fleet.record.goesOn = r.queue, r.unattended
	return apply.fleet.finish(apply.run())
}
