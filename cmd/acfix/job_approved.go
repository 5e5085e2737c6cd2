package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// beginApproved begins a run for the newest approved plan of the job's plan job. Errors: errNoApproval.
func (a *app) beginApproved(j jobs.Job, what run.Assignment) (*fleetRun, error) {
	opened, err := a.openStore()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	if err := opened.SettlePlans(a.abort, a.now()); err != nil {
		return nil, err
	}
	plans, err := opened.Runs(a.abort, store.Filter{Job: j.PlanJob, State: string(store.RunApproved)})
	if err != nil {
		return nil, err
	}
	maxAge := j.Settings.MaxAge.Value
	fresh := func(plan store.Run) bool { return a.now().Sub(plan.Created) <= maxAge }
	newest := slices.IndexFunc(plans, fresh)
	if newest < 0 {
		return nil, fmt.Errorf("%w: job %s carries out the plans of job %s", errNoApproval, j.Name, j.PlanJob)
	}
	what.MaxAge = plans[newest].Created.Add(maxAge).Sub(a.now()) // the run may go on no longer than its plan lives
	begun, err := a.adopt(opened, plans[newest], what)
	if err != nil {
		return nil, err
	}
	return begun, begun.takeOver()
}

// unfinished returns the run of a job that was begun for an approved plan and is to go on: a paused one, or, where no
// scheduler looks after it, a running one. If the process of that died, its lease has ended.
func (r *jobRunner) unfinished(j jobs.Job) (left store.Run, found bool, err error) {
	if j.PlanJob == "" {
		return left, false, nil
	}
	opened, err := r.app.openStore()
	if err != nil {
		return left, false, err
	}
	defer func() { _ = opened.Close() }()
	states := []store.RunState{store.RunPaused}
	if !r.unattended {
		states = append(states, store.RunRunning)
	}
	for _, state := range states {
		runs, err := opened.Runs(r.app.abort, store.Filter{Job: j.Name, State: string(state)})
		at := slices.IndexFunc(runs, func(run store.Run) bool { return run.PlanRun != "" })
		switch {
		case err != nil:
			return left, false, err
		case at < 0:
			continue
		case state == store.RunRunning:
			err = r.app.awaitLeaseEnd(opened, runs[at])
		}
		return runs[at], true, err
	}
	return left, false, nil
}

// adopt begins a run that carries out the plans of another run.
func (a *app) adopt(opened *store.Store, planned store.Run, what run.Assignment) (*fleetRun, error) {
	var kept runs.Header
	if err := runs.Decode(planned.Header, &kept); err != nil {
		return nil, err
	}
	devices, _, err := run.Devices(a.abort, opened, planned.ID, run.ActionPlan)
	if err != nil {
		return nil, err
	}
	used := unattendedConnection(what.Order)
	inventoryFile, err := a.readInventory(used)
	if err != nil {
		return nil, err
	}
	if what.Policy, err = a.policyOfPlan(kept.Plan.Policy, used.settings, inventoryFile); err != nil {
		return nil, err
	}
	if err := a.resolveListed(devices, used, inventoryFile); err != nil {
		return nil, err
	}
	what.Head = kept.Plan
	what.Saved = true
	what.PlanRun = planned.ID
	return a.begin(what, devices)
}

// errNoApproval is the error of a job that has no approved plan to carry out.
var errNoApproval = errors.New("no plan is approved")
