package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/worker"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// service is "acfix serve": it begins the runs of scheduled jobs, goes on with runs that a
// dead process left behind, and, in a store that machines share, works on devices too.
type service struct {
	app   *app
	store *store.Store
	jobs  jobFile
	queue *worker.Queue // nil on one machine

	runs  sync.WaitGroup
	mutex sync.Mutex
	going map[string]bool      // jobs with a run in this process
	last  map[string]time.Time // planned time of each job that was dealt with last
	tried map[string]time.Time // when runs that were left behind were tried, by ID
	seen  time.Time            // when the schedules were looked at last
	// warned is what was said last about the store, "" once all is well.
	warned string
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

func newService(a *app, opened *store.Store, listed jobFile) *service {
	return &service{app: a, store: opened, jobs: listed, going: map[string]bool{}, last: map[string]time.Time{}, tried: map[string]time.Time{}, failed: map[string]attempt{}}
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
		if planned, due := jobs.Due(j, s.lastOf(j.Name), now); due {
			s.begin(j, planned)
		}
	}
	orphans, err := s.store.Orphans(s.app.abort)
	if err != nil {
		s.warnOnce("look for runs that were left behind: " + err.Error())
		return
	}
	s.mutex.Lock()
	s.seen, s.warned = now, ""
	s.mutex.Unlock()
	for _, run := range orphans {
		if j, known := s.jobs.Job(run.Job); known && s.mayTry(run.ID, now) {
			s.goOn(j, run, now)
		}
	}
}

// begin starts the run of a planned time. When the store is away, that time is not dealt with.
func (s *service) begin(j jobs.Job, planned time.Time) {
	before := s.lastOf(j.Name)
	s.deal(j.Name, planned)
	leftOut := func() {
		s.app.warn(fmt.Sprintf("job %s: a run of it is still going on; the one of %s is left out", j.Name, planned.Format(time.RFC3339)))
	}
	started := s.start(j.Name, func(runner *jobRunner) error {
		overtakes, err := s.overtakes(j.Name, planned)
		switch {
		case err != nil:
			err = fmt.Errorf("%w: %w", errNotBegun, err)
		case overtakes:
			leftOut()
		default:
			err = runner.run(j, planned)
		}
		if errors.Is(err, errNotBegun) {
			s.deal(j.Name, before)
		}
		return err
	})
	if !started {
		leftOut()
	}
}

// overtakes tells whether a run of the job for another time is not at its end, wherever it goes
// on, or will: a second one would find its first waves done and start the next before they were
// watched.
func (s *service) overtakes(name string, planned time.Time) (bool, error) {
	runs, err := s.store.Runs(s.app.abort, store.Filter{Job: name, State: string(store.RunRunning)})
	other := func(run store.Run) bool { return !run.Due.Equal(planned) }
	return slices.ContainsFunc(runs, other), err
}

// goOn resumes a run, unless it was left so long ago that its job would not be begun any more.
func (s *service) goOn(j jobs.Job, run store.Run, now time.Time) {
	s.start(j.Name, func(runner *jobRunner) error {
		left, err := s.store.Left(s.app.abort, run.ID)
		switch {
		case err != nil:
			return err
		case j.StartWithin > 0 && now.Sub(left) > j.StartWithin:
			return runner.giveUp(run, j, left)
		default:
			return runner.resume(run, j)
		}
	})
}

// tryAgain is how long a run that could not be gone on with is left alone.
const tryAgain = time.Minute

// mayTry tells whether a run that was left behind is to be tried now.
func (s *service) mayTry(run string, now time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	maps.DeleteFunc(s.tried, func(_ string, at time.Time) bool { return now.Sub(at) >= tryAgain })
	_, lately := s.tried[run]
	if !lately {
		s.tried[run] = now
	}
	return !lately
}

// start works on a run of a job in the background, one at a time.
func (s *service) start(name string, work func(*jobRunner) error) bool {
	if !s.enter(name) {
		return false
	}
	s.runs.Go(func() {
		defer s.leave(name)
		runner := &jobRunner{app: s.app.unattended(), file: s.jobs, queue: s.queue, unattended: true}
		err := work(runner)
		if isShown(err) || errors.Is(err, errFired) || errors.Is(err, errElsewhere) {
			err = nil // what came of it stands in the store
		}
		if err != nil {
			s.app.warn(fmt.Sprintf("job %s: %s", foreign.Clean(name), foreign.Clean(err.Error())))
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

// warnOnce says the same thing once, until all is well again.
func (s *service) warnOnce(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.warned != text {
		s.warned = text
		s.app.warn(foreign.Clean(text))
	}
}

func (s *service) lastOf(name string) time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.last[name]
}

func (s *service) deal(name string, planned time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.last[name] = planned
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
