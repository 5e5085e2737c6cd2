package main

import (
	"io"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// inFull is how many devices are shown each in full without being asked for; of more a
// summary comes first.
const inFull = 5

func registerVerbose(flags *pflag.FlagSet, verbose *bool) {
	flags.BoolVarP(verbose, "verbose", "v", false, "every device in full, also of many")
}

// planText is the plan for people. Of many devices it says how much will be written, and to
// which of them.
func (r *fleetRun) planText(w io.Writer, devices report.RunDevices, style report.Style) error {
	if r.app.flags.verbose || len(r.Targets) <= inFull {
		return report.PlanStream(w, onlyPlans(devices), style)
	}
	head := report.RunHead{ID: r.ID, Action: run.ActionPlan, Ended: r.app.now()}
	return report.Overview(w, head, devices, r.details(), style)
}

func onlyPlans(devices report.RunDevices) report.PlanDevices {
	return func(yield func(remediate.DevicePlan, error) bool) {
		for device, err := range devices {
			if err != nil {
				yield(remediate.DevicePlan{}, err)
				return
			}
			if !yield(*device.Plan, nil) {
				return
			}
		}
	}
}

// resultText is what came of the run, for people.
func (r *fleetRun) resultText(w io.Writer, style report.Style) error {
	if r.app.flags.verbose || len(r.Targets) <= inFull {
		return report.ResultStream(w, r.Results(), style)
	}
	head := report.RunHead{ID: r.ID, Action: run.ActionApply, Ended: r.app.now()}
	return report.Overview(w, head, r.came(), r.details(), style)
}

func (r *fleetRun) details() string {
	switch {
	case r.Record == nil:
		return "run again with -v"
	case r.app.flags.store != "":
		return "acfix show " + r.ID + ", with the same --store"
	default:
		return "acfix show " + r.ID
	}
}

// left are the plans of the devices that are not done with since before a resume.
func (r *fleetRun) left() report.RunDevices {
	return r.plansOf(func(place int) bool { return !r.Done[place] })
}

// whole are the plans of all devices, whenever they were made.
func (r *fleetRun) whole() report.RunDevices {
	return r.plansOf(func(int) bool { return true })
}

func (r *fleetRun) plansOf(show func(place int) bool) report.RunDevices {
	return r.devices(func(place int, device *report.RunDevice) (bool, error) {
		plan, err := r.Book.Plan(place)
		device.Plan = &plan
		return show(place), err
	})
}

// came are the devices with what came of them.
func (r *fleetRun) came() report.RunDevices {
	return r.devices(func(place int, device *report.RunDevice) (bool, error) {
		result, err := r.Result(place)
		device.Result = &result
		return true, err
	})
}

// devices are those of the run that get says to show.
func (r *fleetRun) devices(get func(place int, device *report.RunDevice) (show bool, err error)) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for place, t := range r.Targets {
			device := report.RunDevice{Position: place, Target: t.Name, URL: t.URL}
			show, err := get(place, &device)
			if err == nil && !show {
				continue
			}
			if !yield(device, err) || err != nil {
				return
			}
		}
	}
}

// showPlan and showResult put the whole run on stdout, in the format that was asked for.
func (r *fleetRun) showPlan(head remediate.Plan, devices report.PlanDevices) error {
	if events, asked := r.Watch.(*progress.Events); asked {
		return progress.RunEnded(events, devices, func(device remediate.DevicePlan) string { return string(device.Verdict) })
	}
	if r.app.flags.json() {
		return report.PlanJSON(r.app.stdout, head, devices)
	}
	if err := r.planText(r.app.stdout, r.whole(), r.app.style(r.app.stdoutIsTerminal)); err != nil {
		return err
	}
	for _, err := range devices { // who hands them in counts them too, and the text reads its own
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *fleetRun) showResult(head remediate.Result) error {
	if events, asked := r.Watch.(*progress.Events); asked {
		return progress.RunEnded(events, r.Results(), func(device remediate.DeviceResult) string { return string(device.Status) })
	}
	if r.app.flags.json() {
		return report.ResultJSON(r.app.stdout, head, r.Results())
	}
	return r.resultText(r.app.stdout, r.app.style(r.app.stdoutIsTerminal))
}
