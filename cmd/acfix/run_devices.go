package main

import (
	"iter"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

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

// planned returns all devices with their plans.
func (r *fleetRun) planned() report.RunDevices {
	return withEach(r, r.Plans(), func(device *report.RunDevice, plan *remediate.DevicePlan) { device.Plan = plan })
}

// unfinished returns the devices with their plans, without those that were finished before a resume.
func (r *fleetRun) unfinished() report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for device, err := range r.planned() {
			if (err != nil || !r.Done[device.Position]) && !yield(device, err) {
				return
			}
		}
	}
}

// finished returns all devices with their results.
func (r *fleetRun) finished() report.RunDevices {
	return withEach(r, r.Results(), func(device *report.RunDevice, result *remediate.DeviceResult) { device.Result = result })
}

// withEach returns the devices of the run, each completed by fill with its document.
func withEach[D any](r *fleetRun, documents iter.Seq2[D, error], fill func(*report.RunDevice, *D)) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		place, waves := 0, r.waves()
		for document, err := range documents {
			if err != nil {
				yield(report.RunDevice{}, err)
				return
			}
			device := report.RunDevice{Position: place, Target: r.Devices[place].Name, URL: r.Devices[place].URL}
			if waves != nil {
				device.Wave = waves[place]
			}
			fill(&device, &document)
			if !yield(device, nil) {
				return
			}
			place++
		}
	}
}

// waves returns the wave of each device in an apply, counted from 1; a plan and a dry run name those that an apply with
// the same flags has. It is nil where a tag of --batch is unknown.
func (r *fleetRun) waves() []int {
	batch := run.Batches(run.ActionApply, r.Assignment.Order.Settings.Batch.Value, len(r.Devices))
	waves, err := run.Waves(batch, r.Devices)
	if err != nil {
		return nil
	}
	return waves
}
