package main

import (
	"strings"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
)

// evidence is where a run keeps journals and backups, and how it keeps everybody else off a
// device; opened is its store, nil where it has none.
func (a *app) evidence(opened *store.Store) evidence.Keeper {
	files := evidence.Files{State: a.stateDirectory, Backups: a.backupsOn(a.flags.backupDir), Now: a.now}
	if opened != nil && opened.Shared() {
		return evidence.Shared{Files: files, Holder: a.holder(opened), Patience: a.process().Patience(), Abort: a.abort}
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
	return a.evidence(opened), func() { _ = opened.Close() }, nil
}

// backupsOn is a directory of backups, with whom may open what is written.
func (a *app) backupsOn(directory string) evidence.Backups {
	return evidence.Backups{
		Store: backup.Store{Directory: directory, Disk: backup.OS{}, Recipients: a.flags.recipients.list},
		Acfix: version,
	}
}
