package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
)

// storeIsShared reports whether --store names a store that keeps backups itself.
func (a *app) storeIsShared() bool {
	return a.flags.store != "" && !strings.HasPrefix(a.flags.store, "sqlite:")
}

// listStoredBackups lists the backups in the store, by the manifests in them.
func (a *app) listStoredBackups() error {
	opened, err := a.openKept()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	artifacts, err := opened.Artifacts(a.abort, evidence.PackedBackup)
	if err != nil {
		return err
	}
	kept := []keptBackup{}
	for _, artifact := range artifacts {
		name := evidence.InStore + strconv.FormatInt(artifact.ID, 10)
		listed := backup.Listed{Directory: name}
		_, data, err := opened.Artifact(a.abort, artifact.ID)
		var read backup.Backup
		if err == nil {
			read, err = backup.Open(data)
		}
		if err != nil {
			listed.Err = fmt.Errorf("%w: %w", backup.ErrDamaged, err)
		}
		listed.Manifest = read.Manifest
		one := keptBackupOf(listed)
		one.Run = artifact.Run
		kept = append(kept, one)
	}
	document := map[string]any{"schema": "acfix.backup-list/v1", "directory": "", "backups": kept}
	return a.show(document, keptText("the store", kept))
}
