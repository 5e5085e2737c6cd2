package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// restoreRun restores what a run did.
func (a *app) restoreRun(given restoreFlags, arguments []string) error {
	if len(arguments) > 0 || given.url != "" {
		return usage.Errorf("--run takes the backups of that run, and no others").
			Hint("leave out the backup and --url, or leave out --run")
	}
	if err := given.settings.Check(); err != nil {
		return err
	}
	return a.withRun(given.run, func(opened *store.Store, kept store.Run) error {
		job := &restoreRunJob{app: a, given: given, opened: opened, kept: kept}
		if err := job.begin(); err != nil {
			return err
		}
		if given.dryRun {
			return job.dryRun()
		}
		entry := web.AuditEntry{Kind: web.AuditRestore, Subject: kept.ID}
		if err := a.deed(opened, entry, func() error { return nil }); err != nil {
			return job.fleet.finish(err)
		}
		return job.fleet.finish(job.run())
	})
}

// restoreRunJob is one "acfix restore --run".
type restoreRunJob struct {
	app     *app
	given   restoreFlags
	opened  *store.Store
	kept    store.Run
	backups []string // by place
	fleet   *fleetRun
	restore *run.RestoreFleet
}

// begin resolves the devices of the run and opens their backups. Nothing is sent to a device.
func (j *restoreRunJob) begin() error {
	if err := j.mayRestore(); err != nil {
		return err
	}
	devices, err := j.devices()
	if err != nil {
		return err
	}
	what := run.Assignment{
		Action: run.ActionRestore, Order: j.given.order(), Head: j.app.planHead(), Note: "restores run " + j.kept.ID,
	}
	if j.given.dryRun {
		registry := j.app.registry()
		session := &run.Session{Run: run.New(newID(), devices, registry.Process), Assignment: what}
		session.Book, session.Evidence = run.NewMemoryBook(len(devices)), j.app.evidence(j.opened)
		j.fleet = &fleetRun{app: j.app, Session: session}
	} else if j.fleet, err = j.app.begin(what, devices); err != nil {
		return err
	}
	return j.open()
}

// mayRestore refuses a run that has nothing to restore, or is still going on.
func (j *restoreRunJob) mayRestore() error {
	head, err := j.app.ledger(j.opened).Head(j.kept)
	switch {
	case err != nil:
		return err
	case j.kept.Action != run.ActionApply:
		return usage.Errorf("run %s was no apply: it changed nothing that could be put back", j.kept.ID).
			Hint("\"acfix history --action apply\" lists the runs that may have changed devices")
	case head.State == string(store.RunRunning):
		return usage.Errorf("run %s is still going on", j.kept.ID).Hint("wait for it to end, then restore")
	default:
		return nil
	}
}

// open opens and verifies the backups. One that can't be used fails its device before anything is sent to it.
func (j *restoreRunJob) open() error {
	keys, err := j.app.identities(j.given.identity)
	if err != nil {
		return err
	}
	devices := j.fleet.Devices
	j.restore = &run.RestoreFleet{
		Run: j.fleet.Run, Works: make([]*run.Restore, len(devices)), Plans: make([]remediate.RestorePlan, len(devices)),
		Terms: remediate.RestoreTerms{SaveUnsaved: j.given.settings.SaveUnsaved.Value},
	}
	for place, device := range devices {
		work := &run.Restore{
			Process: j.app.process(), ID: j.fleet.ID, Device: device, Evidence: j.fleet.Evidence,
		}
		j.restore.Works[place], j.restore.Plans[place] = work, remediate.RestorePlan{Backup: j.backups[place]}
		backup, err := j.app.readBackup(j.backups[place])
		if err == nil && backup.Manifest.Run != j.kept.ID {
			err = errors.New("the backup is not of that run")
		}
		if err == nil {
			err = work.Open(backup, keys)
		}
		if err != nil {
			plan := remediate.ErrorRestorePlan(unusableBackup(err))
			plan.Target, plan.URL, plan.Backup = device.Name, device.URL, j.backups[place]
			j.restore.Plans[place] = plan
		}
	}
	return nil
}

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

// confirm asks for what the flags do not confirm, device after device, and returns the devices that stay as they are.
// --yes never replaces the serial number of a device whose store is replaced.
func (j *restoreRunJob) confirm() map[int]*remediate.Failure {
	refused := map[int]*remediate.Failure{}
	var plain []int
	for _, place := range j.restore.Changes() {
		plan := j.restore.Plans[place]
		switch {
		case len(plan.Replaces) == 0:
			plain = append(plain, place)
		case slices.Contains(j.given.confirmSerials, plan.Device.Unit()):
			plain = append(plain, place)
		case !j.app.stdinIsTerminal || !j.typed(plan):
			refused[place] = remediate.Fail(remediate.ErrUnconfirmed)
		}
	}
	if len(plain) == 0 || j.given.yes {
		return refused
	}
	if j.app.askYes(fmt.Sprintf("\nCarry out the restore on %d of %d devices?", len(plain), len(j.fleet.Devices))) {
		return refused
	}
	for _, place := range plain {
		refused[place] = restoreDeclined()
	}
	return refused
}

// typed reports whether the operator typed the device's serial number.
func (j *restoreRunJob) typed(plan remediate.RestorePlan) bool {
	const question = "\n%s: this ends live TLS connections. To carry it out, type the device's %s: "
	return j.app.ask(fmt.Sprintf(question, plan.Target, unitWord(plan))) == plan.Device.Unit()
}
