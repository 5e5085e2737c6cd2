package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// pruneFlags say which backups go.
type pruneFlags struct {
	directory   string
	last, days  int
	dryRun, yes bool
}

// prunedBackup is one old backup in the document of "acfix backup prune -o json".
type prunedBackup struct {
	Backup string `json:"backup"`
	Target string `json:"target"`
	Serial string `json:"serial"`
	Taken  string `json:"taken"`
	Status string `json:"status"` // deleted, old (a dry run would delete it), kept, or failed
	Reason string `json:"reason"` // why it is kept, or what failed
}

func (a *app) backupPruneCommand() *cobra.Command {
	var flags pruneFlags
	command := &cobra.Command{
		Use:   "prune --keep-last N --older-than-days N",
		Short: "Delete old backups, but never a device's newest, nor one that an unfinished run needs",
		Long: `prune deletes the backups that are older than --older-than-days and not among the newest
--keep-last of their device, which is known by its serial number. It keeps a backup while
the device's journal holds unsaved changes of acfix, and while the run that made it can be
resumed; "acfix history prune" deletes old runs. Journals stay.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := flags.check(a.stdinIsTerminal); err != nil {
				return err
			}
			return a.pruneBackups(flags)
		},
	}
	command.Flags().StringVar(&flags.directory, "dir", "", "where the backups are (default as --backup-dir)")
	command.Flags().IntVar(&flags.last, "keep-last", 0, "backups to keep of each device, whatever their age")
	command.Flags().IntVar(&flags.days, "older-than-days", 0, "backups that were made before so many days")
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "list what would be deleted; delete nothing")
	command.Flags().BoolVar(&flags.yes, "yes", false, "do not ask")
	return command
}

func (f pruneFlags) check(terminal bool) error {
	switch {
	case f.last < 1:
		return usage.Errorf("--keep-last must be at least 1").Hint("give --keep-last 3")
	case f.days < 1:
		return usage.Errorf("--older-than-days must be at least 1").Hint("give --older-than-days 365")
	case !f.yes && !f.dryRun && !terminal:
		return usage.Errorf("there is no terminal to ask at").Hint("add --yes, or --dry-run to see what would be deleted")
	default:
		return nil
	}
}

func (a *app) pruneBackups(flags pruneFlags) error {
	if flags.directory != "" {
		a.flags.backupDir = flags.directory
	}
	directory, err := a.backupDirectory()
	if err != nil {
		return err
	}
	list, err := backup.List(directory)
	if err != nil {
		return usage.Errorf("%s", err).Hint("give the directory with --dir")
	}
	old := backup.Old(list, flags.last, a.now().AddDate(0, 0, -flags.days))
	const question = "Delete up to %d of the %d backups in %s?"
	if len(old) > 0 && !flags.yes && !flags.dryRun &&
		!a.askYes(fmt.Sprintf(question, len(old), len(list), foreign.Clean(directory))) {
		return exitCode(exitFailed)
	}
	pruned, err := a.prunedBackups(old, flags.dryRun)
	if err != nil {
		return err
	}
	return a.showPruned(directory, flags.dryRun, pruned)
}

func (a *app) prunedBackups(old []backup.Listed, dryRun bool) ([]prunedBackup, error) {
	opened, err := a.openKept()
	switch {
	case errors.Is(err, errNothingKept):
		opened = nil
	case err != nil:
		return nil, err
	default:
		defer func() { _ = opened.Close() }()
	}
	pruner := evidence.Pruner{
		Files: evidence.Files{State: a.stateDirectory, Now: a.now}, Journal: a.evidence(opened),
		Disk: backup.OS{}, DryRun: dryRun,
		Run: func(ctx context.Context, id string) (store.Run, error) {
			if opened == nil {
				return store.Run{}, store.ErrUnknownRun
			}
			return opened.Run(ctx, id)
		},
	}
	ctx, cancel := a.reading()
	defer cancel()
	pruned := []prunedBackup{}
	for _, listed := range old {
		kept, err := pruner.Prune(ctx, listed)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		pruned = append(pruned, prunedOf(listed, kept, err, dryRun))
	}
	return pruned, nil
}

func prunedOf(listed backup.Listed, kept string, err error, dryRun bool) prunedBackup {
	m := listed.Manifest
	one := prunedBackup{
		Backup: listed.Directory, Target: m.Target, Serial: m.Serial, Taken: m.Taken.UTC().Format(time.RFC3339),
		Status: "deleted", Reason: kept,
	}
	switch {
	case err != nil:
		one.Status, one.Reason = "failed", err.Error()
	case kept != "":
		one.Status = "kept"
	case dryRun:
		one.Status = "old"
	}
	return one
}

func (a *app) showPruned(directory string, dryRun bool, pruned []prunedBackup) error {
	counts := map[string]int{}
	var text strings.Builder
	for _, one := range pruned {
		counts[one.Status]++
		fmt.Fprintf(&text, "%-7s  %s", one.Status, foreign.Clean(one.Backup))
		if one.Reason != "" {
			fmt.Fprintf(&text, ": %s", foreign.Clean(one.Reason))
		}
		text.WriteString("\n")
	}
	if dryRun {
		fmt.Fprintf(&text, "Backups that would be deleted: %d.\n", counts["old"])
	} else {
		fmt.Fprintf(&text, "Backups deleted: %d.\n", counts["deleted"])
	}
	document := map[string]any{
		"schema": "acfix.backup-prune/v1", "directory": directory, "dry_run": dryRun, "deleted": counts["deleted"],
		"backups": pruned,
	}
	if err := a.show(document, text.String()); err != nil {
		return err
	}
	return exitWith(map[int]bool{exitFailed: counts["failed"] > 0})
}
