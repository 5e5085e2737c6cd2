package main

import (
	"strings"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
)

// evidence returns what keeps a run's journals, backups and device locks; opened is the run's store, or nil.
func (a *app) evidence(opened *store.Store) evidence.Keeper {
	files := evidence.Files{State: a.stateDirectory, Backups: a.backupsOn(a.flags.backupDir), Now: a.now, ThisBoot: a.boot()}
	if opened != nil && opened.Shared() {
		return evidence.Shared{Files: files, Holder: a.holder(opened), Patience: a.process().Patience(), Abort: a.abort}
	}
	return files
}

// evidenceOfFlags serves work outside a run: it uses a shared store only if --store names one.
func (a *app) evidenceOfFlags() (evidence.Keeper, func(), error) {
	if a.flags.store == "" || strings.HasPrefix(a.flags.store, "sqlite:") {
		return a.evidence(nil), func() {}, nil
	}
	opened, err := a.openStore()
	if err != nil {
		return nil, nil, err
	}
	return a.evidence(opened), func() { _ = opened.Close() }, nil
}

// backupsOn returns a directory of backups with the recipients that may open new ones.
func (a *app) backupsOn(directory string) evidence.Backups {
	return evidence.Backups{
		Store: backup.Store{Directory: directory, Disk: backup.OS{}, Recipients: a.flags.recipients.list},
		Acfix: version,
	}
}
