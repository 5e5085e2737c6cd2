package webdata

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/web"
)

// Start starts a run of a job through the scheduler.
func (s *Provider) Start(ctx context.Context, name string) error {
	j, known := s.JobsFile.Job(name)
	if !known {
		return web.ErrUnknown
	}
	running, err := s.store.Runs(ctx, store.Filter{Job: name, State: string(store.RunRunning), Limit: 1})
	if err != nil {
		return webError(err)
	}
	if len(running) > 0 {
		return web.ErrBusy
	}
	if err := s.mayCarryOut(ctx, j); err != nil {
		return err
	}
	if !s.Scheduler.RunNow(j) {
		return web.ErrBusy
	}
	return nil
}

// mayCarryOut refuses early what the run would refuse later.
func (s *Provider) mayCarryOut(ctx context.Context, j jobs.Job) error {
	if j.PlanJob == "" {
		return nil
	}
	for _, filter := range []store.Filter{
		{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1}, {Job: j.Name, State: string(store.RunPaused), Limit: 1},
	} {
		found, err := s.store.Runs(ctx, filter)
		if err != nil || len(found) > 0 {
			return webError(err)
		}
	}
	return web.ErrNoApproval
}

// Jobs returns the jobs of the jobs file.
func (s *Provider) Jobs(ctx context.Context) ([]web.JobDetail, error) {
	var listed []web.JobDetail
	for _, j := range s.JobsFile.Jobs {
		shown, err := s.job(ctx, j)
		if err != nil {
			return nil, err
		}
		listed = append(listed, shown)
	}
	return listed, nil
}

func (s *Provider) job(ctx context.Context, j jobs.Job) (web.JobDetail, error) {
	now := s.Now()
	shown := web.JobDetail{
		Name: j.Name, Action: string(j.Action), Inventory: s.JobsFile.InventoryPath(j), PlanJob: j.PlanJob,
		Next: jobs.Next(j, now), Words: scheduleInWords(j.Schedule), Settings: settings(j),
		Window: j.Settings.Window.Value, Opens: opens(j, now), CarriedOutBy: s.carryOut(j),
	}
	if j.Schedule.Text != "" {
		shown.Schedule = expression(j.Schedule)
	}
	if err := s.addLast(ctx, &shown); err != nil {
		return shown, err
	}
	here := s.Scheduler.Standing(j.Name)
	shown.Busy = shown.Busy || here.Busy
	shown.Failure, shown.FailedAt, shown.Ahead = here.Failure, here.FailedAt, here.Ahead
	var err error
	shown.Plan, err = s.nextPlan(ctx, j, now)
	return shown, err
}

// addLast adds the last run of a job, and what it did.
func (s *Provider) addLast(ctx context.Context, shown *web.JobDetail) error {
	last, err := s.Runs(ctx, web.RunFilter{Job: shown.Name, Limit: 1})
	if err != nil || len(last) == 0 {
		return err
	}
	shown.Last, shown.Busy = &last[0], last[0].State == string(store.RunRunning)
	shown.Results, err = s.count(ctx, last[0])
	return webError(err)
}

// carryOut returns the names of the jobs that carry out the plans of a job.
func (s *Provider) carryOut(plan jobs.Job) []string {
	var names []string
	for _, j := range s.JobsFile.Jobs {
		if j.PlanJob == plan.Name {
			names = append(names, j.Name)
		}
	}
	return names
}

// nextPlan returns what a job that needs an approval carries out when it starts now: the rest of a paused run, or the
// newest approved plan that is not too old. Without either it returns the newest plan that waits; nil for none.
func (s *Provider) nextPlan(ctx context.Context, j jobs.Job, now time.Time) (*web.JobPlan, error) {
	if j.PlanJob == "" {
		return nil, nil
	}
	for _, filter := range []store.Filter{
		{Job: j.Name, State: string(store.RunPaused)},
		{Job: j.PlanJob, State: string(store.RunApproved)}, {Job: j.PlanJob, State: string(store.RunWaiting)},
	} {
		found, err := s.store.Runs(ctx, filter)
		if err != nil {
			return nil, webError(err)
		}
		for _, run := range found {
			if filter.State == string(store.RunPaused) {
				return &web.JobPlan{Run: run.ID, State: filter.State, Until: inZone(j, run.Expires())}, nil
			}
			if until := tooOldFor(j, run); !now.After(until) {
				return s.jobPlan(ctx, run, inZone(j, until))
			}
		}
	}
	return nil, nil
}

func (s *Provider) jobPlan(ctx context.Context, run store.Run, until time.Time) (*web.JobPlan, error) {
	detail, err := s.outlines.run(ctx, run)
	if err != nil {
		return nil, webError(err)
	}
	return &web.JobPlan{
		Run: run.ID, State: string(run.State), Approval: run.Approval, Until: until,
		Effect: web.EffectOf(detail.Devices),
	}, nil
}

// settings are the other keys of a job.
func settings(j jobs.Job) []report.Fact {
	set := j.Settings
	var given []report.Fact
	for _, setting := range []struct {
		name  string
		given bool
		value any
	}{
		{"Carries out", j.PlanJob != "", "approved plans of " + j.PlanJob},
		{"Devices", j.Limit != "", j.Limit},
		{"Waves", set.Batch.Given, set.Batch.Value},
		{"Change window", set.Window.Given, set.Window.Value},
		{"Devices at a time", set.Parallel.Given, set.Parallel.Value},
		{"Soak", set.Soak.Value != 0, set.Soak.Value},
		{"Pause", set.Pause.Value != 0, set.Pause.Value},
		{"Stops after failures", set.MaxFailures.Given, set.MaxFailures.Value},
		{"Stops after unreachable", set.MaxUnreachable.Given, set.MaxUnreachable.Value},
		{"Carries out plans for", set.MaxAge.Given, set.MaxAge.Value},
		{"Latest start after", j.StartWithin != 0, j.StartWithin},
		{"Notifies", len(j.Notify) > 0, strings.Join(j.Notify, ", ")},
	} {
		if setting.given {
			given = append(given, report.Fact{Name: setting.name, Text: fmt.Sprint(setting.value)})
		}
	}
	return given
}
