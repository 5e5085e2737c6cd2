package main

import "fmt"

// dryRun shows what apply would do; the clients that read were unable to write.
func (j *applyJob) dryRun() error {
	saved := j.terms().Saved
	if saved != nil {
		if err := j.fleet.Compare(*saved); err != nil { // whether it still fits them
			return err
		}
	}
	if j.app.flags.output != "text" {
		return j.fleet.showResult(j.resultHead())
	}
	style := j.app.style(j.app.stdoutIsTerminal)
	if err := j.fleet.planText(j.app.stdout, j.fleet.unfinished(), style); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if saved != nil {
		if err := j.fleet.resultText(j.app.stdout, style); err != nil {
			return fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.app.stdout, "\nDry run: nothing was written.")
	return err
}
