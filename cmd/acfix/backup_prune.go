package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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

func (a *app) backupPruneCommand() *cobra.Command {
	var flags pruneFlags
	command := &cobra.Command{
		Use:   "prune --keep-last N --older-than-days N",
		Short: "Delete old backups, but never a device's newest, nor one that an unfinished run needs",
		Long: `prune deletes the backups that are older than --older-than-days and not among the newest
--keep-last of their device, which is known by its serial number; those in a store that
machines share go by the same rules. It keeps a backup while the device's journal holds
unsaved changes of acfix, and while the run that made it can be resumed; "acfix history prune"
deletes old runs.

A journal goes once it is that old, the device has no backup left, and no run in it can be
resumed. Marks of saved plans of more than a year go too, and after a day what killed processes
left half-written. "acfix serve" does all this by schedule if its jobs file says so.`,
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
	if f.last < 1 {
		return usage.Errorf("--keep-last must be at least 1").Hint("give --keep-last 3")
	}
	if err := checkAge(f.days); err != nil {
		return err
	}
	if !f.yes && !f.dryRun && !terminal {
		return usage.Errorf("there is no terminal to ask at").Hint("add --yes, or --dry-run to see what would be deleted")
	}
	return checkBackupDirectory(f.directory)
}

// checkBackupDirectory refuses a directory that was given and is not there: it is mistyped, and nothing would ever be
// found or deleted in it.
func checkBackupDirectory(directory string) error {
	if directory == "" {
		return nil
	}
	info, err := os.Stat(directory)
	switch {
	case err != nil:
		return usage.Errorf("--dir: %s", err).Hint("give the directory that has the backups")
	case !info.IsDir():
		return usage.Errorf("--dir: %s is not a directory", directory).Hint("give the directory that has the backups")
	default:
		return nil
	}
}

func (a *app) pruneBackups(flags pruneFlags) error {
	if flags.directory != "" {
		a.flags.backupDir = flags.directory
	}
	pruner, closeIt, err := a.pruner(flags.dryRun)
	if err != nil {
		return err
	}
	defer closeIt()
	ctx, cancel := a.reading()
	defer cancel()
	rule := evidence.Rule{Last: flags.last, Before: a.now().AddDate(0, 0, -flags.days)}
	old, all, err := pruner.Old(ctx, rule)
	if err != nil {
		return usage.Errorf("%s", err).Hint("give the directory with --dir")
	}
	const question = "Delete up to %d of the %d backups in %s?"
	if len(old) > 0 && !flags.yes && !flags.dryRun &&
		!a.askYes(fmt.Sprintf(question, len(old), all, foreign.Clean(pruner.Directory))) {
		return exitCode(exitFailed)
	}
	pruned, err := pruneEvidence(ctx, pruner, old, rule.Before)
	if err != nil {
		return err
	}
	return a.showPruned(pruner, pruned)
}

func pruneEvidence(
	ctx context.Context, p evidence.Pruner, old []backup.Listed, before time.Time,
) (pruned prunedEvidence, err error) {
	pruned.backups = p.PruneAll(ctx, old)
	if ctx.Err() != nil {
		return pruned, ctx.Err()
	}
	if pruned.journals, err = p.PruneJournals(ctx, before); err != nil {
		return pruned, err
	}
	pruned.leftovers, err = p.Leftovers()
	return pruned, err
}

// pruner deletes old backups of --backup-dir, and in a store that machines share.
func (a *app) pruner(dryRun bool) (evidence.Pruner, func(), error) {
	directory, err := a.backupDirectory()
	if err != nil {
		return evidence.Pruner{}, nil, err
	}
	opened, err := a.openKept()
	closeIt := func() {}
	switch {
	case errors.Is(err, errNothingKept):
		opened = nil
	case err != nil:
		return evidence.Pruner{}, nil, err
	default:
		closeIt = func() { _ = opened.Close() }
	}
	pruner := evidence.Pruner{
		Directory: directory, Journal: a.evidence(opened), Disk: backup.OS{}, DryRun: dryRun,
		Files: evidence.Files{State: a.stateDirectory, Now: a.now, ThisBoot: a.boot()},
		Run: func(ctx context.Context, id string) (store.Run, error) {
			if opened == nil {
				return store.Run{}, store.ErrUnknownRun
			}
			return opened.Run(ctx, id)
		},
	}
	if opened != nil && opened.Shared() {
		pruner.Stored = opened
	}
	return pruner, closeIt, nil
}
