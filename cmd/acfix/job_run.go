package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
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

// errNotBegun: the store is away, and no run stands in it yet. A scheduler tries again.
var errNotBegun = errors.New("the run was not begun")

// run runs a job once. due is its planned time, zero when a person or another scheduler asks.
func (r *jobRunner) run(j jobs.Job, due time.Time) error {
	started := &startedRun{}
	err := r.begin(j, due, started)
	switch {
	case errors.Is(err, errFired), started.id == "" && errors.Is(err, errNoApproval):
		return err
	case started.id == "" && store.IsDown(err) && r.unattended:
		return fmt.Errorf("%w: %w", errNotBegun, err)
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
	what := run.Assignment{
		Action: string(j.Action), Job: j.Name, Due: due, Order: r.file.order(j),
		AwaitsApproval: r.file.approvedFor(j), ResumedByOthers: r.unattended,
	}
	if err := what.Order.Settings.Check(); err != nil {
		return err
	}
	var begun *fleetRun
	var err error
	if j.PlanJob != "" {
		begun, err = r.approved(j, what)
	} else {
		what.Head = r.app.planHead()
		begun, err = r.planned(j, what)
	}
	if err != nil {
		return fired(err)
	}
	started.id = begun.ID
	return r.carryOut(begun)
}

// planned begins a run over the devices that the job selects.
func (r *jobRunner) planned(j jobs.Job, what run.Assignment) (*fleetRun, error) {
	used := unattendedConnection(what.Order)
	used.limit = j.Limit
	targets, dialer, err := r.app.prepare(nil, used)
	if err != nil {
		return nil, err
	}
	return r.app.begin(what, targets, dialer)
}

// carryOut works on the devices of a run, here or wherever there are workers.
func (r *jobRunner) carryOut(begun *fleetRun) error {
	r.share(begun)
	if begun.Assignment.Action == run.ActionPlan {
		plan := planJob{app: r.app}
		return begun.finish(plan.carryOut(begun))
	}
	apply := applyJob{app: r.app, given: applyFlags{yes: true}, fleet: begun}
	return begun.finish(apply.run())
}

// share hands the devices of a run to workers anywhere, where there is a queue.
func (r *jobRunner) share(begun *fleetRun) {
	if r.queue != nil {
		begun.Hands = worker.Controller{Run: begun.Run, Record: begun.Record, Add: r.queue.Add}.Hands
	}
}

func fired(err error) error {
	if errors.Is(err, store.ErrExists) {
		return errFired
	}
	return err
}

// approved begins a run for the newest plan that was approved, and for nothing else.
func (r *jobRunner) approved(j jobs.Job, what run.Assignment) (*fleetRun, error) {
	opened, err := r.app.openStore()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	runs, err := opened.Runs(r.app.abort, store.Filter{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%w: job %s carries out the plans of job %s", errNoApproval, j.Name, j.PlanJob)
	}
	begun, err := r.adopt(opened, runs[0], what)
	if err != nil {
		return nil, err
	}
	return begun, begun.takeOver()
}

// adopt begins a run for the plans of another.
func (r *jobRunner) adopt(opened *store.Store, planned store.Run, what run.Assignment) (*fleetRun, error) {
	var kept runs.Header
	if err := runs.Decode(planned.Header, &kept); err != nil {
		return nil, err
	}
	targets, _, err := run.Devices(r.app.abort, opened, planned.ID, run.ActionPlan)
	if err != nil {
		return nil, err
	}
	used := unattendedConnection(what.Order)
	roster, err := r.app.roster(used)
	if err != nil {
		return nil, err
	}
	targets, dialer, err := r.app.dialKnown(targets, used, roster, "the plan")
	if err != nil {
		return nil, err
	}
	what.Head, what.Saved, what.PlanRun = kept.Plan, true, planned.ID
	return r.app.begin(what, targets, dialer)
}
