package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) restoreCommand() *cobra.Command {
	var flags restoreFlags
	command := &cobra.Command{
		Use:   "restore BACKUP [-i FILE] | restore --run RUN [-i FILE] [--limit PATTERN]",
		Short: "Put back what the run of a backup changed: added roots and the bundle switch",
		Long: `restore verifies a backup, reads the device, and puts back what acfix changed in the run
that made the backup: it removes the roots that were added and switches the default CA
bundle off where that run had switched it on. What others changed meanwhile stays. What
can't be put back is listed with what to do by hand (exit code 3). BACKUP is a directory,
or a name such as store:12 with --store, for a backup that a shared store keeps.

Removing a root replaces the TLS Context's store, which ends its live connections. You
confirm that with the device's serial number, or --confirm-serial; --yes is not enough.

A backup has no signature: who can write to its directory could name another host in it,
which would then be sent the password. So its address is only used unasked when --pin or
--ca-file says whom to trust, when the inventory has it, or when it is this machine; else
it is shown and asked for, or has to be given with --url.

With -i the device must be one of the inventory, by the backup's address or by --url, which
may be the device's name there too. How to reach it, whom to trust and as whom to log in are
then the inventory's; the flags win.

With --run acfix restores what a run did, from the backups that it made, on many devices at a
time. Devices whose store would be replaced are asked for one by one; without a terminal each
needs its own --confirm-serial, or it is skipped.

With --dry-run nothing is written, neither to the device nor a backup to disk.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if flags.run == "" {
				if err := flags.oneBackup(arguments); err != nil {
					return err
				}
			}
			if !flags.dryRun && !flags.yes && !a.stdinIsTerminal {
				return usage.Errorf("there is no terminal to ask at").
					Hint("add --yes, or --dry-run to see what would be done")
			}
			if flags.run != "" {
				return a.restoreRun(flags, arguments)
			}
			kept, closeStore, err := a.evidenceOfFlags()
			if err != nil {
				return err
			}
			defer closeStore()
			work := &run.Restore{Process: a.process(), ID: newID(), Evidence: kept}
			result, err := (&restoreJob{app: a, given: flags, work: work}).run(arguments[0])
			if err != nil {
				return err
			}
			return a.resultExit(report.ResultsOf(result), false)
		},
	}
	flags.connection.register(command.Flags())
	flags.registerInventoryFile(command.Flags(), "file with devices, YAML or CSV, of which the backup's is one")
	command.Flags().StringVar(&flags.url, "url", "",
		"the device's address, where it is not the backup's; with -i its name will do")
	command.Flags().StringVar(&flags.identity, "identity", "",
		"file with the age identity that opens an encrypted backup")
	command.Flags().StringArrayVar(&flags.confirmSerials, "confirm-serial", nil,
		"the device's serial number: confirms that a store is replaced, and another unit after an HA switch-over; "+
			"with --run it may repeat")
	command.Flags().StringVar(&flags.run, "run", "", "restore what this run did, on all its devices")
	command.Flags().StringVar(&flags.limit, "limit", "",
		"of the run, only these devices: globs of names and tag:NAME, separated by commas")
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be done; no backup, no write")
	command.Flags().BoolVar(&flags.yes, "yes", false, "do not ask; replacing a store needs --confirm-serial as well")
	bind(command.Flags(), &flags.settings, lockUsage, usages{"save-unsaved": choiceUsages["save-unsaved"]}, restoreRunUsages)
	a.registerRecipients(command.Flags())
	return command
}

func (f restoreFlags) oneBackup(arguments []string) error {
	switch {
	case f.limit != "":
		return usage.Errorf("--limit selects devices of a run").Hint("name the run with --run, or leave out --limit")
	case len(f.confirmSerials) > 1:
		return usage.Errorf("a backup is of one device").Hint("give --confirm-serial once")
	}
	if len(arguments) != 1 {
		return usage.Errorf("%d backups are named instead of one", len(arguments)).Hint(listsBackups)
	}
	return isBackup(arguments[0])
}
