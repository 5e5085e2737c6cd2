package main

import (
	"fmt"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/spf13/cobra"
)

// backupDocument is the document of "acfix backup -o json".
type backupDocument struct {
	Schema  string         `json:"schema"`
	Devices []backupResult `json:"devices"`
}

type backupResult struct {
	Target string             `json:"target"`
	Status string             `json:"status"` // done or failed
	Backup string             `json:"backup"` // directory
	Error  *remediate.Failure `json:"error"`
}

func (a *app) backupCommand() *cobra.Command {
	var flags connection
	var directory string
	command := &cobra.Command{
		Use:   "backup [TARGET...] [-i FILE]",
		Short: "Back devices up: configuration, trusted roots and certificates; never writes to them",
		RunE: func(_ *cobra.Command, arguments []string) error {
			if directory != "" {
				a.flags.backupDir = directory
			}
			targets, dialer, err := a.prepare(arguments, flags)
			if err != nil {
				return err
			}
			document := backupDocument{Schema: "acfix.backup/v1", Devices: []backupResult{}}
			codes := map[int]bool{}
			for _, target := range targets {
				result := a.backupDevice(target, dialer)
				if result.Error != nil {
					codes[failureExit(result.Error)] = true
				}
				document.Devices = append(document.Devices, result)
			}
			if err := a.showBackups(document); err != nil {
				return err
			}
			return exitWith(codes)
		},
	}
	flags.register(command.Flags())
	flags.registerInventory(command.Flags())
	command.Flags().StringVar(&directory, "dir", "", "where the backups go (default as --backup-dir)")
	a.registerRecipients(command.Flags())
	command.AddCommand(a.backupListCommand(), a.backupVerifyCommand(), a.backupFetchCommand())
	return command
}

func (a *app) backupDevice(t target, dialer *dialer) backupResult {
	if failure := dialer.access(t).failure; failure != nil {
		return backupResult{Target: t.name, Status: "failed", Error: failure}
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := dialer.reader(t)
	defer client.Close()
	a.say("backing up %s", t.name)
	snapshot, err := remediate.TakeSnapshot(ctx, client, a.now)
	if err != nil {
		return backupResult{Target: t.name, Status: "failed", Error: remediate.Fail(err)}
	}
	directory, err := a.archive(t, "")(snapshot, remediate.DevicePlan{})
	if err != nil {
		return backupResult{Target: t.name, Status: "failed", Error: remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrBackup, err))}
	}
	return backupResult{Target: t.name, Status: "done", Backup: directory}
}

func (a *app) showBackups(document backupDocument) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	for _, device := range document.Devices {
		line := fmt.Sprintf("%s: backed up to %s\n", report.Clean(device.Target), report.Clean(device.Backup))
		if device.Error != nil {
			line = fmt.Sprintf("%s: error: %s [%s]\n  hint: %s\n", report.Clean(device.Target),
				report.Clean(device.Error.Message), device.Error.Code, device.Error.Hint)
		}
		if _, err := fmt.Fprint(a.stdout, line); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return nil
}
