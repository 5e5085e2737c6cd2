package main

import "fmt"

// dryRun shows what apply would do; the clients that read were unable to write.
func (j *applyJob) dryRun() error {
	saved := j.fleet.Assignment.Saved
	if saved {
		if err := j.compare(); err != nil {
			return err
		}
	}
	if j.app.flags.output != "text" {
		return j.fleet.showResult(j.resultHead())
	}
	style := j.app.style(j.app.stdoutIsTerminal)
	if err := j.fleet.planText(j.app.stdout, j.fleet.left(), style); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if saved {
		if err := j.fleet.resultText(j.app.stdout, style); err != nil {
			return fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.app.stdout, "\nDry run: nothing was written.")
	return err
}

// compare reads the devices of a saved plan, to see whether it still fits them.
func (j *applyJob) compare() error {
	rules, err := j.fleet.settings().Reading(false)
	if err != nil {
		return err
	}
	return j.fleet.Compare(rules, j.savedPlan())
}
