package main

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// showPlans shows the plans of devices with something to put back, before the operator is asked.
func (j *restoreRunJob) showPlans() error {
	if j.app.flags.quiet && j.given.yes {
		return nil
	}
	for _, plan := range j.restore.Plans {
		if err := report.Restore(j.app.stderr, plan, j.app.style(j.app.stderrIsTerminal)); err != nil {
			return fmt.Errorf("show the plan: %w", err)
		}
	}
	return nil
}

// confirm asks for what the flags do not confirm, device after device, and returns the devices that stay as they are.
// --yes never replaces the serial number of a device whose store is replaced.
func (j *restoreRunJob) confirm() map[int]*remediate.Failure {
	refused := map[int]*remediate.Failure{}
	var plain []int
	for _, place := range j.restore.Changes() {
		plan := j.restore.Plans[place]
		switch {
		case len(plan.Replaces) == 0:
			plain = append(plain, place)
		case slices.Contains(j.given.confirmSerials, plan.Device.Unit()):
			plain = append(plain, place)
		case !j.app.stdinIsTerminal || !j.typed(plan):
			refused[place] = remediate.Fail(remediate.ErrUnconfirmed)
		}
	}
	if len(plain) == 0 || j.given.yes {
		return refused
	}
	if j.app.askYes(fmt.Sprintf("\nCarry out the restore on %d of %d devices?", len(plain), len(j.fleet.Devices))) {
		return refused
	}
	for _, place := range plain {
		refused[place] = restoreDeclined()
	}
	return refused
}

// typed reports whether the operator typed the device's serial number.
func (j *restoreRunJob) typed(plan remediate.RestorePlan) bool {
	const question = "\n%s: this ends live TLS connections. To carry it out, type the device's %s: "
	return j.app.ask(fmt.Sprintf(question, plan.Target, unitWord(plan))) == plan.Device.Unit()
}
