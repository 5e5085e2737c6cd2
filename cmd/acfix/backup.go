package main

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// backupDocument is the document of "acfix backup -o json".
type backupDocument struct {
	Schema  string             `json:"schema"`
	Devices []run.BackupResult `json:"devices"`
}

func (a *app) backupCommand() *cobra.Command {
	var flags connection
	var directory string
	var parallel int
	command := &cobra.Command{
		Use:   "backup [TARGET...] [-i FILE]",
		Short: "Back devices up: configuration, trusted roots and certificates; never writes to them",
		RunE: func(command *cobra.Command, arguments []string) error {
			if directory != "" {
				a.flags.backupDir = directory
			}
			err := orCommand(command, arguments, "A host of that name is written with https:// before it")
			if err != nil && flags.inventory == "" {
				return err
			}
			devices, err := a.prepare(arguments, flags)
			if err != nil {
				return err
			}
			return a.backups(devices, parallel)
		},
	}
	flags.register(command.Flags())
	flags.registerInventory(command.Flags())
	command.Flags().StringVar(&directory, "dir", "", "where the backups go (default as --backup-dir)")
	command.Flags().IntVar(&parallel, "parallel", defaultParallel, "devices at a time")
	a.registerRecipients(command.Flags())
	command.AddCommand(a.backupListCommand(), a.backupVerifyCommand(), a.backupFetchCommand(), a.backupPruneCommand())
	return command
}

// backups backs up all devices, by the same rule for credentials as every other run.
func (a *app) backups(devices []*access.Device, parallel int) error {
	if parallel < 1 {
		return usage.Errorf("--parallel must be at least 1").Hint("give --parallel 1 for one device after the other")
	}
	archive := func() (evidence.Backups, error) {
		directory, err := a.backupDirectory()
		return a.backupsOn(directory), err
	}
	reading := func(device string) { a.say("backing up %s", device) }
	results, err := run.New("", devices, a.process()).BackUp(parallel, archive, reading)
	if err != nil {
		return err
	}
	codes := map[int]bool{}
	for _, result := range results {
		if result.Error != nil {
			codes[failureExit(result.Error)] = true
		}
	}
	if err := a.showBackups(backupDocument{Schema: "acfix.backup/v1", Devices: results}); err != nil {
		return err
	}
	return exitWith(codes)
}

func (a *app) showBackups(document backupDocument) error {
	var text strings.Builder
	for _, device := range document.Devices {
		if device.Error == nil {
			fmt.Fprintf(&text, "%s: backed up to %s\n", foreign.Clean(device.Target), foreign.Clean(device.Backup))
			continue
		}
		fmt.Fprintf(&text, "%s: error: %s [%s]\n  hint: %s\n", foreign.Clean(device.Target),
			foreign.Clean(device.Error.Message), device.Error.Code, foreign.Clean(device.Error.Hint))
	}
	return a.show(document, text.String())
}
