package main

import (
	"fmt"

	"github.com/acfix/acfix/internal/records/store"
)

// dryRun shows what apply would do; the clients that read were unable to write.
func (j *applyJob) dryRun() error {
	if j.saved {
		if err := j.compare(); err != nil {
			return err
		}
	}
	if j.flags.output != "text" {
		return j.fleet.showResult(j.resultHead())
	}
	style := j.style(j.stdoutIsTerminal)
	if err := j.fleet.planText(j.stdout, j.fleet.left(), style); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if j.saved {
		if err := j.fleet.resultText(j.stdout, style); err != nil {
			return fmt.Errorf("show the result: %w", err)
		}
	}
	_, err := fmt.Fprintln(j.stdout, "\nDry run: nothing was written.")
	return err
}

// compare reads the devices of a saved plan, to see whether it still fits them.
func (j *applyJob) compare() error {
	settings, err := j.given.reading(false)
	if err != nil {
		return err
	}
	var opened *store.Store
	if j.fleet.record != nil {
		opened = j.fleet.record.Store
	}
	return j.fleet.Compare(settings, j.savedPlan(j.head, j.given.maxAge, opened))
}
