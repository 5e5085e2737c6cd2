package main

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
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
		Long: `apply makes the same plan as "acfix plan", shows it, asks, and carries it out, on up to
--parallel devices at a time: backup, bundle switch, missing roots one by one, save.
Every change is proved by reading the device again; nothing is saved before all of it is.

Given a file of "acfix plan --out", it carries out exactly that plan, once per device,
where the device still is as the plan was made from. With --resume it goes on with a
run that stopped, by the flags that the run was begun with.

With --dry-run nothing is written, neither to a device nor a backup to disk.`,
		Annotations: map[string]string{moreFormats: formatLines},
		RunE: func(command *cobra.Command, arguments []string) error {
			if !flags.dryRun && !flags.yes && !a.stdinIsTerminal {
				return usage.Errorf("there is no terminal to ask on").
					Hint("add --yes, or --dry-run to see what would be done")
			}
			job, err := a.applyJob(command.Flags(), arguments, &flags)
			if err != nil {
				return err
			}
			return job.fleet.finish(job.run())
		},
	}
	flags.registerAll(command.Flags())
	registerVerbose(command.Flags(), &a.flags.verbose)
	a.registerRecipients(command.Flags())
	return command
}

// registerAll registers every flag of apply that is not every command's.
func (f *applyFlags) registerAll(flags *pflag.FlagSet) {
	f.register(flags)
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be done; no backup, no write")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	f.registerLimits(flags)
	registerPlanKey(flags, &f.keyFile)
}

// registerLimits registers what also holds for a run that is resumed.
func (f *applyFlags) registerLimits(flags *pflag.FlagSet) {
	flags.DurationVar(&f.lockTimeout, "lock-timeout", 2*time.Minute, "how long to wait for another run on the same device")
	registerMaxAge(flags, &f.maxAge)
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
	given applyFlags
	head  remediate.Plan // without devices
	saved bool           // the plan came from a file, or was approved
	lacks string         // what to say of a missing inventory where a device is not trusted; "" for nothing
	fleet *fleetRun
}

// applyJob finds the devices and how to reach them, or loads the saved plan, or the run to
// go on with. Nothing is sent.
func (a *app) applyJob(given *pflag.FlagSet, arguments []string, flags *applyFlags) (*applyJob, error) {
	job := &applyJob{app: a, given: *flags}
	if flags.resume != "" {
		return job, job.goOnByHand(arguments, flags)
	}
	if err := flags.checkRun(); err != nil {
		return nil, err
	}
	roster, err := a.roster(flags.connection)
	if err != nil {
		return nil, err
	}
	file := fileAmong(arguments, roster)
	if file != "" && len(arguments) == 1 {
		return job, job.open(given, file, roster)
	}
	if file != "" {
		return nil, usage.Errorf("%s is a file, and more is named", file).Hint("give the plan file alone; its devices stand in it")
	}
	devices, err := a.prepareFrom(roster, arguments, flags.connection)
	if err != nil {
		return nil, err
	}
	job.head = a.planHead()
	return job, job.start(devices, nil)
}

func (j *applyJob) start(devices []*access.Device, plans []remediate.DevicePlan) error {
	action := run.ActionApply
	if j.given.dryRun {
		action = run.ActionDryRun
	}
	what := newAssignment(action, j.head, j.given.connection)
	what.Saved, what.Plans = j.saved, plans
	var err error
	j.fleet, err = j.begin(what, devices)
	return err
}

// goOn resumes a run. Where it began with a saved or an approved plan, that plan is gone on
// with; a device that was begun with is read before anything else. flags are the very ones that
// the command line sets: what the run was begun with is set there too, and then counts.
func (j *applyJob) goOn(arguments []string, flags *applyFlags) error {
	if flags.dryRun {
		return usage.Errorf("--resume goes on with a run that writes; it is no dry run").
			Hint("acfix plan shows what is to be done")
	}
	resumed, kept, err := j.resume(run.ActionApply, arguments, &flags.planFlags)
	if err != nil {
		return err
	}
	j.given = *flags
	j.fleet, j.head, j.saved = resumed, kept.Plan, kept.Saved
	return nil
}

// goOnByHand goes on with a job's run too, which may have died before it had copied its plans.
func (j *applyJob) goOnByHand(arguments []string, flags *applyFlags) error {
	err := j.goOn(arguments, flags)
	if err != nil || j.fleet.record.PlanRun == "" {
		return err
	}
	if err := j.fleet.TakeOver(j.fleet.record); err != nil {
		return j.fleet.finish(err)
	}
	return nil
}

func decidedBefore(flag string) error {
	return usage.Errorf("--%s was decided when the plan was made", flag).Hint("plan again with it")
}

// open loads a saved plan.
func (j *applyJob) open(given *pflag.FlagSet, file string, roster *access.InventoryFile) error {
	if name := choiceFlag(given); name != "" {
		return decidedBefore(name)
	}
	plan, err := j.loadPlan(file, j.given.keyFile)
	if err != nil {
		return err
	}
	devices, err := j.resolvePlan(plan, j.given.connection, roster)
	if err != nil {
		return err
	}
	j.saved, j.head = true, plan
	if roster == nil {
		j.lacks = inventoryHint(devices)
	}
	j.head.Devices = nil
	for place, device := range plan.Devices { // as today's inventory has it
		plan.Devices[place].Findings = remediate.Waive(device.Findings, devices[place].Waivers, j.now())
	}
	return j.start(devices, plan.Devices)
}

// run carries the job out; stdout holds the result when it returns nil or an exit code.
func (j *applyJob) run() error {
	if err := j.plan(); err != nil {
		return err
	}
	work := j.apply
	if j.given.dryRun {
		work = j.dryRun
	}
	if err := work(); err != nil {
		return err
	}
	if err := j.hintAtInventory(); err != nil {
		return err
	}
	if n := j.fleet.Unread(); n > 0 && j.stopped() {
		j.warn(fmt.Sprintf("stopped before %d applied devices were read again; --resume does it, and \"acfix plan\" reads them too", n))
		return exitCode(exitInterrupted)
	}
	return j.resultExit(j.fleet.Results(), j.given.detailed && j.given.dryRun)
}

// hintAtInventory says once, beside the failures, that trust in the devices may stand in an inventory.
func (j *applyJob) hintAtInventory() error {
	if j.lacks == "" {
		return nil
	}
	for device, err := range j.fleet.Results() {
		if err != nil {
			return err
		}
		if device.Error != nil && device.Error.Code == remediate.CodeUntrusted {
			fmt.Fprintf(j.stderr, "acfix: hint:  %s\n", j.lacks)
			return nil
		}
	}
	return nil
}

func (j *applyJob) apply() error {
	// Who is asked must have seen what for. Of a run that was halted the result says as much.
	if (!j.flags.quiet || !j.given.yes) && j.fleet.Halted() == rollout.Going && !j.refused() {
		if err := j.fleet.planText(j.stderr, j.fleet.left(), j.style(j.stderrIsTerminal)); err != nil {
			return fmt.Errorf("show the plan: %w", err)
		}
	}
	work := j.write
	if !j.agreed() {
		work = j.fleet.Decline
	}
	if err := work(); err != nil {
		return err
	}
	return j.fleet.showResult(j.resultHead())
}

// refused reports whether a saved plan may not be carried out on any device: there is nothing to ask then.
func (j *applyJob) refused() bool {
	if !j.saved {
		return false
	}
	saved := j.savedPlan(j.head, j.given.maxAge, j.fleet.record.Store)
	fits := false
	for device, err := range j.fleet.Plans() {
		fits = fits || err != nil || device.Verdict != remediate.Change || saved.Fits(device, j.now()) == nil
	}
	return !fits
}

func (j *applyJob) write() error {
	settings, err := j.given.writing(len(j.fleet.Devices))
	if err != nil {
		return err
	}
	return j.fleet.Write(settings, j.carryingOut(j.fleet.record.Store))
}

// carryingOut are the terms on which the plans of a run that the store keeps are carried out.
func (j *applyJob) carryingOut(opened *store.Store) run.Terms {
	terms := run.Terms{LockTimeout: j.given.lockTimeout, Retry: j.patience(), Settle: j.settling()}
	if j.saved {
		saved := j.savedPlan(j.head, j.given.maxAge, opened)
		terms.Saved = &saved
	}
	return terms
}

func (j *applyJob) resultHead() remediate.Result {
	return remediate.Result{Schema: remediate.ResultSchema, Run: j.fleet.ID, DryRun: j.given.dryRun}
}

func (j *applyJob) plan() error {
	if j.saved {
		return j.fleet.Survey()
	}
	settings, err := j.given.reading(false)
	if err != nil {
		return err
	}
	return j.fleet.Read(settings)
}

// agreed asks, unless there is nothing to ask about.
func (j *applyJob) agreed() bool {
	changes := j.fleet.Changes()
	if j.given.yes || changes == 0 || j.fleet.Halted() != rollout.Going || j.refused() {
		return true
	}
	return j.askYes(fmt.Sprintf("\nCarry out the plan on %d of %d devices?", changes, len(j.fleet.Devices)))
}
