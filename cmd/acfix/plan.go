package main

import (
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// planFlags are the operator's choices, the same for plan and apply.
type planFlags struct {
	connection
	resume   string
	detailed bool
}

func (f *planFlags) register(flags *pflag.FlagSet) {
	f.connection.register(flags)
	f.registerInventory(flags)
	bind(flags, &f.settings, choiceUsages, orderUsages, policyUsages)
	flags.StringVar(&f.resume, "resume", "", "resume this run: finished devices are not touched again")
	flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when changes are pending")
}

// continueRun resumes the run that --resume names.
func (f *planFlags) continueRun(a *app, action string, arguments []string) (*fleetRun, error) {
	if len(arguments) > 0 || f.limit != "" {
		return nil, usage.Errorf("--resume takes the devices of that run, and no others").Hint("leave out the devices")
	}
	return a.resume(action, f.resume, f.connection, false)
}

func (a *app) planCommand() *cobra.Command {
	job := planJob{app: a}
	command := &cobra.Command{
		Use:   "plan [TARGET...] [-i FILE]",
		Short: "Read devices or exported configurations, decide and show what is to be done; never writes",
		Long: `plan reads devices, decides what each of them needs, and shows it. It never writes.

A TARGET may be a file instead of a device: a configuration that the web interface
exported (INI file), a configuration package (.7z, .tar.gz), a backup of acfix, or a
folder of such files. Then nothing is dialled and no password is asked for; what a
file does not tell stays unknown.`,
		Example: `  acfix plan sbc.example.com --username acfix --pin 9c:ee:...
  acfix plan https://192.0.2.10 https://192.0.2.11 -o json
  acfix plan -i inventory.yaml --limit tag:canary,ams-*
  acfix plan configuration.ini --roots-file 1=roots.pem`,
		Annotations: map[string]string{moreFormats: formatLines},
		RunE: func(_ *cobra.Command, arguments []string) error {
			return job.run(arguments)
		},
	}
	job.flags.register(command.Flags())
	job.files.register(command.Flags())
	registerVerbose(command.Flags(), &a.flags.verbose)
	command.Flags().StringVar(&job.out, "out", "", "save the plan to this file, for \"acfix apply PLANFILE\"")
	registerPlanKey(command.Flags(), &job.keyFile)
	return command
}

// planJob is one "acfix plan".
type planJob struct {
	app          *app
	flags        planFlags
	files        fileFlags
	out, keyFile string
}

func (j *planJob) run(arguments []string) error {
	j.app.instead = j.app.planDocument
	begun, err := j.begin(arguments)
	if err != nil {
		return err
	}
	return begun.finish(j.carryOut(begun))
}

func (j *planJob) begin(arguments []string) (*fleetRun, error) {
	if j.flags.resume != "" {
		return j.flags.continueRun(j.app, run.ActionPlan, arguments)
	}
	if err := j.flags.settings.Check(); err != nil {
		return nil, err
	}
	found, err := j.app.prepareSources(arguments, j.flags.connection, j.files)
	if err != nil {
		return nil, err
	}
	what := run.Assignment{
		Action: run.ActionPlan, Head: j.app.planHeadBy(found.policy), Policy: found.policy, Order: j.flags.order(),
		OtherPolicy: found.another,
	}
	if found.files {
		return j.app.beginOffline(what, found.devices), nil
	}
	return j.app.begin(what, found.devices)
}

func (j *planJob) carryOut(fleet *fleetRun) error {
	if j.out != "" {
		fleet.KeepSwitchLoads()
	}
	if err := fleet.Plan(); err != nil {
		return err
	}
	head := fleet.Assignment.Head
	if j.out != "" {
		if err := j.save(head, fleet.Plans()); err != nil {
			return err
		}
	}
	head.Error = fleet.failure()
	codes := planCodes{detailed: j.flags.detailed, found: map[int]bool{}}
	if err := fleet.showPlan(head, codes.collect(fleet.Plans())); err != nil {
		return err
	}
	return fleet.orFault(exitWith(codes.found))
}

// save puts the whole plan into one sealed file.
func (j *planJob) save(plan remediate.Plan, devices report.PlanDevices) error {
	plan.Devices = []remediate.DevicePlan{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		plan.KeepSwitchLoad(device.SwitchLoad)
		plan.Devices = append(plan.Devices, device)
	}
	plan.Summarize()
	return j.app.savePlan(plan, j.out, j.keyFile)
}
