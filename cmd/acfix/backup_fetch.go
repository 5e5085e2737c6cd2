package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) backupFetchCommand() *cobra.Command {
	var directory string
	command := &cobra.Command{
		Use:     "fetch store:ID --store URL",
		Short:   "Put a backup from a shared store into a directory, verified",
		Example: `  acfix backup fetch store:12 --store postgres://db.example.com/acfix --dir /var/backups/acfix`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("%d backups are named instead of one", len(arguments)).
					Hint("give one backup as results name it, such as store:12")
			}
			if directory != "" {
				a.flags.backupDir = directory
			}
			return a.fetchBackup(arguments[0])
		},
	}
	command.Flags().StringVar(&directory, "dir", "", "where the backup goes (default as --backup-dir)")
	return command
}

func (a *app) fetchBackup(name string) error {
	directory, err := a.backupDirectory()
	if err != nil {
		return err
	}
	packed, err := a.packedBackup(name)
	if err != nil {
		return err
	}
	kept, err := a.backupsOn(directory).Store.Unpack(packed)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	document := map[string]any{"schema": "acfix.backup-fetch/v1", "from": name, "backup": kept.Directory}
	return a.show(document, foreign.Clean(kept.Directory)+"\n")
}

// packedBackup reads a backup from the store of --store.
func (a *app) packedBackup(name string) ([]byte, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(name, evidence.InStore), 10, 64)
	if err != nil {
		return nil, usage.Errorf("%q is no backup of a store", name).
			Hint("give it as results name it, such as store:12")
	}
	opened, err := a.openKept()
	if errors.Is(err, errNothingKept) {
		return nil, usage.Errorf("there is no backup %s: no store is named", name).
			Hint("give the store that machines share with --store")
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	artifact, data, err := opened.Artifact(a.abort, id)
	switch {
	case errors.Is(err, store.ErrNoArtifact), err == nil && artifact.Kind != evidence.PackedBackup:
		return nil, usage.Errorf("there is no backup %s in the store", name).
			Hint("\"acfix report RUN -o json\" names the backups of a run; is --store the right one?")
	case errors.Is(err, store.ErrDamaged):
		return nil, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
	}
	return data, err
}

// readBackup reads a backup from a directory, or, by a name such as store:12, from the store.
func (a *app) readBackup(name string) (backup.Backup, error) {
	if !strings.HasPrefix(name, evidence.InStore) {
		return backup.Read(name)
	}
	packed, err := a.packedBackup(name)
	if err != nil {
		return backup.Backup{}, err
	}
	return backup.Open(packed)
}
