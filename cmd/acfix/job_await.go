package main

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// awaitLeaseEnd waits for the end of the lease of a run whose process died: until then, no other process may go on with
// it. It returns at once if a process of this machine works on the run, and once one of another machine has renewed the
// lease. Errors: remediate.ErrInterrupted.
func (a *app) awaitLeaseEnd(opened *store.Store, left store.Run) error {
	ctx, cancel := a.reading()
	defer cancel()
	var ends time.Time
	for !a.registry().Lives(left.ID) {
		led, err := opened.HasController(a.abort, left.ID)
		if err != nil || !led {
			return err
		}
		now, err := opened.LeaseEnd(a.abort, left.ID)
		switch {
		case err != nil:
			return err
		case ends.IsZero():
			ends = now
			const text = "Run %s was left behind, or another machine works on it: " +
				"waiting until its lease ends or is renewed, %s at the latest."
			a.say(text, left.ID, ends.UTC().Format(time.RFC3339))
		case now.After(ends):
			return nil
		}
		if a.sleep(ctx, run.AskAgain) != nil {
			return fmt.Errorf("%w: run %s was not resumed", remediate.ErrInterrupted, left.ID)
		}
	}
	return nil
}
