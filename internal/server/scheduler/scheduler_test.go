package scheduler_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
)

var evening = time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC)

// testScheduler is a scheduler of one nightly job, whose time and runs are in the hands of a test.
type testScheduler struct {
	*scheduler.Scheduler
	t     *testing.T
	store *store.Store
	job   jobs.Job
	work  func() error // what a run does

	mutex    sync.Mutex
	now      time.Time
	ran      []time.Time // planned times
	retained []time.Time // planned times of the retention
	warnings []string
}

func newTestScheduler(t *testing.T) *testScheduler {
	t.Helper()
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	return startScheduler(t, opened, `schedule: "0 3 * * *"`, evening)
}

// startScheduler starts a process on a store, whose nightly job has those keys.
func startScheduler(t *testing.T, opened *store.Store, keys string, now time.Time) *testScheduler {
	t.Helper()
	const retention = "retention: {schedule: \"30 4 * * *\", time_zone: UTC, runs: {older_than_days: 1}}\n"
	nightly := retention + "jobs:\n  - {name: nightly, " + keys + ", time_zone: UTC, action: plan, inventory: inventory.yaml}\n"
	file, err := jobs.Parse([]byte(nightly), "")
	require.NoError(t, err)
	s := &testScheduler{t: t, store: opened, job: file.Jobs[0], now: now, work: func() error { return nil }}
	s.Scheduler = scheduler.New(run.Process{
		Clock: retry.Clock{Now: s.clock, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }},
		Abort: t.Context(),
		Warn: func(text string) {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			s.warnings = append(s.warnings, text)
		},
	}, opened, file, s)
	require.NoError(t, s.Recall())
	return s
}

func (s *testScheduler) clock() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.now
}

// tickAt lets the scheduler look at a moment.
func (s *testScheduler) tickAt(now time.Time) {
	s.mutex.Lock()
	s.now = now
	s.mutex.Unlock()
	s.Tick()
}

func (s *testScheduler) said() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return strings.Join(s.warnings, "\n")
}

func (s *testScheduler) Run(_ jobs.Job, due time.Time) error {
	s.mutex.Lock()
	s.ran = append(s.ran, due)
	s.mutex.Unlock()
	return s.work()
}

func (s *testScheduler) Retain(_ jobs.Retention, planned time.Time) error {
	s.mutex.Lock()
	s.retained = append(s.retained, planned)
	s.mutex.Unlock()
	return s.work()
}

func (s *testScheduler) Resume(store.Run, jobs.Job) error { return errors.New("nothing was left") }
func (s *testScheduler) GiveUp(store.Run, jobs.Job, time.Time) error {
	return errors.New("nothing was left")
}

func TestATimeThatComesDuringARunIsLeftOut(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	end := make(chan struct{})
	s.work = func() error {
		<-end
		return nil
	}
	three := evening.Add(5 * time.Hour)
	s.tickAt(three)
	assert.True(t, s.Standing("nightly").Busy)
	assert.False(t, s.RunNow(s.job), "one at a time")
	s.tickAt(three.Add(24 * time.Hour))
	s.tickAt(three.Add(24*time.Hour + time.Minute))
	assert.Equal(t, 1, strings.Count(s.said(), "still going on"), "said once: %s", s.said())
	close(end)
	s.Wait()
	assert.False(t, s.Standing("nightly").Busy)
	s.tickAt(three.Add(25 * time.Hour))
	s.Wait()
	assert.Equal(t, []time.Time{three}, s.ran)
}

// TestATimeIsTriedAgainWhileTheStoreIsAway, until its run has begun.
func TestATimeIsTriedAgainWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	three := evening.Add(5 * time.Hour)
	s.work = func() error { return scheduler.ErrNotBegun }
	s.tickAt(three)
	s.Wait()
	standing := s.Standing("nightly")
	assert.Equal(t, scheduler.JobState{Failure: scheduler.ErrNotBegun.Error(), FailedAt: three}, standing)
	s.work = func() error { return nil }
	s.tickAt(three.Add(time.Minute))
	s.Wait()
	s.tickAt(three.Add(2 * time.Minute))
	s.Wait()
	assert.Equal(t, []time.Time{three, three}, s.ran)
	assert.Zero(t, s.Standing("nightly"))
	require.NoError(t, s.Ready(t.Context()))
}

// TestNoRunBeginsOnceTheProcessEnds: a person on the pages may ask until the last moment.
func TestNoRunBeginsOnceTheProcessEnds(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	ended, end := context.WithCancel(t.Context())
	end()
	require.NoError(t, s.Work(ended))
	assert.False(t, s.RunNow(s.job))
	assert.Empty(t, s.ran)
}

// TestATimeToComeSilencesNoSchedule: a clock that was ahead once, before this process started or within it.
func TestATimeToComeSilencesNoSchedule(t *testing.T) {
	t.Parallel()
	three := evening.Add(5 * time.Hour)
	for name, ahead := range map[string]time.Duration{
		"an hour": time.Hour, "a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour, "a century": 100 * 365 * 24 * time.Hour,
	} {
		s := newTestScheduler(t)
		yesterday := store.Run{ID: "before", Job: "nightly", Due: three.Add(-24 * time.Hour), Created: evening.Add(-24 * time.Hour), State: store.RunDone}
		future := store.Run{ID: "ahead", Job: "nightly", Due: evening.Add(ahead), Created: evening.Add(ahead), State: store.RunDone}
		for _, run := range []store.Run{yesterday, future} {
			require.NoError(t, s.store.CreateRun(t.Context(), run, nil))
		}
		require.NoError(t, s.Recall())
		assert.Equal(t, 1, strings.Count(s.said(), "a clock was wrong"), "%s: %s", name, s.said())
		assert.True(t, s.Standing("nightly").Ahead.Equal(future.Due), name)
		s.tickAt(three)
		s.Wait()
		s.tickAt(three.Add(24 * time.Hour))
		s.Wait()
		assert.Equal(t, []time.Time{three, three.Add(24 * time.Hour)}, s.ran, name)
		assert.Equal(t, 1, strings.Count(s.said(), "a clock was wrong"), "said once: %s", s.said())
	}

	s := newTestScheduler(t)
	year := evening.Add(365 * 24 * time.Hour)
	s.tickAt(year)
	s.Wait()
	require.Len(t, s.ran, 1)
	s.tickAt(evening.Add(time.Minute))
	assert.Contains(t, s.said(), "a clock was wrong", "it was set back")
	s.tickAt(three)
	s.Wait()
	assert.Equal(t, three, s.ran[1])
}

// TestTheFirstNightOfAJobIsNotForgotten: no process ran at the first planned time of a job that has no run yet. Only a
// schedule that was seen before that time counts.
func TestTheFirstNightOfAJobIsNotForgotten(t *testing.T) {
	t.Parallel()
	three := evening.Add(5 * time.Hour)
	night := func(schedule string) string { return `start_within: 12h, schedule: "` + schedule + `"` }
	for name, test := range map[string]struct {
		seen, then string // the schedule of the first process and of the second
		again      time.Time
		ran        []time.Time
	}{
		"the same schedule":                {"0 3 * * *", "0 3 * * *", three.Add(time.Hour), []time.Time{three}},
		"before its time":                  {"0 3 * * *", "0 3 * * *", three.Add(-time.Hour), nil},
		"beyond start_within":              {"0 3 * * *", "0 3 * * *", three.Add(13 * time.Hour), nil},
		"a schedule that was written then": {"0 4 * * *", "0 3 * * *", three.Add(time.Minute), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runs.db"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = opened.Close() })
			startScheduler(t, opened, night(test.seen), evening)
			for range 3 { // however often it is started meanwhile
				s := startScheduler(t, opened, night(test.then), test.again)
				s.tickAt(test.again)
				s.Wait()
				assert.Equal(t, test.ran, s.ran)
			}
			seen, err := opened.Events(t.Context(), "schedules")
			require.NoError(t, err)
			assert.LessOrEqual(t, len(seen), 2)
		})
	}
}

// TestAClockThatIsAMomentAheadIsNoTrouble: machines differ by seconds.
func TestAClockThatIsAMomentAheadIsNoTrouble(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	three := evening.Add(5 * time.Hour)
	s.tickAt(three.Add(time.Second))
	s.Wait()
	s.tickAt(three.Add(-3 * time.Second))
	s.tickAt(three.Add(5 * time.Second))
	s.Wait()
	assert.Equal(t, []time.Time{three}, s.ran)
	assert.Empty(t, s.said())
}
