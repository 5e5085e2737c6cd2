package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type applyFlags struct {
	planFlags
	dryRun, yes bool
	keyFile     string
}

func (a *app) applyCommand() *cobra.Command {
	var flags applyFlags
	command := &cobra.Command{
		Use:   "apply [TARGET...] [-i FILE] | apply PLANFILE [-i FILE]",
		Short: "Plan, show the plan, ask, and carry it out; reads the device after each step to verify it",
		Long: `apply makes the same plan as "acfix plan", shows it, asks, and carries it out, on up to
--parallel devices at a time: backup, bundle switch, missing roots one by one, save.
Every change is verified by reading the device again, and saved only once all are verified.

Given a file of "acfix plan --out", it carries out exactly that plan, once per device
and only where the device is still as it was when the plan was made. With --resume it
continues a run that stopped, with the flags that the run was started with.

With --dry-run nothing is written, neither to a device nor a backup to disk.`,
		Annotations: map[string]string{moreFormats: formatLines},
		RunE: func(_ *cobra.Command, arguments []string) error {
			if !flags.dryRun && !flags.yes && !a.stdinIsTerminal {
				return usage.Errorf("there is no terminal to ask at").
					Hint("add --yes, or --dry-run to see what would be done")
			}
			a.instead = resultDocument
			job := &applyJob{app: a, given: flags}
			if err := job.begin(arguments); err != nil {
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

// registerAll registers the flags of apply, without the global ones.
func (f *applyFlags) registerAll(flags *pflag.FlagSet) {
	f.register(flags)
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be done; no backup, no write")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	bind(flags, &f.settings, lockUsage, ageUsage)
	registerPlanKey(flags, &f.keyFile)
}

// applyJob is one "acfix apply".
type applyJob struct {
	app   *app
	given applyFlags
	lacks string // hint about a missing inventory for untrusted devices; "" for none
	fleet *fleetRun
}

// begin resolves the devices, or loads the saved plan or the run to resume. Nothing is sent to a device.
func (j *applyJob) begin(arguments []string) error {
	if j.given.resume != "" {
		return j.resume(arguments)
	}
	if err := j.given.settings.Check(); err != nil {
		return err
	}
	inventoryFile, err := j.app.readInventory(j.given.connection)
	if err != nil {
		return err
	}
	file := fileAmong(arguments, inventoryFile)
	if file != "" && len(arguments) == 1 {
		return j.open(file, inventoryFile)
	}
	if file != "" {
		return usage.Errorf("the file %s can't be combined with other targets", file).
			Hint("give the plan file alone; it names its devices")
	}
	policy, err := j.app.policyOf(j.given.settings, inventoryFile)
	if err != nil {
		return err
	}
	devices, err := j.app.prepareFrom(inventoryFile, arguments, j.given.connection)
	if err != nil {
		return err
	}
	return j.start(run.Assignment{
		Head: j.app.planHeadBy(policy), Policy: policy, OtherPolicy: j.app.byAnother(policy, inventoryFile),
	}, devices)
}

func (j *applyJob) start(what run.Assignment, devices []*access.Device) (err error) {
	what.Action, what.Order = run.ActionApply, j.given.order()
	if j.given.dryRun {
		what.Action = run.ActionDryRun
	}
	j.fleet, err = j.app.begin(what, devices)
	return err
}

// resume continues a run with its original plan. It also copies approved plans that the interrupted process had
// not copied yet.
func (j *applyJob) resume(arguments []string) (err error) {
	if j.given.dryRun {
		return usage.Errorf("--resume continues a run that writes, so it can't be a dry run").
			Hint("acfix plan shows what is to be done")
	}
	if j.fleet, err = j.given.continueRun(j.app, run.ActionApply, arguments); err != nil {
		return err
	}
	return j.fleet.takeOver()
}

// open loads a saved plan.
func (j *applyJob) open(file string, inventoryFile *access.InventoryFile) error {
	if err := j.given.settings.CheckNoChoice(); err != nil {
		return err
	}
	plan, err := j.app.loadPlan(file, j.given.keyFile)
	if err != nil {
		return err
	}
	if err := notFromFile(plan); err != nil {
		return err
	}
	policy, err := j.app.policyOfPlan(plan.Policy, j.given.settings, inventoryFile)
	if err != nil {
		return err
	}
	devices, err := j.app.resolvePlan(plan, j.given.connection, inventoryFile)
	if err != nil {
		return err
	}
	if inventoryFile == nil {
		j.lacks = inventoryHint(devices)
	}
	what := run.Assignment{Head: plan, Saved: true, Plans: plan.Devices, Policy: policy,
		OtherPolicy: j.app.byAnother(policy, inventoryFile)}
	what.Head.Devices, what.Head.SwitchLoads, what.Head.NoSwitchLoads = nil, nil, nil
	for place, device := range plan.Devices { // by today's inventory
		plan.Devices[place].Findings = remediate.Waive(device.Findings, devices[place].Waivers, j.app.now())
	}
	return j.start(what, devices)
}

// run carries the job out. When it returns nil or an exit code, the result is on stdout.
func (j *applyJob) run() error {
	j.announceWindow()
	if err := j.fleet.Plan(); err != nil {
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
	if n := j.fleet.Unread(); n > 0 && j.app.stopped() {
		const text = "stopped before %d applied devices were read again; " +
			"--resume does it, and \"acfix plan\" reads them too"
		j.app.warn(fmt.Sprintf(text, n))
		return exitCode(exitInterrupted)
	}
	return j.fleet.orFault(j.app.resultExit(j.fleet.Results(), j.given.detailed && j.given.dryRun))
}

// announceWindow says before the first reading that it counts in the window. With a plan made before, nothing is read
// for planning.
func (j *applyJob) announceWindow() {
	if set := j.fleet.Assignment.Order.Settings.Window; set.Value != "" && !j.fleet.Assignment.Saved {
		j.app.say("Reading counts in the change window: outside %s no device is read or changed.", set.Value)
	}
}

// hintAtInventory prints once that pins or CAs of untrusted devices may be in an inventory.
func (j *applyJob) hintAtInventory() error {
	if j.lacks == "" {
		return nil
	}
	for device, err := range j.fleet.Results() {
		if err != nil {
			return err
		}
		if device.Error != nil && device.Error.Code == remediate.CodeUntrusted {
			fmt.Fprintf(j.app.stderr, "acfix: hint:  %s\n", j.lacks)
			return nil
		}
	}
	return nil
}

func (j *applyJob) apply() error {
	// The operator must see the plan before the question. The result of a halted run shows it anyway.
	if (!j.app.flags.quiet || !j.given.yes) && j.fleet.Halted() == rollout.Going && !j.refused() {
		style := j.app.style(j.app.stderrIsTerminal)
		if err := j.fleet.planText(j.app.stderr, j.fleet.unfinished(), style); err != nil {
			return fmt.Errorf("show the plan: %w", err)
		}
	}
	work := func() error { return j.fleet.CarryOut(j.terms()) }
	if !j.agreed() {
		work = j.fleet.Decline
	}
	if err := work(); err != nil {
		return err
	}
	return j.fleet.showResult(j.resultHead())
}

// refused reports whether a saved plan may not be carried out on any device, so that there is nothing to ask.
func (j *applyJob) refused() bool {
	saved := j.terms().Saved
	if saved == nil {
		return false
	}
	fits := false
	for device, err := range j.fleet.Plans() {
		fits = fits || err != nil || device.Verdict != remediate.Change || saved.Fits(device, j.app.now()) == nil
	}
	return !fits
}

// terms returns the conditions for carrying out the run's plans.
func (j *applyJob) terms() run.WriteTerms {
	if j.fleet.Record == nil {
		return j.app.writeTerms(j.fleet.Assignment, nil)
	}
	return j.app.writeTerms(j.fleet.Assignment, j.fleet.Record.Store)
}

func (j *applyJob) resultHead() remediate.Result {
	return remediate.Result{
		Schema: remediate.ResultSchema, Run: j.fleet.ID, DryRun: j.given.dryRun,
		Policy: j.fleet.Assignment.Head.Policy, Error: j.fleet.failure(),
	}
}

// agreed reports whether the operator agrees; it asks only if there is something to ask.
func (j *applyJob) agreed() bool {
	changes := j.fleet.Changes()
	if j.given.yes || changes == 0 || j.fleet.Halted() != rollout.Going || j.refused() {
		return true
	}
	return j.app.askYes(j.question(changes))
}

// dryRun shows what apply would do. Its clients can't write.
func (j *applyJob) dryRun() error {
	saved := j.terms().Saved
	if saved != nil {
		if err := j.fleet.Compare(*saved); err != nil { // does the plan still fit?
			return err
		}
	}
	if j.app.flags.output != "text" {
		return j.fleet.showResult(j.resultHead())
	}
	style := j.app.style(j.app.stdoutIsTerminal)
	if err := j.fleet.planText(j.app.stdout, j.fleet.unfinished(), style); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if saved != nil {
		if err := j.fleet.resultText(j.app.stdout, style); err != nil {
			return fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.app.stdout, "\nDry run: nothing was written.")
	return err
}
