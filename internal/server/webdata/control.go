package webdata

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
)

// Stop asks a running run to start no further device.
func (s *Provider) Stop(ctx context.Context, id, person string) error {
	run, err := s.exactly(ctx, id)
	if err != nil {
		return err
	}
	if run.State != store.RunRunning || !s.Scheduler.StopRun(run.ID, person) {
		return web.ErrNotLed
	}
	return nil
}

// Resume goes on with a run that ended before its devices did.
func (s *Provider) Resume(ctx context.Context, id string) error {
	run, err := s.exactly(ctx, id)
	if err != nil {
		return err
	}
	j, why, err := s.mayResume(ctx, run)
	switch {
	case err != nil:
		return err
	case why != "":
		return fmt.Errorf("%w: %s", web.ErrNotResumable, why)
	}
	running, err := s.store.Runs(ctx, store.Filter{Job: j.Name, State: string(store.RunRunning), Limit: 1})
	if err != nil {
		return webError(err)
	}
	if len(running) > 0 || !s.Scheduler.ResumeNow(run, j) {
		return web.ErrBusy
	}
	return nil
}

// exactly returns the run with that ID, and none that only begins with it.
func (s *Provider) exactly(ctx context.Context, id string) (store.Run, error) {
	run, err := s.store.Run(ctx, id)
	if err == nil && run.ID != id {
		return store.Run{}, web.ErrUnknown
	}
	return run, webError(err)
}

// control says what a person may do with a run.
func (s *Provider) control(ctx context.Context, run store.Run) (web.RunControl, error) {
	if run.State == store.RunRunning {
		if s.Scheduler.Leads(run.ID) {
			return web.RunControl{Stop: true}, nil
		}
		if !s.store.Shared() && !s.Ledger.Lives(run.ID) {
			return web.RunControl{Else: s.afterDeath(run)}, nil
		}
		return web.RunControl{Else: "Another process leads this run. Ctrl-C or SIGTERM stops it there; " +
			"it finishes the step that is being written."}, nil
	}
	if !endedEarly[run.State] {
		return web.RunControl{}, nil
	}
	_, why, err := s.mayResume(ctx, run)
	if why != "" {
		why = "It can't be resumed here: " + why + "."
	}
	return web.RunControl{Resume: err == nil && why == "", Else: why}, err
}

// afterDeath says who goes on with a run whose process has died.
func (s *Provider) afterDeath(run store.Run) string {
	if j, known := s.JobsFile.Job(run.Job); known && string(j.Action) == run.Action {
		return "Its process has died. This service takes the run up by itself within a minute or so, unless it was left " +
			"for longer than the job's start_within."
	}
	return fmt.Sprintf("Its process has died. acfix %s --resume %s continues it.", run.Action, run.ID)
}

// endedEarly are the states of runs that may have devices left.
var endedEarly = map[store.RunState]bool{
	store.RunInterrupted: true, store.RunStopped: true, store.RunFailed: true,
}

// mayResume returns the job of a run that may go on, or why it may not. A run goes on under the rules under which its
// job would begin it: it is no way around an approval.
func (s *Provider) mayResume(ctx context.Context, run store.Run) (j jobs.Job, why string, err error) {
	j, known := s.JobsFile.Job(run.Job)
	switch {
	case !endedEarly[run.State]:
		return j, "it has not ended early", nil
	case run.EndedByPerson():
		return j, "it was " + run.Reason, nil
	case run.Pruned > 0:
		return j, "prune has deleted devices of it", nil
	case run.Job == "":
		return j, fmt.Sprintf("it belongs to no job; acfix %s --resume %s does it", run.Action, run.ID), nil
	case !known || string(j.Action) != run.Action:
		return j, "the jobs file no longer has its job", nil
	case run.PlanRun == "" && j.PlanJob != "":
		return j, "its job carries out approved plans now, and this run has none", nil
	case run.PlanRun == "":
		return j, "", nil
	}
	why, err = s.mayCarryOn(ctx, run, s.Now())
	if opens := opens(j, s.Now()); why == "" && !opens.IsZero() && !opens.Before(run.Expires()) {
		why = "its plan is too old before its change window opens again"
	}
	return j, why, err
}

// mayCarryOn says why a run may not go on with the approved plan that it carries out; "" if it may.
func (s *Provider) mayCarryOn(ctx context.Context, run store.Run, now time.Time) (why string, err error) {
	plan, err := s.store.Run(ctx, run.PlanRun)
	switch {
	case err != nil:
		return "", webError(err)
	case plan.State == store.RunRejected:
		return "its plan was " + plan.Reason, nil
	case !plan.IsFor(run.ID):
		return "its plan is no longer approved for it", nil
	case now.After(run.Expires()):
		return "its plan is too old", nil
	default:
		return "", nil
	}
}
