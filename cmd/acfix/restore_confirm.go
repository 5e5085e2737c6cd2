package main

import (
	"fmt"

	"github.com/acfix/acfix/remediate"
)

// confirm asks for the confirmations that the flags do not give. A serial number on the command line was compared
// when the plan was made.
func (j *restoreJob) confirm(plan remediate.RestorePlan) *remediate.Failure {
	unconfirmed := remediate.Fail(remediate.ErrUnconfirmed)
	if len(plan.Replaces) > 0 && j.given.confirmSerial() == "" {
		if !j.app.stdinIsTerminal {
			return unconfirmed
		}
		const question = "\nThis ends live TLS connections. To carry it out, type the device's %s: "
		if j.app.ask(fmt.Sprintf(question, unitWord(plan))) != plan.Device.Unit() {
			return unconfirmed
		}
		return nil
	}
	if j.given.yes || j.app.askYes("\nCarry out the restore?") {
		return nil
	}
	return restoreDeclined()
}

func restoreDeclined() *remediate.Failure {
	return &remediate.Failure{
		Code: remediate.CodeDeclined, Message: "the restore was declined; nothing was written",
		Hint: "Run restore again and answer yes, or give --yes.",
	}
}

// unitWord is what identifies the device of a plan.
func unitWord(plan remediate.RestorePlan) string {
	if plan.Device.Serial == "" {
		return "MAC address"
	}
	return "serial number"
}
