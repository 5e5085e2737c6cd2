package main

import "github.com/acfix/acfix/internal/fleet/run"

// carryOut works on the devices of a run, in this process or on workers.
func (r *jobRunner) carryOut(begun *fleetRun) error {
	r.share(begun)
	r.stop.Lead(begun.ID)
	work := func() error { return (&applyJob{app: r.app, given: applyFlags{yes: true}, fleet: begun}).run() }
	if begun.Assignment.Action == run.ActionPlan {
		work = func() error { return (&planJob{app: r.app}).carryOut(begun) }
	}
	err := work()
	if by := r.stop.By(); by != "" { // it is resumed when a person wants that, and not by the next tick
		begun.Assignment.ResumedByOthers = false
		if codeOf(err) == exitInterrupted { // and not complete all the same
			begun.Assignment.Note = "stopped by " + by + " on the web pages"
		}
	}
	return begun.finish(err)
}

// share hands the devices of a run to others, if there are any.
func (r *jobRunner) share(begun *fleetRun) {
	if r.hands != nil {
		begun.Hands = r.hands(begun)
	}
}
