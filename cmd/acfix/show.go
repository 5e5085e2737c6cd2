package main

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/report"
	"github.com/spf13/cobra"
)

func (a *app) showCommand() *cobra.Command {
	var keyFile string
	var maxAge time.Duration
	command := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a saved plan again, also one that no longer fits",
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return misuse("acfix show PLANFILE", "give one plan file")
			}
			plan, err := a.loadPlan(arguments[0], keyFile)
			if err != nil {
				return err
			}
			if err := a.showPlan(plan, report.PlansOf(plan)); err != nil || a.flags.json() {
				return err
			}
			state := "fits its age and rule"
			for _, device := range plan.Devices {
				if err := a.fits(plan, device, maxAge); err != nil {
					state = "may no longer be carried out everywhere: " + device.Target + ": " + err.Error()
					break
				}
			}
			_, err = fmt.Fprintf(a.stdout, "\nPlan %s of %s; it %s.\n", plan.ID, plan.Created, state)
			return err
		},
	}
	registerPlanKey(command.Flags(), &keyFile)
	registerMaxAge(command.Flags(), &maxAge)
	return command
}
