package progress_test

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// story is what lines say of a run whose clock the test sets.
type story struct {
	now   time.Time
	said  []string
	lines run.Watcher
}

func newStory(set window.Window, names ...string) *story {
	s := &story{now: noon}
	s.lines = progress.NewLines(progress.Scene{
		Names: names, Now: func() time.Time { return s.now }, Stopped: func() bool { return false }, Window: set,
	}, func(format string, arguments ...any) { s.said = append(s.said, fmt.Sprintf(format, arguments...)) })
	return s
}

// pass lets time pass, second by second.
func (s *story) pass(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(time.Second)
		s.lines.(progress.Ticker).Tick(s.now)
	}
}

// TestLinesCountASoakDown: where nothing on the screen can move, it is said now and then, and no longer than it lasts.
func TestLinesCountASoakDown(t *testing.T) {
	t.Parallel()
	s := newStory(window.Window{}, "sbc-1", "sbc-2")
	s.lines.Begin(run.Writing, 2)
	soak := rollout.Happening{Kind: rollout.Waits, Wave: 1, Of: 2, Until: noon.Add(10 * time.Minute), Soak: true}
	s.lines.Happened(soak)
	s.lines.Happened(soak) // told again when something else wakes the run
	s.pass(11 * time.Minute)
	assert.Equal(t, []string{
		"wave 1 of 2: soak: 10 min left", "wave 1 of 2: soak: 7 min 30 s left", "wave 1 of 2: soak: 5 min 37 s left",
		"wave 1 of 2: soak: 4 min 12 s left", "wave 1 of 2: soak: 3 min 9 s left", "wave 1 of 2: soak: 2 min 9 s left",
		"wave 1 of 2: soak: 1 min 9 s left", "wave 1 of 2: soak: 9 s left",
	}, s.said)
	s.said = nil
	s.lines.Happened(rollout.Happening{Kind: rollout.CheckStarted, Device: 0, Wave: 1, Of: 2})
	s.lines.Happened(rollout.Happening{Kind: rollout.Waits, Wave: 2, Of: 2, Until: s.now.Add(time.Hour)})
	s.pass(10 * time.Minute)
	s.lines.End()
	s.pass(time.Hour)
	assert.Equal(t, []string{"reading sbc-1 again", "wave 2 of 2: pause: 1 h left"}, s.said)
}

// TestTheWindowIsCountedDown in the words of whoever set it.
func TestTheWindowIsCountedDown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{ // noon is a Sunday
		"Sun 10:00-14:10 UTC":               {"window: 2 h 10 min left"},
		"Sat,Sun 22:00-04:00 Europe/Berlin": {"window opens Sun 22:00 Europe/Berlin, in 9 h"},
		"Sat 22:00-04:00 Europe/Berlin":     {"window opens Sat 2026-03-07 22:00 Europe/Berlin, in 6 d 9 h"},
		"00:00-24:00 UTC":                   nil, // it never closes
	} {
		set, err := window.Parse(text)
		require.NoError(t, err)
		s := newStory(set, "sbc-1", "sbc-2")
		s.lines.Begin(run.Reading, 2)
		assert.Equal(t, want, s.said, text)
		s.said = nil
		s.lines.Begin(run.Writing, 0)
		assert.Empty(t, s.said, "nothing is to be written")
	}
}
