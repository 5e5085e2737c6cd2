package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// jobRunner runs jobs of a jobs file, from the command line or by a schedule.
type jobRunner struct {
	app  *app
	file jobFile
	// hands returns the hands of a run; nil, or returning nil, it works on the devices in this process.
	hands func(*fleetRun) run.Hands
	// stop is the interrupt of this runner's run; nil for the process's own.
	stop *scheduler.Stop
	// unattended runs are recorded but not shown, and a run interrupted by shutdown is resumed by the next process.
	unattended bool
}

// errFired is the error for a planned time that already has a run.
var errFired = errors.New("another scheduler has already started the run of that time")

// run runs a job once. due is its planned time, zero for a run on request.
func (r *jobRunner) run(j jobs.Job, due time.Time) error {
	left, found, err := r.unfinished(j)
	if found && err == nil {
		err = r.resume(left, j)
	}
	if err != nil || found && !r.isOver(left) {
		return r.orNotBegun(err)
	}
	id, err := r.begin(j, due)
	switch {
	case errors.Is(err, errFired), id == "" && errors.Is(err, errNoApproval):
		return err
	case id == "":
		if err := r.orNotBegun(err); errors.Is(err, scheduler.ErrNotBegun) {
			return err
		}
	}
	return r.conclude(j, id, err)
}

// conclude sends the messages about a run, unless another process continues it.
func (r *jobRunner) conclude(j jobs.Job, run string, err error) error {
	switch {
	case errors.Is(err, store.ErrHeld) && !r.unattended:
		return err
	case errors.Is(err, store.ErrFenced), errors.Is(err, store.ErrHeld):
		return fmt.Errorf("run %s: %w", run, errElsewhere)
	case r.stop.By() != "" && codeOf(err) == exitInterrupted && !store.IsDown(err):
		err = nil // as a person wanted it
	case r.unattended && (codeOf(err) == exitInterrupted || store.IsDown(err)): // a scheduler resumes it
		return err
	}
	r.app.notifier(r.file).Notify(j, run, err != nil && !isShown(err))
	return err
}

// errElsewhere is the error for a run that another process controls.
var errElsewhere = errors.New("another process has taken over the run")

// begin begins the run of a job and carries it out. The ID is "" if no run was created.
func (r *jobRunner) begin(j jobs.Job, due time.Time) (id string, err error) {
	what := run.Assignment{
		Action: string(j.Action), Job: j.Name, Due: due, Order: r.file.order(j), ResumedByOthers: r.unattended,
	}
	what.MaxAge, what.AwaitsApproval = r.file.MaxAge(j)
	if err := what.Order.Settings.Check(); err != nil {
		return "", err
	}
	var begun *fleetRun
	if j.PlanJob != "" {
		begun, err = r.app.beginApproved(j, what)
	} else {
		begun, err = r.planned(j, what)
	}
	switch {
	case errors.Is(err, store.ErrExists):
		return "", errFired
	case err != nil:
		return "", err
	}
	return begun.ID, r.carryOut(begun)
}

// planned begins a run over the devices that the job selects.
func (r *jobRunner) planned(j jobs.Job, what run.Assignment) (*fleetRun, error) {
	used := unattendedConnection(what.Order)
	used.limit = j.Limit
	devices, policy, err := r.app.prepareByPolicy(used)
	if err != nil {
		return nil, err
	}
	what.Policy, what.Head = policy, r.app.planHeadBy(policy)
	return r.app.begin(what, devices)
}
