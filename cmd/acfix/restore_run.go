package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/usage"
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
	case j.kept.State == store.RunPaused:
		const text = "run %s is paused: it resumes when its change window opens, and repairs the devices that are left. " +
			"To end it first: acfix job reject %s"
		j.app.warn(fmt.Sprintf(text, j.kept.ID, j.kept.ID))
		return nil
	case head.State == string(store.RunRunning):
		return usage.Errorf("run %s is still going on", j.kept.ID).Hint("wait for it to end, then restore")
	default:
		return nil
	}
}
