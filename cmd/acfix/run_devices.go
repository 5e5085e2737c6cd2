package main

import (
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
	return r.devices(func(place int, device *report.RunDevice) (err error) {
		device.Plan = new(remediate.DevicePlan)
		*device.Plan, err = r.Book.Plan(place)
		return err
	})
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
	return r.devices(func(place int, device *report.RunDevice) (err error) {
		device.Result = new(remediate.DeviceResult)
		*device.Result, err = r.Result(place)
		return err
	})
}

// devices returns the devices of the run, each completed by fill.
func (r *fleetRun) devices(fill func(place int, device *report.RunDevice) error) report.RunDevices {
	return func(yield func(report.RunDevice, error) bool) {
		for place, known := range r.Devices {
			device := report.RunDevice{Position: place, Target: known.Name, URL: known.URL}
			if err := fill(place, &device); !yield(device, err) || err != nil {
				return
			}
		}
	}
}
