package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// restoreJob is one "acfix restore".
type restoreJob struct {
	*app
	given restoreFlags
	work  *run.Restore
}

func (j *restoreJob) run(directory string) (remediate.Result, error) {
	plan, err := j.plan(directory)
	if err != nil {
		return remediate.Result{}, err
	}
	result := remediate.Result{Schema: remediate.ResultSchema, Run: j.work.ID, DryRun: j.given.dryRun}
	if j.given.dryRun {
		result.Devices = []remediate.DeviceResult{remediate.NewRestoreResult(plan)}
		result.Summarize()
		return result, j.showDryRun(plan, result)
	}
	if !j.flags.quiet || !j.given.yes { // who is asked must have seen what for
		if err := report.Restore(j.stderr, plan, j.style(j.stderrIsTerminal)); err != nil {
			return result, fmt.Errorf("show the plan: %w", err)
		}
	}
	result.Devices = []remediate.DeviceResult{j.restore(plan)}
	if result.Devices[0].WasWrittenTo() {
		j.readAfter(directory)
	}
	result.Summarize()
	if j.flags.json() {
		return result, writeJSON(j.stdout, result)
	}
	return result, report.Restored(j.stdout, result, j.style(j.stdoutIsTerminal))
}

// readAfter plans the device once more and keeps that as a run: what the store says of it, and
// with it metrics and pages, must not stay "in order" when roots were taken out.
func (j *restoreJob) readAfter(directory string) {
	targets := []access.Target{j.work.Device}
	what := run.Assignment{
		Action: run.ActionPlan, Head: j.planHead(), Order: j.given.order(), Note: "read after the restore of " + directory,
	}
	again, err := j.begin(what, targets, j.work.Dialer)
	if err != nil {
		j.complain(err)
		return
	}
	err = again.Read(rollout.Settings{MaxUnreachable: rollout.Percent(100, 0)})
	if err = again.finish(err); err != nil {
		j.complain(err)
	}
}

// plan verifies the backup and reads the device by a client that is unable to write.
func (j *restoreJob) plan(directory string) (remediate.RestorePlan, error) {
	kept, err := j.open(directory)
	if errors.Is(err, backup.ErrDamaged) {
		plan := remediate.ErrorRestorePlan(damaged(err))
		plan.Target, plan.Backup = directory, directory
		return plan, nil
	}
	if err != nil {
		return remediate.RestorePlan{}, err
	}
	roster, err := j.roster(j.given.connection)
	if err != nil {
		return remediate.RestorePlan{}, err
	}
	if j.work.Device, err = j.address(kept.Manifest, roster); err != nil {
		return remediate.RestorePlan{}, err
	}
	if kept.Manifest.Encryption != "" && len(j.flags.recipients.list) == 0 && !j.given.dryRun {
		j.warn("this backup is encrypted; the one that is made before the restore is not, unless --backup-recipient says for whom")
	}
	if j.work.Dialer, err = j.dial(j.given.connection, roster, []access.Target{j.work.Device}); err != nil {
		return remediate.RestorePlan{}, err
	}
	plan := j.read()
	plan.Target, plan.URL, plan.Backup, plan.Taken = j.work.Device.Name, j.work.Device.URL, directory, kept.Manifest.Taken
	return plan, nil
}

// open verifies and opens the backup.
func (j *restoreJob) open(directory string) (backup.Backup, error) {
	keys, err := j.identities(j.given.identity)
	if err != nil {
		return backup.Backup{}, err
	}
	kept, err := j.readBackup(directory)
	if err != nil {
		return backup.Backup{}, unreadable(directory, err)
	}
	err = j.work.Open(kept, keys)
	switch {
	case errors.Is(err, backup.ErrSealed):
		return backup.Backup{}, usage.New("give --identity with the file of an age identity that it was encrypted for", "%s", err)
	case errors.Is(err, backup.ErrUnjudged):
		const hint = "give the backup of an apply; this one is for people to look into"
		return backup.Backup{}, usage.New(hint, "%s: %s", directory, err)
	case err != nil && !errors.Is(err, backup.ErrDamaged):
		return backup.Backup{}, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
	}
	return kept, err
}

// unreadable is for a path that is no backup at all; a damaged backup stays what it is.
func unreadable(directory string, err error) error {
	if errors.Is(err, backup.ErrDamaged) || strings.HasPrefix(directory, evidence.InStore) {
		return err
	}
	return usage.New("give the directory of a backup; \"acfix backup list\" shows them", "%s is no backup that can be read: %s", directory, usage.Reason(errors.Unwrap(err)))
}

func damaged(err error) *remediate.Failure {
	return &remediate.Failure{
		Code: remediate.CodeBackupDamaged, Message: err.Error(),
		Hint: "Nothing was read from or written to a device. Use another backup of the same device (acfix backup list), or a copy of this one.",
	}
}

// read reads the device and decides.
func (j *restoreJob) read() remediate.RestorePlan {
	if j.work.Dialer.Access(j.work.Device).Failure == nil {
		j.say("reading %s", j.work.Device.Name)
	}
	return j.work.Plan(remediate.RestoreTerms{ConfirmSerial: j.given.confirmSerial, SaveUnsaved: j.given.settings.SaveUnsaved.Value})
}

func (j *restoreJob) showDryRun(plan remediate.RestorePlan, result remediate.Result) error {
	if j.flags.json() {
		return writeJSON(j.stdout, result)
	}
	if err := report.Restore(j.stdout, plan, j.style(j.stdoutIsTerminal)); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	_, err := fmt.Fprintln(j.stdout, "\nDry run: nothing was written.")
	return err
}

// restore asks, and carries out, with nobody else of this host at the device.
func (j *restoreJob) restore(plan remediate.RestorePlan) remediate.DeviceResult {
	if plan.Verdict != remediate.Change {
		return remediate.NewRestoreResult(plan)
	}
	if failure := j.confirm(plan); failure != nil {
		result := remediate.NewRestoreResult(plan)
		result.Status, result.Error = remediate.Skipped, failure
		return result
	}
	j.work.Progress = func(step remediate.Step, number, of int) {
		j.say("%s: step %d of %d: %s", plan.Target, number, of, report.StepText(step.Kind, step.Context, step.Root))
	}
	return j.work.CarryOut(plan, run.Terms{LockTimeout: j.given.settings.LockTimeout.Value, Retry: j.patience(), Settle: j.settling()})
}

// confirm asks what is still to be asked. A serial number that was given on the command
// line was compared when the plan was made.
func (j *restoreJob) confirm(plan remediate.RestorePlan) *remediate.Failure {
	unconfirmed := remediate.Fail(remediate.ErrUnconfirmed)
	if len(plan.Replaces) > 0 && j.given.confirmSerial == "" {
		if !j.stdinIsTerminal {
			return unconfirmed
		}
		what := "serial number"
		if plan.Device.Serial == "" {
			what = "MAC address"
		}
		if j.ask(fmt.Sprintf("\nThis ends live TLS connections. To carry it out, type the device's %s: ", what)) != plan.Device.Unit() {
			return unconfirmed
		}
		return nil
	}
	if j.given.yes || j.askYes("\nCarry out the restore?") {
		return nil
	}
	return &remediate.Failure{
		Code: remediate.CodeDeclined, Message: "the restore was declined; nothing was written", Hint: "Run restore again and answer yes, or give --yes.",
	}
}
