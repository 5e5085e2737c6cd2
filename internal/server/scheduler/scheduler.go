// Package scheduler begins the runs of scheduled jobs, resumes runs that a dead process left behind, sends the messages
// about them, and has what is old deleted. How a run is carried out, time, files and network come in; nothing here prints.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// Runner carries out the runs of jobs. An error says why there is no run, or why its end is not on record.
type Runner interface {
	// Run runs a job once. due is its planned time, zero when a person asks. Errors: ErrNotBegun.
	Run(j jobs.Job, due time.Time) error
	// Resume continues a run that another process left behind.
	Resume(left store.Run, j jobs.Job) error
	// GiveUp ends a run that was left behind too long ago, at a time.
	GiveUp(left store.Run, j jobs.Job, at time.Time) error
	// Retain deletes what is old at a planned time. An error says what could not be deleted.
	Retain(rules jobs.Retention, planned time.Time) error
}

// ErrNotBegun is returned for a run that could not be put on record because the store was unavailable. The scheduler
// tries again.
var ErrNotBegun = errors.New("the run was not begun")

// Scheduler runs the jobs of a jobs file by their schedules. Any number may share a store: each planned time begins
// one run.
type Scheduler struct {
	// Stops has the runs that this process leads; who carries them out keeps it.
	Stops Stops

	process run.Process
	store   *store.Store
	file    jobs.JobsFile
	runner  Runner

	runs  sync.WaitGroup
	mutex sync.Mutex
	jobs  map[string]*scheduledJob // by name
	// retention is the deletion of what is old, which is no job.
	retention scheduledJob
	tried     map[string]time.Time // when runs that were left behind were tried, by ID
	lookedAt  time.Time            // when the schedules were last looked at
	// warned is the last warning about the store, "" once all is well.
	warned string
	// ending reports that no further run is begun.
	ending bool
}

// JobState is the state of a job in this process.
type JobState struct {
	Busy bool // a run of the job is in progress
	// Failure is why the last attempt failed to start or record a run, FailedAt when; "" for no failure.
	Failure  string
	FailedAt time.Time
	// Ahead is a planned time on record that is still to come: a clock was wrong. The schedule goes on without it.
	Ahead time.Time
}

type scheduledJob struct {
	state   JobState
	handled time.Time // the newest planned time whose run was begun or left out
}

// New makes a scheduler, which does nothing before Work.
func New(process run.Process, opened *store.Store, file jobs.JobsFile, runner Runner) *Scheduler {
	s := &Scheduler{
		process: process, store: opened, file: file, runner: runner,
		jobs: map[string]*scheduledJob{}, tried: map[string]time.Time{},
	}
	for _, j := range file.Jobs {
		s.jobs[j.Name] = &scheduledJob{}
	}
	return s
}

// beat is the time between two ticks.
const beat = 5 * time.Second

// Work begins and resumes runs until the context ends, and then waits for the runs of this process.
func (s *Scheduler) Work(ctx context.Context) error {
	if err := s.Recall(); err != nil {
		return err
	}
	for {
		s.Tick()
		if s.process.Clock.Sleep(ctx, beat) != nil {
			break
		}
	}
	s.mutex.Lock()
	s.ending = true
	s.mutex.Unlock()
	s.Wait()
	return nil
}

// Wait returns when no run of this process is in progress.
func (s *Scheduler) Wait() { s.runs.Wait() }

// Tick begins what is due, and resumes what was left behind. It does not wait for the runs.
func (s *Scheduler) Tick() {
	now := s.process.Clock.Now()
	if err := s.store.SettlePlans(s.process.Abort, now); err != nil {
		s.warnOnce(err.Error())
		return
	}
	for _, j := range s.file.Jobs {
		if planned, due := jobs.Due(j, s.handledUntil(j.Name, now), now); due {
			s.begin(j, planned)
		}
	}
	s.retain(now)
	orphans, err := s.store.Orphans(s.process.Abort)
	if err != nil {
		s.warnOnce("look for runs that were left behind: " + err.Error())
		return
	}
	paused, err := s.store.Runs(s.process.Abort, store.Filter{State: string(store.RunPaused)})
	if err != nil {
		s.warnOnce("look for paused runs: " + err.Error())
		return
	}
	s.mutex.Lock()
	s.lookedAt, s.warned = now, ""
	s.mutex.Unlock()
	for _, run := range orphans {
		if j, known := s.file.Job(run.Job); known && s.mayTry(run.ID, now) {
			s.resume(j, run, now)
		}
	}
	for _, run := range paused {
		j, known := s.file.Job(run.Job)
		if known && (j.Settings.IsOpen(now) || now.After(run.Expires())) && s.mayTry(run.ID, now) {
			s.start(j.Name, func() error { return s.runner.Resume(run, j) })
		}
	}
}

// begin starts the run of a planned time. While the store is unavailable, that time stays unhandled.
func (s *Scheduler) begin(j jobs.Job, planned time.Time) {
	before := s.lastHandled(j.Name)
	s.markHandled(j.Name, planned)
	leftOut := func() {
		const text = "job %s: a run of it is still going on; the one of %s is left out"
		s.process.Warn(fmt.Sprintf(text, j.Name, planned.Format(time.RFC3339)))
	}
	started := s.start(j.Name, func() error {
		overtakes, err := s.overtakes(j.Name, planned)
		switch {
		case err != nil:
			err = fmt.Errorf("%w: %w", ErrNotBegun, err)
		case overtakes:
			leftOut()
		default:
			err = s.runner.Run(j, planned)
		}
		if errors.Is(err, ErrNotBegun) {
			s.markHandled(j.Name, before)
		}
		return err
	})
	if !started {
		leftOut()
	}
}

// overtakes reports whether an earlier run of the job is still unfinished, on any machine: a second run would find
// its first waves done, and start the next wave before the first ones were watched.
func (s *Scheduler) overtakes(name string, planned time.Time) (bool, error) {
	running, err := s.store.Runs(s.process.Abort, store.Filter{Job: name, State: string(store.RunRunning)})
	other := func(run store.Run) bool { return !run.Due.Equal(planned) }
	return slices.ContainsFunc(running, other), err
}

// resume continues a run, or gives it up when it was left behind longer ago than the job's start_within.
func (s *Scheduler) resume(j jobs.Job, run store.Run, now time.Time) {
	s.start(j.Name, func() error {
		left, err := s.store.LeaseEnd(s.process.Abort, run.ID)
		switch {
		case err != nil:
			return err
		case j.StartWithin > 0 && now.Sub(left) > j.StartWithin:
			return s.runner.GiveUp(run, j, left)
		default:
			return s.runner.Resume(run, j)
		}
	})
}

// tryAgain is the time between two attempts to resume a run.
const tryAgain = time.Minute

// mayTry reports whether a run that was left behind is to be tried now.
func (s *Scheduler) mayTry(run string, now time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	maps.DeleteFunc(s.tried, func(_ string, at time.Time) bool {
		return now.Sub(at) >= tryAgain || at.After(now) // the clock was set back
	})
	_, lately := s.tried[run]
	if !lately {
		s.tried[run] = now
	}
	return !lately
}

// RunNow begins the run of a job that a person asks for, and does not wait for it. It reports false while a run of
// the job is in progress, and once the process is ending.
func (s *Scheduler) RunNow(j jobs.Job) bool {
	return s.start(j.Name, func() error { return s.runner.Run(j, time.Time{}) })
}

// start runs work for a job in the background, one run of the job at a time.
func (s *Scheduler) start(name string, work func() error) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	job := s.jobs[name]
	if job.state.Busy || s.ending {
		return false
	}
	job.state.Busy = true
	s.runs.Go(func() {
		err := work()
		if err != nil {
			s.process.Warn(fmt.Sprintf("job %s: %s", foreign.Clean(name), foreign.Clean(err.Error())))
		}
		s.ended(job, err)
	})
	return true
}

// ended records the error of the last attempt of a job.
func (s *Scheduler) ended(job *scheduledJob, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	job.state = JobState{Ahead: job.state.Ahead}
	if err != nil {
		job.state.Failure, job.state.FailedAt = err.Error(), s.process.Clock.Now()
	}
}

// Standing returns the state of a job of the jobs file in this process. The name must be one of the file.
func (s *Scheduler) Standing(name string) JobState {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.jobs[name].state
}

// warnOnce repeats a warning only after a tick without trouble.
func (s *Scheduler) warnOnce(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.warned != text {
		s.warned = text
		s.process.Warn(foreign.Clean(text))
	}
}

func (s *Scheduler) lastHandled(name string) time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.jobs[name].handled
}

func (s *Scheduler) markHandled(name string, planned time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.jobs[name].handled = planned
}

// Ready returns an error when the last tick is too long ago.
func (s *Scheduler) Ready(context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if since := s.process.Clock.Now().Sub(s.lookedAt); since > 4*beat {
		return fmt.Errorf("the schedules were last looked at %s ago", since.Round(time.Second))
	}
	return nil
}
