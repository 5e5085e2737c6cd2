package main

import (
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

func (a *app) packageCommand() *cobra.Command {
	job := packageJob{planJob: planJob{app: a}}
	command := &cobra.Command{
		Use:   "package [TARGET...] [-i FILE] | package PLANFILE",
		Short: "Write down for a person how to carry out a plan by hand, with the files to import; never writes to devices",
		Long: `package plans as "acfix plan" does, from devices, exported configurations or a saved
plan, and writes a folder for each device with changes: the steps in the web interface
(steps.txt, steps.html), the roots to import, and a manifest with checksums. The click is
the way; 1-switch.ini is the alternative for those who must script the switch.`,
		Example: `  acfix package configuration.ini --dir packages
  acfix package plan.json --dir packages`,
		RunE: func(_ *cobra.Command, arguments []string) error { return job.run(arguments) },
	}
	flags := command.Flags()
	job.flags.register(flags)
	job.files.register(flags)
	registerPlanKey(flags, &job.keyFile)
	bind(flags, &job.flags.settings, usages{"max-age": "how old an export or a saved plan may be without a question"})
	flags.StringVar(&job.dir, "dir", "", "write the packages below this folder")
	flags.BoolVar(&job.yes, "yes", false, "take older exports too, without a question")
	return command
}

// packageJob is one "acfix package".
type packageJob struct {
	planJob
	dir string
	yes bool
}

func (j *packageJob) run(arguments []string) error {
	if j.dir == "" {
		return usage.Errorf("--dir is missing").Hint("name the folder that the packages are written to: --dir packages")
	}
	if len(arguments) == 1 && access.Classify(arguments[0]) == access.ArgPlan {
		return j.saved(arguments[0])
	}
	begun, err := j.begin(arguments)
	if err != nil {
		return err
	}
	return begun.finish(j.carryOut(begun))
}

// saved makes packages of a saved plan. No device is asked.
func (j *packageJob) saved(path string) error {
	if err := j.flags.settings.CheckNoChoice(); err != nil {
		return err
	}
	plan, err := j.app.loadPlan(path, j.keyFile)
	if err != nil {
		return err
	}
	inventoryFile, err := j.app.readInventory(j.flags.connection)
	if err != nil {
		return err
	}
	policy, err := j.app.policyOfPlan(plan.Policy, j.flags.settings, inventoryFile)
	if err != nil {
		return err
	}
	if now := remediate.ReferenceTo(policy); plan.Policy != now {
		return usage.Errorf("the plan was made by the rule of %s, and acfix has that of %s", plan.Policy.Date, now.Date).
			Hint("plan again")
	}
	plan.GiveSwitchLoads()
	return j.write(plan, policy)
}

func (j *packageJob) carryOut(fleet *fleetRun) error {
	fleet.KeepSwitchLoads()
	if err := fleet.Plan(); err != nil {
		return err
	}
	plan := fleet.Assignment.Head
	plan.Created = ""
	for device, err := range fleet.Plans() {
		if err != nil {
			return err
		}
		plan.Devices = append(plan.Devices, device)
	}
	return j.write(plan, fleet.Run.Policy)
}

// write makes the packages of a plan, and shows them.
func (j *packageJob) write(plan remediate.Plan, policy certs.Policy) error {
	codes := planCodes{detailed: j.flags.detailed, found: map[int]bool{}}
	for _, device := range plan.Devices {
		codes.note(device)
	}
	if err := j.confirmAge(plan); err != nil {
		return err
	}
	document, err := writePackages(plan, policy, j.dir)
	if err != nil {
		return err
	}
	j.app.warnOfPackages(plan.Devices)
	if err := j.app.show(document, document.text()); err != nil {
		return err
	}
	return exitWith(codes.found)
}
