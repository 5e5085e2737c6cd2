package scheduler_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// halfPastFour is the first planned time of the retention after the evening.
var halfPastFour = evening.Add(6*time.Hour + 30*time.Minute)

func (s *testScheduler) look(now time.Time) {
	s.tickAt(now)
	s.Wait()
}

func TestTheRetentionComesAtItsTimeAndOnce(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	s.look(halfPastFour.Add(-time.Second))
	assert.Empty(t, s.retained)
	s.look(halfPastFour.Add(time.Second))
	s.look(halfPastFour.Add(time.Hour))
	assert.Equal(t, []time.Time{halfPastFour}, s.retained)
	week := halfPastFour.AddDate(0, 0, 7)
	s.look(week.Add(time.Hour))
	assert.Equal(t, []time.Time{halfPastFour, week}, s.retained, "after a week away, once")
	require.NoError(t, s.Recall())
	s.look(week.Add(2 * time.Hour))
	assert.Len(t, s.retained, 2, "nor after a restart")
}

func TestAFailureOfTheRetentionIsAWarning(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	s.work = func() error { return errors.New("no \x1b[31mroom") }
	s.look(halfPastFour)
	assert.Contains(t, s.said(), "retention: no ")
	assert.NotContains(t, s.said(), "\x1b")
	s.look(halfPastFour.AddDate(0, 0, 1))
	assert.Len(t, s.retained, 2)
	require.NoError(t, s.Ready(t.Context()))
}

// TestAClockThatWasAheadSilencesNoRetention, neither on record nor in this process.
func TestAClockThatWasAheadSilencesNoRetention(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	s.look(halfPastFour.AddDate(5, 0, 0))
	require.Len(t, s.retained, 1)
	s.look(evening)
	s.look(halfPastFour)
	assert.Len(t, s.retained, 2)
	other := halfPastFour.AddDate(0, 0, 1)
	_, err := s.store.TakeRetention(t.Context(), halfPastFour.AddDate(9, 0, 0), halfPastFour.AddDate(9, 0, 0))
	require.NoError(t, err)
	s.tickAt(other.Add(-time.Hour))
	require.NoError(t, s.Recall())
	s.look(other)
	assert.Len(t, s.retained, 3)
}

// TestARetentionThatTakesLongHoldsUpNothing: it goes on beside jobs, and one at a time.
func TestARetentionThatTakesLongHoldsUpNothing(t *testing.T) {
	t.Parallel()
	s := newTestScheduler(t)
	end, begun := make(chan struct{}), make(chan struct{}, 9)
	s.work = func() error {
		begun <- struct{}{}
		<-end
		return nil
	}
	s.tickAt(halfPastFour)
	<-begun
	<-begun // the job and the retention
	s.tickAt(halfPastFour.AddDate(0, 0, 1))
	s.tickAt(halfPastFour.AddDate(0, 0, 2))
	close(end)
	s.Wait()
	assert.Equal(t, []time.Time{halfPastFour}, s.retained)
	s.look(halfPastFour.AddDate(0, 0, 2).Add(time.Minute))
	assert.Equal(t, []time.Time{halfPastFour, halfPastFour.AddDate(0, 0, 2)}, s.retained, "made up")
}
