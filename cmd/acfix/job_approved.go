package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

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
	devices, _, err := run.Devices(r.app.abort, opened, planned.ID, run.ActionPlan)
	if err != nil {
		return nil, err
	}
	used := unattendedConnection(what.Order)
	roster, err := r.app.roster(used)
	if err != nil {
		return nil, err
	}
	if err := r.app.resolveKnown(devices, used, roster, "the plan"); err != nil {
		return nil, err
	}
	what.Head, what.Saved, what.PlanRun = kept.Plan, true, planned.ID
	return r.app.begin(what, devices)
}
