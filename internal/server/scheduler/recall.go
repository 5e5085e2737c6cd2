package scheduler

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
)

// Recall loads from the store which planned times were handled before this process started.
func (s *Scheduler) Recall() error {
	if err := s.recallRetention(); err != nil {
		return err
	}
	for _, j := range s.file.Jobs {
		kept, err := s.store.Runs(s.process.Abort, store.Filter{Job: j.Name, Limit: 50})
		if err != nil {
			return err
		}
		now := s.process.Clock.Now()
		var handled time.Time
		for _, run := range kept {
			switch {
			case isAhead(run.Due, now):
				s.setAside(j.Name, run.Due)
			case run.Due.After(handled):
				handled = run.Due
			}
		}
		if handled.IsZero() && j.Schedule.Text != "" {
			if handled, err = s.firstSeen(j, now); err != nil {
				return err
			}
		}
		s.markHandled(j.Name, handled)
	}
	return nil
}

// schedulesLog is the name of the events that say when a schedule was first seen. No device has it (package statedir).
const schedulesLog = "schedules"

// firstSight is the entry of such an event. A schedule that was changed is another one.
type firstSight struct {
	Job      string `json:"job"`
	Schedule string `json:"schedule"`
	Zone     string `json:"time_zone"`
}

// firstSeen returns when a scheduler first saw the schedule of a job that has no run yet, which is put on record: a
// planned time after that is due, although no process ran then.
// docs/design/server.md: The first planned time of a job counts from when its schedule was first seen
func (s *Scheduler) firstSeen(j jobs.Job, now time.Time) (time.Time, error) {
	sight := firstSight{Job: j.Name, Schedule: j.Schedule.Text, Zone: j.Schedule.Zone.String()}
	events, err := s.store.Events(s.process.Abort, schedulesLog)
	if err != nil {
		return now, err
	}
	for _, event := range slices.Backward(events) {
		var seen firstSight
		if err := runs.Decode(event.Entry, &seen); err != nil {
			return now, fmt.Errorf("read when a schedule was first seen: %w", err)
		}
		if seen == sight && !isAhead(event.Time, now) {
			return event.Time, nil
		}
	}
	entry, err := json.Marshal(sight)
	if err != nil {
		return now, fmt.Errorf("put a schedule on record: %w", err)
	}
	return now, s.store.Append(s.process.Abort, store.Event{Device: schedulesLog, Time: now, Kind: "seen", Entry: entry}, nil)
}

// isAhead reports whether a time can only come from a clock that is or was wrong.
func isAhead(at, now time.Time) bool { return at.Sub(now) > store.ClockSlack }

// setAside warns about a planned time that is still to come. If it counted as handled, the schedule would be silent
// until then.
// docs/design/server.md: A planned time that is still to come silences no schedule
func (s *Scheduler) setAside(name string, planned time.Time) {
	s.mutex.Lock()
	job := s.jobs[name]
	known := job.state.Ahead.Equal(planned)
	if planned.After(job.state.Ahead) {
		job.state.Ahead = planned
	}
	s.mutex.Unlock()
	if !known {
		const text = "job %s: a run of %s is on record, a time that is still to come: a clock was wrong; " +
			"the schedule goes on from now"
		s.process.Warn(fmt.Sprintf(text, name, planned.Format(time.RFC3339)))
	}
}

// handledUntil returns the planned time that was handled last, and never one that is still to come.
func (s *Scheduler) handledUntil(name string, now time.Time) time.Time {
	handled := s.lastHandled(name)
	if !isAhead(handled, now) {
		return handled
	}
	s.setAside(name, handled)
	s.markHandled(name, now)
	return now
}
