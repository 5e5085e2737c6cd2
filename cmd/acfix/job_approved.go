package main

import (
	"errors"
	"fmt"

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
	runs, err := opened.Runs(a.abort, store.Filter{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%w: job %s carries out the plans of job %s", errNoApproval, j.Name, j.PlanJob)
	}
	begun, err := a.adopt(opened, runs[0], what)
	if err != nil {
		return nil, err
	}
	return begun, begun.takeOver()
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
	if err := a.resolveKnown(devices, used, inventoryFile, "the plan"); err != nil {
		return nil, err
	}
	what.Head = kept.Plan
	what.Saved = true
	what.PlanRun = planned.ID
	return a.begin(what, devices)
}

// errNoApproval is the error of a job that has no approved plan to carry out.
var errNoApproval = errors.New("no plan is approved")
