package main

import (
	"io"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// inFull is the largest number of devices whose results are shown in full without -v; more get a summary. Of plans
// only one is shown in full, and more as a table.
const inFull = 5

// planText writes the plan for operators; for several devices, it says what will be written and to which of them.
func (r *fleetRun) planText(w io.Writer, devices report.RunDevices, style report.Style) error {
	if r.app.flags.verbose || len(r.Devices) == 1 {
		return report.PlanStream(w, policyInUse(r.Assignment), onlyPlans(devices), style)
	}
	head := report.RunHead{ID: r.ID, Action: run.ActionPlan, Ended: r.app.now(), Policy: policyInUse(r.Assignment)}
	return report.FleetPlan(w, head, devices, r.details(), style)
}

// resultText writes the results of the run for operators.
func (r *fleetRun) resultText(w io.Writer, style report.Style) error {
	if r.app.flags.verbose || len(r.Devices) <= inFull {
		return report.ResultStream(w, r.Results(), style)
	}
	head := report.RunHead{ID: r.ID, Action: run.ActionApply, Ended: r.app.now(), Policy: policyInUse(r.Assignment)}
	return report.Overview(w, head, r.finished(), r.details(), style)
}

func (r *fleetRun) details() string {
	switch {
	case r.Record == nil:
		return "run again with -v"
	case r.app.flags.store != "":
		return "acfix show " + r.ID + " -v, with the same --store"
	default:
		return "acfix show " + r.ID + " -v"
	}
}

// showPlan and showResult write the whole run to stdout in the requested format.
func (r *fleetRun) showPlan(head remediate.Plan, devices report.PlanDevices) error {
	if events, asked := r.Watch.(*progress.Events); asked {
		verdict := func(device remediate.DevicePlan) string { return string(device.Verdict) }
		return progress.RunEnded(events, devices, verdict)
	}
	if r.app.flags.json() {
		return report.PlanJSON(r.app.stdout, head, devices)
	}
	if err := r.planText(r.app.stdout, r.planned(), r.app.style(r.app.stdoutIsTerminal)); err != nil {
		return err
	}
	for _, err := range devices { // the caller counts them; planText reads them itself
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *fleetRun) showResult(head remediate.Result) error {
	if events, asked := r.Watch.(*progress.Events); asked {
		status := func(device remediate.DeviceResult) string { return string(device.Status) }
		return progress.RunEnded(events, r.Results(), status)
	}
	if r.app.flags.json() {
		return report.ResultJSON(r.app.stdout, head, r.Results())
	}
	return r.resultText(r.app.stdout, r.app.style(r.app.stdoutIsTerminal))
}
