package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

func (j *restoreJob) run(directory string) (remediate.Result, error) {
	plan, err := j.plan(directory)
	if err != nil {
		return remediate.Result{}, err
	}
	result := remediate.Result{Schema: remediate.ResultSchema, Run: j.work.ID, DryRun: j.given.dryRun}
	if j.given.dryRun {
		result.Devices = []remediate.DeviceResult{remediate.NewRestoreResult(plan)}
		result.Summarize()
		return result, j.showDryRun(plan, result)
	}
	if !j.app.flags.quiet || !j.given.yes { // the operator must see the plan before the question
		if err := report.Restore(j.app.stderr, plan, j.app.style(j.app.stderrIsTerminal)); err != nil {
			return result, fmt.Errorf("show the plan: %w", err)
		}
	}
	result.Devices = []remediate.DeviceResult{j.restore(plan)}
	if result.Devices[0].WasWrittenTo() {
		j.readAfter(directory)
	}
	result.Summarize()
	if j.app.flags.json() {
		return result, writeJSON(j.app.stdout, result)
	}
	return result, report.Restored(j.app.stdout, result, j.app.style(j.app.stdoutIsTerminal))
}

// readAfter plans the device again and records that as a run: the store, metrics and pages must not keep saying
// "in order" after roots were removed.
func (j *restoreJob) readAfter(directory string) {
	what := run.Assignment{
		Action: run.ActionPlan, Head: j.app.planHead(), Order: j.given.order(),
		Note: "read after the restore of " + directory,
	}
	again, err := j.app.begin(what, []*access.Device{j.work.Device})
	if err != nil {
		j.app.complain(err)
		return
	}
	err = again.Read(rollout.Rules{MaxUnreachable: rollout.Percent(100, 0)})
	if err = again.finish(err); err != nil {
		j.app.complain(err)
	}
}

func (j *restoreJob) showDryRun(plan remediate.RestorePlan, result remediate.Result) error {
	if j.app.flags.json() {
		return writeJSON(j.app.stdout, result)
	}
	if err := report.Restore(j.app.stdout, plan, j.app.style(j.app.stdoutIsTerminal)); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	_, err := fmt.Fprintln(j.app.stdout, "\nDry run: nothing was written.")
	return err
}

// restore asks and carries out the plan while it holds the device's lock.
func (j *restoreJob) restore(plan remediate.RestorePlan) remediate.DeviceResult {
	if plan.Verdict != remediate.Change {
		return remediate.NewRestoreResult(plan)
	}
	if failure := j.confirm(plan); failure != nil {
		result := remediate.NewRestoreResult(plan)
		result.Status, result.Error = remediate.Skipped, failure
		return result
	}
	j.record()
	j.work.Progress = func(step remediate.Step, number, of int) {
		j.app.say("%s: step %d of %d: %s", plan.Target, number, of, step)
	}
	return j.work.CarryOut(plan, run.WriteTerms{
		LockTimeout: j.given.settings.LockTimeout.Value, Retry: j.app.patience(), Settle: j.app.settling(),
	})
}

// record puts the restore on Record, in the store of --store. A store that is away must not keep an operator from undoing
// a change: the device's journal has it too.
func (j *restoreJob) record() {
	opened, err := j.app.openStore()
	if err == nil {
		entry := web.AuditEntry{Kind: web.AuditRestore, Subject: j.backupOf}
		err = errors.Join(j.app.deed(opened, entry, func() error { return nil }), opened.Close())
	}
	if err != nil {
		j.app.warn("the restore is not on Record: " + err.Error())
	}
}
