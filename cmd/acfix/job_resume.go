package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// resume continues a run that another process left behind, or that is paused. It ends one whose plan is too old.
func (r *jobRunner) resume(left store.Run, j jobs.Job) error {
	if r.isOver(left) {
		err := r.endLeft(left.ID, run.Ending{State: store.RunStopped, Exit: exitHalted, Reason: "the plan is too old"})
		return r.conclude(j, left.ID, err)
	}
	err := r.resumed(left, j)
	if codeOf(err) == exitUsage && !errors.Is(err, store.ErrHeld) { // the operator must fix something first
		how := run.Ending{State: store.RunFailed, Exit: exitUsage, Reason: "it could not be resumed: " + err.Error()}
		err = errors.Join(err, r.endLeft(left.ID, how))
	}
	return r.conclude(j, left.ID, err)
}

// isOver reports whether the run of an approved plan can't go on, because the plan is too old.
func (r *jobRunner) isOver(left store.Run) bool {
	return left.PlanRun != "" && r.app.now().After(left.Expires())
}

func (r *jobRunner) resumed(left store.Run, j jobs.Job) error {
	order := r.file.order(j)
	if err := order.Settings.Check(); err != nil {
		return err
	}
	action := run.ActionApply
	if left.Action == run.ActionPlan {
		action = run.ActionPlan
	}
	// A run that had ended when a person asked for it is opened again; one that goes on may have ended meanwhile.
	open := left.State == store.RunRunning || left.State == store.RunPaused
	resumed, err := r.app.resume(action, left.ID, unattendedConnection(order), open)
	if err != nil {
		return err
	}
	_, approved := r.file.MaxAge(j)
	resumed.Assignment.AwaitsApproval = action == run.ActionPlan && approved
	resumed.Assignment.ResumedByOthers = r.unattended
	if err := resumed.takeOver(); err != nil {
		return err
	}
	return r.carryOut(resumed)
}

func (r *jobRunner) endLeft(id string, how run.Ending) error {
	registry := r.app.registry()
	registry.Open = r.app.openKept
	return noRun(id, registry.EndLeft(id, how))
}

// giveUp ends a run that was left too long ago: work planned for the night must not continue in the morning
// because a machine came up then.
func (r *jobRunner) giveUp(left store.Run, j jobs.Job, since time.Time) error {
	reason := fmt.Sprintf("left behind at %s and not resumed within %s (start_within); "+
		"acfix apply --resume continues it",
		moment.Text(since), j.StartWithin)
	err := r.endLeft(left.ID, run.Ending{
		State: store.RunInterrupted, Exit: exitInterrupted, Reason: reason, Opens: j.Settings.Opens(),
	})
	if err != nil {
		return r.conclude(j, left.ID, err)
	}
	r.app.warn(fmt.Sprintf("job %s: run %s was %s", j.Name, left.ID, reason))
	return r.conclude(j, left.ID, nil)
}

// orNotBegun marks the error of a scheduler that could not reach its store, so that it tries again.
func (r *jobRunner) orNotBegun(err error) error {
	if store.IsDown(err) && r.unattended {
		return fmt.Errorf("%w: %w", scheduler.ErrNotBegun, err)
	}
	return err
}
