package main

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/policyfile"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

// showJob is one "acfix show".
type showJob struct {
	app      *app
	filter   showFilter
	keyFile  string
	settings run.Settings // of a run that would carry the plan out
	verbose  bool
}

func (a *app) showCommand() *cobra.Command {
	job := showJob{app: a, settings: run.DefaultSettings()}
	command := &cobra.Command{
		Use:   "show PLANFILE | show RUN",
		Short: "Show a saved plan or a kept run: one device in full, several as a table or summary",
		Long: `show reads a plan file, also one that no longer fits, or a run that is kept, also one that
is still going on; "acfix history" lists runs. Of a plan one device is shown in full, and
several as a table; of an apply up to five in full, and more as a summary. With -v all are
shown in full. The filters leave out all other devices; several values
of one filter are separated by commas, and each filter must fit.`,
		Example: `  acfix show plan.json
  acfix show 3f2a --limit 'ams-*' -v
  acfix show 3f2a --status failed,rolled_back
  acfix show 3f2a --finding shared_context -o json`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("give one plan file or one run").
					Hint("acfix show PLANFILE, or acfix show RUN; \"acfix history\" lists the runs")
			}
			kind := access.Classify(arguments[0])
			if kind != access.ArgDevice && kind != access.ArgFolder {
				return job.file(arguments[0])
			}
			return job.run(arguments[0])
		},
	}
	flags := command.Flags()
	registerPlanKey(flags, &job.keyFile)
	bind(flags, &job.settings, ageUsage)
	registerVerbose(flags, &job.verbose)
	job.filter.register(command)
	return command
}

// file shows a saved plan and whether it may still be carried out.
func (j *showJob) file(path string) error {
	plan, err := j.app.loadPlan(path, j.keyFile)
	if err != nil {
		return err
	}
	head := report.RunHead{ID: plan.ID, Action: run.ActionPlan, Acfix: plan.Acfix, Policy: plan.Policy}
	created, err := time.Parse(time.RFC3339, plan.Created)
	if err == nil {
		head.Created, head.Ended = created, created
	}
	if err := j.show(head, plannedDevices(plan)); err != nil || j.app.flags.json() {
		return err
	}
	state, err := j.mayCarryOut(plan)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.app.stdout, "\nPlan %s of %s; it %s.\n",
		foreign.Clean(plan.ID), foreign.Clean(moment.Restated(plan.Created)), foreign.Clean(state))
	return err
}

// mayCarryOut says whether a saved plan may still be carried out. It asks a store only if --store names one.
func (j *showJob) mayCarryOut(plan remediate.Plan) (string, error) {
	var opened *store.Store
	if j.app.flags.store != "" {
		var err error
		if opened, err = j.app.openKept(); err != nil {
			return "", err
		}
		defer func() { _ = opened.Close() }()
	}
	saved := j.app.savedPlan(plan, j.settings.MaxAge.Value, opened)
	saved.Policy = plan.Policy // of a policy file, apply compares the digest
	if policy, known := policyfile.BuiltIn(plan.Policy.ID); known {
		saved.Policy = remediate.ReferenceTo(policy)
	}
	for _, device := range plan.Devices {
		if err := saved.Fits(device, j.app.now()); err != nil {
			return "may no longer be carried out everywhere: " + device.Target + ": " + err.Error(), nil
		}
	}
	return "fits its age and rule", nil
}

// plannedDevices returns the devices of a plan as devices of a run.
func plannedDevices(plan remediate.Plan) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for i, device := range plan.Devices {
			if !yield(report.RunDevice{Position: i, Target: device.Target, URL: device.URL, Plan: &device}, nil) {
				return
			}
		}
	}
}

// run shows a run on record.
func (j *showJob) run(id string) error {
	return j.app.withRun(id, func(opened *store.Store, run store.Run) error {
		kept := j.app.ledger(opened)
		head, err := kept.Head(run)
		if err != nil {
			return err
		}
		return j.show(head, kept.Devices(j.app.abort, run.ID))
	})
}

// show writes the devices that the filter selects.
func (j *showJob) show(head report.RunHead, devices report.RunDevices) error {
	filter, err := j.filter.build(head, devices)
	if err != nil {
		return err
	}
	devices = report.Filtered(head, devices, filter)
	if j.app.flags.json() {
		return report.RunJSON(j.app.stdout, head, devices)
	}
	style := j.app.style(j.app.stdoutIsTerminal)
	most := inFull
	if head.Action == run.ActionPlan || head.Action == run.ActionDryRun {
		most = 1
	}
	few, err := atMost(devices, most)
	switch {
	case err != nil:
		return err
	case few || j.verbose:
		return report.RunFull(j.app.stdout, head, devices, style)
	default:
		return report.Overview(j.app.stdout, head, devices, "-v, or --limit NAME for one device", style)
	}
}

// atMost reports whether there are at most that many devices.
func atMost(devices report.RunDevices, most int) (bool, error) {
	n := 0
	for _, err := range devices {
		if err != nil {
			return false, err
		}
		if n++; n > most {
			return false, nil
		}
	}
	return true, nil
}
