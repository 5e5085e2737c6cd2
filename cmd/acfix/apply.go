package main

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type applyFlags struct {
	planFlags
	dryRun      bool
	yes         bool
	keyFile     string
	maxAge      time.Duration
	lockTimeout time.Duration
}

func (a *app) applyCommand() *cobra.Command {
	var flags applyFlags
	command := &cobra.Command{
		Use:   "apply [TARGET...] [-i FILE] | apply PLANFILE [-i FILE]",
		Short: "Plan, show, ask, and carry out; each step is proved by reading the device",
		Long: `apply makes the same plan as "acfix plan", shows it, asks, and carries it out on one
device after the other: backup, bundle switch, missing roots one by one, save. Every
change is proved by reading the device again; nothing is saved before all of it is.

Given a file of "acfix plan --out", it carries out exactly that plan, once per device,
where the device still is as the plan was made from.

With --dry-run nothing is written, neither to a device nor a backup to disk.`,
		RunE: func(command *cobra.Command, arguments []string) error {
			if !flags.dryRun && !flags.yes && !a.stdinIsTerminal {
				return misuse("add --yes, or --dry-run to see what would be done", "there is no terminal to ask on")
			}
			job, err := a.applyJob(command.Flags(), arguments, flags)
			if err != nil {
				return err
			}
			result, err := job.run()
			if err != nil {
				return err
			}
			return a.resultExit(result, flags.detailed && flags.dryRun)
		},
	}
	flags.register(command.Flags())
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be done; no backup, no write")
	command.Flags().BoolVar(&flags.yes, "yes", false, "do not ask")
	command.Flags().DurationVar(&flags.lockTimeout, "lock-timeout", 2*time.Minute, "how long to wait for another run on the same device")
	registerPlanKey(command.Flags(), &flags.keyFile)
	registerMaxAge(command.Flags(), &flags.maxAge)
	a.registerRecipients(command.Flags())
	return command
}

func registerPlanKey(flags *pflag.FlagSet, keyFile *string) {
	flags.StringVar(keyFile, "plan-key", "", "file with the key that plans are sealed with, to share them between machines")
}

func registerMaxAge(flags *pflag.FlagSet, maxAge *time.Duration) {
	flags.DurationVar(maxAge, "max-age", 7*24*time.Hour, "how old a saved plan may be")
}

// applyJob is one "acfix apply".
type applyJob struct {
	*app
	given  applyFlags
	dialer *dialer
	plan   remediate.Plan
	saved  bool // the plan came from a file
	runID  string
}

// applyJob plans, or loads the saved plan.
func (a *app) applyJob(given *pflag.FlagSet, arguments []string, flags applyFlags) (*applyJob, error) {
	job := &applyJob{app: a, given: flags, runID: newID()}
	roster, err := a.roster(flags.connection)
	if err != nil {
		return nil, err
	}
	if len(arguments) != 1 || roster.lists(arguments[0]) || !isPlanFile(arguments[0]) {
		targets, dialer, err := a.prepareFrom(roster, arguments, flags.connection)
		if err != nil {
			return nil, err
		}
		job.dialer, job.plan = dialer, a.makePlan(targets, dialer)
		return job, nil
	}
	if name := choiceFlag(given); name != "" {
		return nil, misuse("plan again with it", "--%s was decided when the plan was made", name)
	}
	if job.plan, err = a.loadPlan(arguments[0], flags.keyFile); err != nil {
		return nil, err
	}
	job.saved = true
	if job.dialer, err = a.dialPlan(job.plan, flags.connection, roster); err != nil {
		return nil, err
	}
	for i, device := range job.plan.Devices { // as today's inventory has it
		own := job.dialer.access(target{url: device.URL})
		job.plan.Devices[i].Findings = remediate.Waive(device.Findings, own.waivers, a.now())
	}
	return job, nil
}

func (j *applyJob) run() (remediate.Result, error) {
	result := remediate.Result{Schema: remediate.ResultSchema, Run: j.runID, DryRun: j.given.dryRun, Devices: []remediate.DeviceResult{}}
	if j.given.dryRun {
		return j.dryRun(result)
	}
	if !j.flags.quiet || !j.given.yes { // who is asked must have seen what for
		if err := report.Plan(j.stderr, j.plan, j.style(j.stderrIsTerminal)); err != nil {
			return result, fmt.Errorf("show the plan: %w", err)
		}
	}
	agreed := j.given.yes || j.plan.Summary[remediate.Change] == 0 || j.agree()
	for _, device := range j.plan.Devices {
		switch {
		case device.Verdict == remediate.Change && j.stopped():
			result.Devices = append(result.Devices, refusal(device, remediate.Skipped, remediate.Fail(remediate.ErrInterrupted)))
		case device.Verdict == remediate.Change && !agreed:
			result.Devices = append(result.Devices, declined(device))
		default:
			result.Devices = append(result.Devices, j.device(device))
		}
	}
	j.summarize(&result)
	if j.flags.json() {
		return result, writeJSON(j.stdout, result)
	}
	return result, report.Result(j.stdout, result, j.style(j.stdoutIsTerminal))
}

// summarize counts, and marks what is waived: a run can have found more than its plan, and
// a saved plan knows nothing of today's inventory.
func (j *applyJob) summarize(result *remediate.Result) {
	for i, device := range result.Devices {
		own := j.dialer.access(target{url: device.URL})
		result.Devices[i].Findings = remediate.Waive(device.Findings, own.waivers, j.now())
	}
	result.Summarize()
}

// dryRun shows what apply would do; the clients that read were unable to write.
func (j *applyJob) dryRun(result remediate.Result) (remediate.Result, error) {
	for _, device := range j.plan.Devices {
		planned := remediate.NewResult(device)
		if j.saved {
			planned = j.wouldDo(device)
		}
		result.Devices = append(result.Devices, planned)
	}
	j.summarize(&result)
	if j.flags.json() {
		return result, writeJSON(j.stdout, result)
	}
	if err := report.Plan(j.stdout, j.plan, j.style(j.stdoutIsTerminal)); err != nil {
		return result, fmt.Errorf("show the plan: %w", err)
	}
	if j.saved {
		if err := report.Result(j.stdout, result, j.style(j.stdoutIsTerminal)); err != nil {
			return result, fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.stdout, "\nDry run: nothing was written.")
	return result, err
}

// wouldDo reads a device and says whether the saved plan still fits it.
func (j *applyJob) wouldDo(plan remediate.DevicePlan) remediate.DeviceResult {
	if plan.Verdict != remediate.Change {
		return remediate.NewResult(plan)
	}
	if err := j.fits(j.plan, plan, j.given.maxAge); err != nil {
		return refusal(plan, remediate.Stale, remediate.Fail(err))
	}
	now := j.planDevice(target{name: plan.Target, url: plan.URL}, j.dialer, plan.Choice)
	switch {
	case now.Verdict == remediate.Errored:
		return refusal(plan, remediate.Failed, now.Error)
	case now.Digest != plan.Digest || remediate.MoreWaits(plan.SaveNeeded, now.SaveNeeded) && !plan.Choice.SaveUnsaved:
		return refusal(plan, remediate.Stale, remediate.Fail(remediate.ErrDrift))
	default:
		return remediate.NewResult(plan)
	}
}

func (j *applyJob) agree() bool {
	return j.askYes(fmt.Sprintf("\nCarry out the plan on %d of %d devices?", j.plan.Summary[remediate.Change], len(j.plan.Devices)))
}

// refusal is the result of a device that nothing was written to.
func refusal(plan remediate.DevicePlan, status remediate.Status, failure *remediate.Failure) remediate.DeviceResult {
	result := remediate.NewResult(plan)
	result.Status, result.Error = status, failure
	return result
}

func declined(plan remediate.DevicePlan) remediate.DeviceResult {
	return refusal(plan, remediate.Skipped, &remediate.Failure{
		Code: remediate.CodeDeclined, Message: "the plan was declined; nothing was written", Hint: "Run apply again and answer yes, or give --yes.",
	})
}

// device carries the plan out on one device, with nobody else of this host at it.
func (j *applyJob) device(plan remediate.DevicePlan) remediate.DeviceResult {
	if plan.Verdict != remediate.Change {
		return remediate.NewResult(plan)
	}
	if j.saved {
		if err := j.fits(j.plan, plan, j.given.maxAge); err != nil {
			return refusal(plan, remediate.Stale, remediate.Fail(err))
		}
	}
	if failure := j.dialer.access(target{url: plan.URL}).failure; failure != nil {
		return refusal(plan, remediate.Failed, failure)
	}
	held, failure := j.lockDevice(plan, j.given.lockTimeout)
	if failure != nil {
		return refusal(plan, remediate.Failed, failure)
	}
	defer func() { _ = held.Release() }()
	if held.Waited && j.saved {
		if err := j.fits(j.plan, plan, j.given.maxAge); err != nil {
			return refusal(plan, remediate.Stale, remediate.Fail(err))
		}
	}
	if held.Waited && !j.saved {
		// The run that had the device has probably done our work.
		if now := j.planDevice(target{name: plan.Target, url: plan.URL}, j.dialer, plan.Choice); now.Verdict == remediate.Compliant {
			return remediate.NewResult(now)
		}
	}
	return j.carryOut(plan)
}

func (j *applyJob) carryOut(plan remediate.DevicePlan) remediate.DeviceResult {
	file, record, err := j.openJournal(j.runID, plan)
	if err != nil {
		return refusal(plan, remediate.Failed, remediate.Fail(err))
	}
	defer func() { _ = file.Close() }()
	device := target{name: plan.Target, url: plan.URL}
	own := j.dialer.access(device)
	client := j.dialer.client(device, false)
	defer client.Close()
	terms := own.terms(plan.Choice)
	if terms.Earlier, err = j.earlier(plan.Device.Serial, plan.URL); err != nil {
		return refusal(plan, remediate.Failed, remediate.Fail(fmt.Errorf("%w: %w", remediate.ErrJournal, err)))
	}
	executor := remediate.Executor{
		Device: client, Terms: terms, Archive: j.archive(device, j.runID), Journal: record,
		Retry: j.patience(), Settle: j.settling(), Now: j.now, Stop: j.stop,
		Progress: func(step remediate.Step, number, of int) {
			j.say("%s: step %d of %d: %s", plan.Target, number, of, report.StepText(step.Kind, step.Context, step.Root))
		},
	}
	if j.saved {
		executor.Claim = j.claim(j.plan, plan)
	}
	return executor.Apply(j.abort, plan)
}
