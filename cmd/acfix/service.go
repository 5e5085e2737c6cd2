package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/acfix/acfix/job"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/store"
)

// service is "acfix serve": it begins the runs of scheduled jobs, goes on with runs that a
// dead process left behind, and, in a store that machines share, works on devices too.
type service struct {
	app   *app
	store *store.Store
	jobs  jobFile
	queue *queue.Queue // nil on one machine

	runs  sync.WaitGroup
	mutex sync.Mutex
	going map[string]bool      // jobs with a run in this process
	last  map[string]time.Time // planned time of each job that was dealt with last
	seen  time.Time            // when the schedules were looked at last
	// ending: no run is begun any more.
	ending bool
	// failed are jobs whose last attempt in this process came to no run.
	failed map[string]attempt
}

// attempt is a run of a job that could not be begun, or broke off.
type attempt struct {
	at  time.Time
	why string
}

// beat is how often schedules and runs that were left behind are looked at.
const beat = 5 * time.Second

// unattended is acfix without a person: nothing is shown but what goes wrong.
func (a *app) unattended() *app {
	quiet := *a
	quiet.stdout, quiet.stdinIsTerminal = io.Discard, false
	quiet.flags.quiet, quiet.flags.output = true, formatJSON
	return &quiet
}

// work goes on until somebody asks to stop, and then waits for the devices in hand.
func (s *service) work(ctx context.Context) error {
	if err := s.remember(); err != nil {
		return err
	}
	for {
		s.look()
		if s.app.sleep(ctx, beat) != nil {
			break
		}
	}
	s.mutex.Lock()
	s.ending = true
	s.mutex.Unlock()
	s.app.say("stopping: the devices in hand are finished")
	s.runs.Wait()
	return nil
}

// remember finds out which planned times were dealt with before this process began.
func (s *service) remember() error {
	for _, j := range s.jobs.Jobs {
		s.last[j.Name] = s.app.now()
		runs, err := s.store.Runs(s.app.abort, store.Filter{Job: j.Name, Limit: 50})
		if err != nil {
			return err
		}
		for _, run := range runs {
			if !run.Due.IsZero() {
				s.last[j.Name] = run.Due
				break
			}
		}
	}
	return nil
}

// look begins what is due, and goes on with what was left behind.
func (s *service) look() {
	now := s.app.now()
	for _, j := range s.jobs.Jobs {
		if planned, due := job.Due(j, s.last[j.Name], now); due {
			s.last[j.Name] = planned
			s.start(j.Name, func(runner *jobRunner) error { return runner.run(j, planned) })
		}
	}
	orphans, err := s.store.Orphans(s.app.abort)
	if err != nil {
		s.app.warn("look for runs that were left behind: " + err.Error())
	}
	for _, run := range orphans {
		if _, known := s.jobs.Job(run.Job); known {
			s.start(run.Job, func(runner *jobRunner) error { return runner.resume(run) })
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err == nil {
		s.seen = now
	}
}

// start works on a run of a job in the background, one at a time.
func (s *service) start(name string, work func(*jobRunner) error) {
	if !s.begin(name, work) {
		s.app.warn(fmt.Sprintf("job %s: a run of it is still going on; this one waits for another time", report.Clean(name)))
	}
}

// begin is false when a run of the job goes on in this process already.
func (s *service) begin(name string, work func(*jobRunner) error) bool {
	if !s.enter(name) {
		return false
	}
	s.runs.Go(func() {
		defer s.leave(name)
		runner := &jobRunner{app: s.app.unattended(), file: s.jobs, queue: s.queue, unattended: true}
		err := work(runner)
		if isShown(err) || errors.Is(err, errFired) {
			err = nil // what came of it stands in the store
		}
		if err != nil {
			s.app.warn(fmt.Sprintf("job %s: %s", report.Clean(name), report.Clean(err.Error())))
		}
		s.keep(name, err)
	})
	return true
}

// keep remembers why the last attempt of a job came to nothing.
func (s *service) keep(name string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.failed, name)
	if err != nil {
		s.failed[name] = attempt{at: s.app.now(), why: err.Error()}
	}
}

func (s *service) enter(name string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.going[name] || s.ending {
		return false
	}
	s.going[name] = true
	return true
}

func (s *service) leave(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.going, name)
}

// ready tells whether the schedules were looked at a short while ago.
func (s *service) ready(context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if since := s.app.now().Sub(s.seen); since > 4*beat {
		return fmt.Errorf("the schedules were last looked at %s ago", since.Round(time.Second))
	}
	return nil
}
