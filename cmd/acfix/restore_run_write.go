package main

import (
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// run reads, asks and writes. When it returns nil or an exit code, the result is on stdout.
func (j *restoreRunJob) run() error {
	if err := j.restore.Read(j.given.settings); err != nil {
		return err
	}
	refused := map[int]*remediate.Failure{}
	if j.fleet.Halted() == rollout.Going {
		if err := j.showPlans(); err != nil {
			return err
		}
		refused = j.confirm()
	}
	terms := run.WriteTerms{
		LockTimeout: j.given.settings.LockTimeout.Value, Retry: j.app.patience(), Settle: j.app.settling(),
	}
	if err := j.restore.Write(j.given.settings, terms, refused); err != nil {
		return err
	}
	if err := j.readAfter(); err != nil {
		j.app.complain(err)
	}
	return j.show(false)
}

func (j *restoreRunJob) dryRun() error {
	if err := j.restore.Read(j.given.settings); err != nil {
		return err
	}
	for place, plan := range j.restore.Plans {
		if err := j.fleet.Book.PutResult(place, remediate.NewRestoreResult(plan)); err != nil {
			return err
		}
	}
	return j.show(true)
}

func (j *restoreRunJob) show(dry bool) error {
	result := remediate.Result{Schema: remediate.ResultSchema, Run: j.fleet.ID, DryRun: dry}
	for device, err := range j.fleet.Results() {
		if err != nil {
			return err
		}
		result.Devices = append(result.Devices, device)
	}
	result.Summarize()
	show := func() error { return report.Restored(j.app.stdout, result, j.app.style(j.app.stdoutIsTerminal)) }
	if j.app.flags.json() {
		show = func() error { return writeJSON(j.app.stdout, result) }
	}
	if err := show(); err != nil {
		return err
	}
	return j.app.resultExit(j.fleet.Results(), false)
}

// readAfter plans the devices that were written to again, and records that as a run, as after a restore of one.
func (j *restoreRunJob) readAfter() error {
	var written []*access.Device
	for place, device := range j.fleet.Devices {
		result, known, err := j.fleet.Book.Result(place)
		if err != nil {
			return err
		}
		if known && result.WasWrittenTo() {
			written = append(written, device)
		}
	}
	if len(written) == 0 || j.app.stopped() {
		return nil
	}
	again, err := j.app.begin(run.Assignment{
		Action: run.ActionPlan, Head: j.app.planHead(), Order: j.given.order(),
		Note: "read after the restore of run " + j.kept.ID,
	}, written)
	if err != nil {
		return err
	}
	rules := rollout.Rules{Parallel: j.given.settings.Parallel.Value, MaxUnreachable: rollout.Percent(100, 0)}
	return again.finish(again.Read(rules))
}
