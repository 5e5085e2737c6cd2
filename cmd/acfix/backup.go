package main

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
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
	// Kept is the directory of what was kept although it is no backup: a configuration that can't be parsed.
	Kept string `json:"kept,omitempty"`
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
			if err := orCommand(command, arguments, "A host of that name is written with https:// before it"); err != nil && flags.inventory == "" {
				return err
			}
			targets, dialer, err := a.prepare(arguments, flags)
			if err != nil {
				return err
			}
			return a.backups(targets, dialer, parallel)
		},
	}
	flags.register(command.Flags())
	flags.registerInventory(command.Flags())
	command.Flags().StringVar(&directory, "dir", "", "where the backups go (default as --backup-dir)")
	command.Flags().IntVar(&parallel, "parallel", defaultParallel, "devices at a time")
	a.registerRecipients(command.Flags())
	command.AddCommand(a.backupListCommand(), a.backupVerifyCommand(), a.backupFetchCommand())
	return command
}

// backups backs all devices up, by the same rule for credentials as every other run.
func (a *app) backups(targets []access.Target, dialer *access.Dialer, parallel int) error {
	if parallel < 1 {
		return usage.New("give --parallel 1 for one device after the other", "--parallel must be at least 1")
	}
	all := run.New("", targets, dialer, a.process())
	work := archivist{app: a, all: all, results: make([]backupResult, len(targets))}
	settings := rollout.Settings{Parallel: parallel, MaxUnreachable: rollout.Percent(100, 0)}
	err := all.Drive(run.Reading, settings, func(int) bool { return false }, work, func(place int, why remediate.Failure) error {
		work.results[place] = backupResult{Target: targets[place].Name, Status: "failed", Error: &why}
		return nil
	})
	if err != nil {
		return err
	}
	codes := map[int]bool{}
	for _, result := range work.results {
		if result.Error != nil {
			codes[failureExit(result.Error)] = true
		}
	}
	if err := a.showBackups(backupDocument{Schema: "acfix.backup/v1", Devices: work.results}); err != nil {
		return err
	}
	return exitWith(codes)
}

// archivist backs one device after the other up.
type archivist struct {
	*app
	all     *run.Run
	results []backupResult // each in the place of its device
}

func (w archivist) Execute(_ context.Context, place int) (rollout.Outcome, error) {
	result := w.backupDevice(w.all.Targets[place], w.all.Dialer)
	if w.all.Withdrew(place) {
		return rollout.Aside, nil
	}
	w.results[place] = result
	if result.Error == nil {
		return rollout.Well, nil
	}
	return run.OfFailure(result.Error), nil
}

// Ask has the clients ask the rule for credentials.
func (w archivist) Ask(may func(place int) bool) { w.all.AskBefore(may) }

// Check is never ordered: nothing was written.
func (w archivist) Check(context.Context, int) (rollout.Outcome, error) { return rollout.Well, nil }

func (a *app) backupDevice(t access.Target, dialer *access.Dialer) backupResult {
	if failure := dialer.Access(t).Failure; failure != nil {
		return backupResult{Target: t.Name, Status: "failed", Error: failure}
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := dialer.Reader(t)
	defer client.Close()
	a.say("backing up %s", t.Name)
	snapshot, err := remediate.TakeSnapshot(ctx, client, a.now)
	if remediate.Unjudged(err) {
		return a.keepUnjudged(ctx, t, client, err)
	}
	if err != nil {
		return backupResult{Target: t.Name, Status: "failed", Error: notBackedUp(err)}
	}
	directory, err := a.backupDirectory()
	if err == nil {
		directory, err = a.backupsOn(directory).Write(evidence.Device{Target: t.Name, URL: t.URL}, "", snapshot, remediate.DevicePlan{})
	}
	if err != nil {
		return backupResult{Target: t.Name, Status: "failed", Error: remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrBackup, err))}
	}
	return backupResult{Target: t.Name, Status: "done", Backup: directory}
}

// notBackedUp is why a device could not be read. Where that was stopped on request, what was being read just then
// says nothing about the device.
func notBackedUp(err error) *remediate.Failure {
	failure := remediate.Fail(err)
	if failure.Code == remediate.CodeInterrupted {
		failure.Message = run.StoppedReading
	}
	return failure
}

// keepUnjudged keeps what a device sent that acfix does not understand. It fails all the same: whoever relies on the
// exit code must not take it for a backup.
func (a *app) keepUnjudged(ctx context.Context, t access.Target, device remediate.Reader, cause error) backupResult {
	result := backupResult{Target: t.Name, Status: "failed", Error: remediate.Fail(cause)}
	snapshot, why, err := remediate.TakeUnjudged(ctx, device, a.now)
	if err != nil {
		result.Error = notBackedUp(err)
		return result
	}
	directory, err := a.backupDirectory()
	if err == nil {
		result.Kept, err = a.backupsOn(directory).Keep(evidence.Device{Target: t.Name, URL: t.URL}, snapshot, why)
	}
	if err != nil {
		result.Error = remediate.Fail(fmt.Errorf("%w: %w; %w", remediate.ErrBackup, err, why))
		return result
	}
	result.Error = remediate.Fail(fmt.Errorf("%w; what the device sent is kept in %s", why, result.Kept))
	return result
}

func (a *app) showBackups(document backupDocument) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	for _, device := range document.Devices {
		line := fmt.Sprintf("%s: backed up to %s\n", foreign.Clean(device.Target), foreign.Clean(device.Backup))
		if device.Error != nil {
			line = fmt.Sprintf("%s: error: %s [%s]\n  hint: %s\n", foreign.Clean(device.Target),
				foreign.Clean(device.Error.Message), device.Error.Code, foreign.Clean(device.Error.Hint))
		}
		if _, err := fmt.Fprint(a.stdout, line); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return nil
}
