package main

import (
	"io"

	"github.com/acfix/acfix/report"
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
	if r.flags.verbose || len(r.targets) <= inFull {
		return report.PlanStream(w, r.plans(), style)
	}
	head := report.RunHead{ID: r.id, Action: actionPlan, Ended: r.now()}
	return report.Overview(w, head, devices, r.details(), style)
}

// resultText is what came of the run, for people.
func (r *fleetRun) resultText(w io.Writer, style report.Style) error {
	if r.flags.verbose || len(r.targets) <= inFull {
		return report.ResultStream(w, r.results(), style)
	}
	head := report.RunHead{ID: r.id, Action: actionApply, Ended: r.now()}
	return report.Overview(w, head, r.came(), r.details(), style)
}

func (r *fleetRun) details() string {
	switch {
	case r.record == nil:
		return "run again with -v"
	case r.flags.store != "":
		return "acfix show " + r.id + ", with the same --store"
	default:
		return "acfix show " + r.id
	}
}

// left are the plans of the devices that are not done with since before a resume.
func (r *fleetRun) left() report.RunDevices {
	return r.plansOf(func(place int) bool { return !r.done[place] })
}

// whole are the plans of all devices, whenever they were made.
func (r *fleetRun) whole() report.RunDevices {
	return r.plansOf(func(int) bool { return true })
}

func (r *fleetRun) plansOf(show func(place int) bool) report.RunDevices {
	return r.devices(func(place int, device *report.RunDevice) (bool, error) {
		plan, err := r.book.plan(place)
		device.Plan = &plan
		return show(place), err
	})
}

// came are the devices with what came of them.
func (r *fleetRun) came() report.RunDevices {
	return r.devices(func(place int, device *report.RunDevice) (bool, error) {
		result, err := resultOf(r.book, place)
		device.Result = &result
		return true, err
	})
}

// devices are those of the run that get says to show.
func (r *fleetRun) devices(get func(place int, device *report.RunDevice) (show bool, err error)) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for place, t := range r.targets {
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
