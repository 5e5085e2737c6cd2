package scheduler

import (
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/server/jobs"
)

// recallRetention loads from the store which planned time of the retention was taken last, by whichever scheduler.
func (s *Scheduler) recallRetention() error {
	now := s.process.Clock.Now()
	taken, err := s.store.RetentionTaken(s.process.Abort)
	if err != nil {
		return err
	}
	if taken.IsZero() || isAhead(taken, now) {
		taken = now
	}
	s.retention.handled = taken
	return nil
}

// retain deletes what is old, in the background, if a planned time has come. A time that comes meanwhile is made up.
func (s *Scheduler) retain(now time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if isAhead(s.retention.handled, now) {
		s.retention.handled = now
	}
	planned, due := jobs.Due(jobs.Job{Schedule: s.file.Retention.Schedule}, s.retention.handled, now)
	if !due || s.retention.state.Busy || s.ending {
		return
	}
	s.retention.state.Busy = true
	s.runs.Go(func() {
		handled := s.takeRetention(planned, now)
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.retention.state.Busy = false
		if handled {
			s.retention.handled = planned
		}
	})
}

// takeRetention deletes what is old if no other scheduler does it for that planned time. It reports false if the
// store is away: the time stays unhandled.
func (s *Scheduler) takeRetention(planned, now time.Time) (handled bool) {
	mine, err := s.store.TakeRetention(s.process.Abort, planned, now)
	if err != nil {
		s.warnOnce("retention: " + err.Error())
		return false
	}
	if !mine {
		return true
	}
	if err := s.runner.Retain(s.file.Retention, planned); err != nil {
		s.process.Warn("retention: " + foreign.Clean(err.Error()))
	}
	return true
}
