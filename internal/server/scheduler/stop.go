package scheduler

import (
	"cmp"
	"sync"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// Stops are the runs that this process leads, and may be asked to stop. The zero Stops is ready for use.
type Stops struct {
	mutex sync.Mutex
	led   map[string]*Stop
}

// Stop is the interrupt of one run: C is closed at the process's interrupt, or when a person asks this run alone to stop.
// docs/design/server.md: Stop is the interrupt of one run
type Stop struct {
	C <-chan struct{}

	stops *Stops
	close func()
	ended chan struct{}
	run   string
	by    string
}

// Begin returns the interrupt of a run that is about to begin, in a process with an interrupt of its own. The caller
// ends it.
func (s *Stops) Begin(process run.Process) *Stop {
	closed := make(chan struct{})
	one := &Stop{C: closed, stops: s, close: sync.OnceFunc(func() { close(closed) }), ended: make(chan struct{})}
	go func() {
		select {
		case <-process.Stop:
			one.close()
		case <-one.ended:
		}
	}()
	return one
}

// Lead says which run it is. A nil Stop is that of a run that can't be asked.
func (s *Stop) Lead(run string) {
	if s == nil {
		return
	}
	s.stops.mutex.Lock()
	defer s.stops.mutex.Unlock()
	if s.stops.led == nil {
		s.stops.led = map[string]*Stop{}
	}
	s.run, s.stops.led[run] = run, s
}

// By returns the person who asked the run to stop; "" for none.
func (s *Stop) By() string {
	if s == nil {
		return ""
	}
	s.stops.mutex.Lock()
	defer s.stops.mutex.Unlock()
	return s.by
}

// End ends it: the run is no longer led here.
func (s *Stop) End() {
	s.stops.mutex.Lock()
	defer s.stops.mutex.Unlock()
	if s.stops.led[s.run] == s {
		delete(s.stops.led, s.run)
	}
	close(s.ended)
}

// Ask asks a run to stop, for a person; false if this process leads no such run. It may be asked again.
func (s *Stops) Ask(run, person string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	one := s.led[run]
	if one == nil {
		return false
	}
	if one.by == "" {
		one.by = cmp.Or(person, "a person")
	}
	one.close()
	return true
}

// Leads reports whether this process leads the run.
func (s *Stops) Leads(run string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.led[run] != nil
}

// StopRun asks a run that this process leads to stop, for a person.
func (s *Scheduler) StopRun(run, person string) (asked bool) { return s.Stops.Ask(run, person) }

// Leads reports whether this process leads the run.
func (s *Scheduler) Leads(run string) bool { return s.Stops.Leads(run) }

// ResumeNow goes on with a run of a job that a person asks for, and does not wait for it. It reports false while a run
// of the job is in progress, and once the process is ending.
func (s *Scheduler) ResumeNow(left store.Run, j jobs.Job) bool {
	return s.start(j.Name, func() error { return s.runner.Resume(left, j) })
}
