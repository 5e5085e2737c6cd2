package main

import (
	"strings"
	"time"

	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/evidence"
	"github.com/acfix/acfix/remediate"
)

// evidence is where a run keeps journals and backups, and how it keeps everybody else off a
// device.
func (a *app) evidence(record *record) evidence.Keeper {
	files := evidence.Files{State: a.stateDirectory, Backups: a.backupsOn(a.flags.backupDir), Now: a.now}
	if record != nil && record.store.Shared() {
		return evidence.Shared{Files: files, Holder: a.holder(record.store), Patience: a.storePatience(), Abort: a.abort}
	}
	return files
}

// evidenceOfFlags is for work that is no run: a shared store counts where --store names one.
func (a *app) evidenceOfFlags() (evidence.Keeper, func(), error) {
	if a.flags.store == "" || strings.HasPrefix(a.flags.store, "sqlite:") {
		return a.evidence(nil), func() {}, nil
	}
	opened, err := a.openStore()
	if err != nil {
		return nil, nil, err
	}
	return a.evidence(&record{app: a, store: opened}), func() { _ = opened.Close() }, nil
}

// backupsOn is a directory of backups, with whom may open what is written.
func (a *app) backupsOn(directory string) evidence.Backups {
	return evidence.Backups{
		Store: backup.Store{Directory: directory, Disk: backup.OS{}, Recipients: a.flags.recipients.list},
		Acfix: version,
	}
}

// hold makes a run the only one at a device; a wish to stop ends the wait.
func (a *app) hold(kept evidence.Keeper, run string, device evidence.Device, patience time.Duration) (evidence.Grip, *remediate.Failure) {
	ctx, cancel := a.reading()
	defer cancel()
	return kept.Hold(ctx, run, device, patience)
}
