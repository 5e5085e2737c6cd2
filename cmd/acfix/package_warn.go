package main

import (
	"slices"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/changepackage"
	"github.com/acfix/acfix/remediate"
)

// warnOfPackages warns of packages that are out of date, and of those that lack a file which an operator may expect.
func (a *app) warnOfPackages(devices []remediate.DevicePlan) {
	changes := func(place int) bool { return devices[place].Verdict == remediate.Change }
	for _, again := range changepackage.FindAgain(devices) {
		if slices.ContainsFunc(again.Places, changes) {
			a.warn(again.Text(devices))
		}
	}
	for _, device := range devices {
		if device.Verdict == remediate.Change && changepackage.LacksSwitchLoad(device) {
			a.warn(foreign.Clean(device.Target) + ": the package has no " + changepackage.SwitchName + ": " +
				changepackage.WhyNoSwitchLoad(device) + ". Set the switch by hand, as steps.txt says")
		}
	}
}
