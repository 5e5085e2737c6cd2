package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/job"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/store"
	"github.com/acfix/acfix/web"
)

// webJournal is where the store keeps what people did on the web pages. No device is called
// like this (statedir.DeviceName).
const webJournal = "web"

// mostDeeds is how many of them a page shows.
const mostDeeds = 500

// Note puts on record what somebody is about to do.
func (s *webSource) Note(ctx context.Context, deed web.Deed) error {
	text, err := json.Marshal(deed)
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	s.app.log().Info("on the web pages", "person", deed.Person, "what", string(deed.Kind), "of", deed.Of, "failed", deed.Failed)
	event := store.Event{Device: webJournal, Time: deed.Time, Kind: string(deed.Kind), Entry: text}
	return webError(s.store.Append(ctx, event, nil))
}

// Deeds are what people did, newest first.
func (s *webSource) Deeds(ctx context.Context) ([]web.Deed, error) {
	events, err := s.store.Events(ctx, webJournal)
	if err != nil {
		return nil, webError(err)
	}
	deeds := make([]web.Deed, 0, min(len(events), mostDeeds))
	for _, event := range slices.Backward(events[max(0, len(events)-mostDeeds):]) {
		var deed web.Deed
		if err := decoded(event.Entry, &deed); err != nil {
			return nil, webError(err)
		}
		deeds = append(deeds, deed)
	}
	return deeds, nil
}

// Approve allows the plan of a run to be carried out.
func (s *webSource) Approve(ctx context.Context, run string, approval report.Approval) error {
	return webError(s.store.Approve(ctx, run, store.Approval{Name: approval.Name, Change: approval.Change, Time: approval.Time}))
}

// Start begins a run of a job, as the scheduler does.
func (s *webSource) Start(ctx context.Context, name string) error {
	j, known := s.service.jobs.Job(name)
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
	if !s.service.start(name, func(runner *jobRunner) error { return runner.run(j, time.Time{}) }) {
		return web.ErrBusy
	}
	return nil
}

// mayCarryOut says at once what the run would only find out later.
func (s *webSource) mayCarryOut(ctx context.Context, j job.Job) error {
	if j.PlanJob == "" {
		return nil
	}
	approved, err := s.store.Runs(ctx, store.Filter{Job: j.PlanJob, State: string(store.RunApproved), Limit: 1})
	if err == nil && len(approved) == 0 {
		return web.ErrNoApproval
	}
	return webError(err)
}

// Jobs are those of the jobs file.
func (s *webSource) Jobs(ctx context.Context) ([]web.Job, error) {
	var jobs []web.Job
	for _, j := range s.service.jobs.Jobs {
		shown, err := s.job(ctx, j)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, shown)
	}
	return jobs, nil
}

func (s *webSource) job(ctx context.Context, j job.Job) (web.Job, error) {
	shown := web.Job{
		Name: j.Name, Action: string(j.Action), Inventory: s.service.jobs.inventory(j),
		Next: job.Next(j, s.app.now()), Settings: settings(j),
	}
	if j.Schedule.Text != "" {
		shown.Schedule = j.Schedule.Text + " " + j.Schedule.Zone.String()
	}
	last, err := s.Runs(ctx, web.RunFilter{Job: j.Name, Limit: 1})
	if err != nil {
		return shown, err
	}
	if len(last) > 0 {
		shown.Last, shown.Busy = &last[0], last[0].State == string(store.RunRunning)
	}
	s.service.mutex.Lock()
	defer s.service.mutex.Unlock()
	shown.Busy = shown.Busy || s.service.going[j.Name]
	shown.Failure, shown.FailedAt = s.service.failed[j.Name].why, s.service.failed[j.Name].at
	return shown, nil
}

// settings are what else a jobs file says of a job.
func settings(j job.Job) []report.Fact {
	window, parallel := "", ""
	if j.Window != nil {
		window = j.Window.String()
	}
	if j.Parallel > 0 {
		parallel = strconv.Itoa(j.Parallel)
	}
	all := []report.Fact{
		{Name: "Carries out", Text: prefixed("approved plans of ", j.PlanJob)},
		{Name: "Devices", Text: j.Limit}, {Name: "Waves", Text: j.Batch}, {Name: "Change window", Text: window},
		{Name: "At a time", Text: parallel}, {Name: "Soak", Text: duration(j.Soak)}, {Name: "Pause", Text: duration(j.Pause)},
		{Name: "Stops after failures", Text: j.MaxFailures}, {Name: "Stops after unreachable", Text: j.MaxUnreachable},
		{Name: "Begins at most late", Text: duration(j.StartWithin)}, {Name: "Tells", Text: strings.Join(j.Notify, ", ")},
	}
	return slices.DeleteFunc(all, func(f report.Fact) bool { return f.Text == "" })
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
