package rollout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bench drives a machine by hand. Its clock moves when it is told to.
type bench struct {
	*rollout.Machine
	t           *testing.T
	now         time.Time
	devices     []rollout.Member
	credentials rollout.Credentials
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newBench(t *testing.T, devices []rollout.Member, settings rollout.Rules) *bench {
	t.Helper()
	b := &bench{t: t, now: noon, devices: devices, credentials: rollout.Credentials{}}
	b.Machine = rollout.New(devices, settings, rollout.Tally{}, b.credentials)
	return b
}

func (b *bench) next() rollout.Orders { return b.Next(b.now) }

// starts wants exactly these devices to be started now.
func (b *bench) starts(devices ...int) {
	b.t.Helper()
	orders := b.next()
	require.Equal(b.t, devices, orders.Start)
	require.Empty(b.t, orders.Check)
	require.False(b.t, orders.Ended)
}

// waits wants nothing to do before that time has passed, and lets it pass.
func (b *bench) waits(pause time.Duration) {
	b.t.Helper()
	require.Equal(b.t, rollout.Orders{Wake: b.now.Add(pause)}, b.next())
	b.now = b.now.Add(pause - 1)
	require.Equal(b.t, rollout.Orders{Wake: b.now.Add(1)}, b.next())
	b.now = b.now.Add(1)
}

func (b *bench) checks(devices ...int) {
	b.t.Helper()
	orders := b.next()
	require.Equal(b.t, devices, orders.Check)
	require.Empty(b.t, orders.Start)
}

// idles wants nothing to happen before an outcome comes.
func (b *bench) idles() {
	b.t.Helper()
	require.Equal(b.t, rollout.Orders{}, b.next())
}

func (b *bench) report(outcome rollout.Outcome, devices ...int) {
	for _, device := range devices {
		b.Report(device, outcome)
	}
}

// ends wants the phase to be over, for that reason, and exactly these devices skipped.
func (b *bench) ends(halt rollout.Halt, skipped ...int) {
	b.t.Helper()
	require.Equal(b.t, rollout.Orders{Ended: true}, b.next())
	require.Equal(b.t, rollout.Orders{Ended: true}, b.next(), "it stays over")
	assert.Equal(b.t, halt, b.Halted())
	for device := range b.devices {
		want := rollout.Ended
		if slices.Contains(skipped, device) {
			want = rollout.Skipped
		}
		assert.Equal(b.t, want, b.Fate(device), "device %d", device)
	}
}

func batches(t *testing.T, text string) []rollout.Batch {
	t.Helper()
	list, err := rollout.ParseBatches(text)
	require.NoError(t, err)
	return list
}

func allow(failures, unreadable int) rollout.Rules {
	return rollout.Rules{MaxFailures: rollout.Count(failures), MaxUnreachable: rollout.Count(unreadable)}
}

func TestNoDeviceIsNoRun(t *testing.T) {
	t.Parallel()
	newBench(t, nil, rollout.Rules{}).ends(rollout.Going)
}

func TestSettledDevicesAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, devices("!- - !- -"), rollout.Rules{Batches: batches(t, "1,2,3"), Pause: time.Minute})
	b.starts(1)
	b.report(rollout.Changed, 1)
	b.waits(time.Minute)
	b.starts(3)
	b.report(rollout.Changed, 3)
	b.ends(rollout.Going)
}

func TestNoPauseBeforeNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, devices("- !- !-"), rollout.Rules{Batches: batches(t, "1,2"), Pause: time.Hour})
	b.starts(0)
	b.report(rollout.Changed, 0)
	b.ends(rollout.Going)
}

func TestParallelIsNeverExceeded(t *testing.T) {
	t.Parallel()
	b := newBench(t, plain(4), rollout.Rules{Parallel: 2, Soak: time.Minute})
	b.starts(0, 1)
	b.idles()
	b.report(rollout.Changed, 1)
	b.starts(2)
	b.report(rollout.Changed, 0, 2)
	b.starts(3)
	b.report(rollout.Changed, 3)
	b.waits(time.Minute)
	b.checks(1, 0)
	b.idles()
	b.ReportCheck(0, rollout.Well)
	b.checks(2)
	b.ReportCheck(1, rollout.Well)
	b.ReportCheck(2, rollout.Well)
	b.checks(3)
	b.ReportCheck(3, rollout.Well)
	b.ends(rollout.Going)
}

// TestTheBudget: at the limit the run goes on, one over it stops.
func TestTheBudget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings rollout.Rules
		outcomes []rollout.Outcome // of devices that run one after the other
		halt     rollout.Halt
	}{
		"failures at the limit":        {allow(2, 0), []rollout.Outcome{rollout.Broken, rollout.Broken}, rollout.Going},
		"one failure over it":          {allow(2, 0), []rollout.Outcome{rollout.Broken, rollout.Broken, rollout.Broken}, rollout.TooManyFailures},
		"refused after a write":        {allow(0, 9), []rollout.Outcome{rollout.BrokenUnauthorized}, rollout.TooManyFailures},
		"unreadable at the limit":      {allow(0, 2), []rollout.Outcome{rollout.Unreadable, rollout.Unauthorized}, rollout.Going},
		"one unreadable over it":       {allow(0, 2), []rollout.Outcome{rollout.Unreadable, rollout.Unauthorized, rollout.Unreadable}, rollout.TooManyUnreadable},
		"they are counted apart":       {allow(1, 1), []rollout.Outcome{rollout.Unreadable, rollout.Broken}, rollout.Going},
		"blocked or drifted is none":   {allow(0, 0), []rollout.Outcome{rollout.Untouched, rollout.Well, rollout.Cut, rollout.Changed}, rollout.Going},
		"ten percent of twenty is two": {rollout.Rules{MaxFailures: rollout.Percent(10, 0)}, []rollout.Outcome{rollout.Broken, rollout.Broken}, rollout.Going},
		"and three is more":            {rollout.Rules{MaxFailures: rollout.Percent(10, 0)}, []rollout.Outcome{rollout.Broken, rollout.Broken, rollout.Broken}, rollout.TooManyFailures},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.settings.Parallel = 1
			b := newBench(t, plain(20), test.settings)
			for device, outcome := range test.outcomes {
				b.starts(device)
				b.report(outcome, device)
			}
			next := len(test.outcomes)
			if test.halt == rollout.Going {
				b.starts(next)
				return
			}
			var rest []int
			for device := next; device < 20; device++ {
				rest = append(rest, device)
			}
			b.ends(test.halt, rest...)
		})
	}
}

func TestWhatRunsWhenTheBudgetIsSpentIsFinished(t *testing.T) {
	t.Parallel()
	settings := allow(0, 0)
	settings.Parallel = 2
	b := newBench(t, plain(4), settings)
	b.starts(0, 1)
	b.report(rollout.Broken, 0)
	b.idles()
	assert.Equal(t, rollout.Running, b.Fate(1))
	b.report(rollout.Changed, 1)
	b.ends(rollout.TooManyFailures, 2, 3)
}

// TestAFaultOfThisMachineStopsTheRun: it counts as no device's failure, what runs is finished, and no soak follows.
func TestAFaultOfThisMachineStopsTheRun(t *testing.T) {
	t.Parallel()
	settings := allow(0, 0)
	settings.Parallel, settings.Soak = 3, time.Hour
	b := newBench(t, plain(5), settings)
	b.starts(0, 1, 2)
	b.report(rollout.Hampered, 0)
	b.idles()
	b.report(rollout.Changed, 1, 2)
	b.ends(rollout.MachineFault, 3, 4)
	assert.Zero(t, b.Tally())
	assert.ElementsMatch(t, []int{1, 2}, b.Unread())
}

// TestAFaultOfThisMachineIsNoLostChange: a soak that could not read says nothing about the device.
func TestAFaultOfThisMachineIsNoLostChange(t *testing.T) {
	t.Parallel()
	settings := allow(0, 0)
	settings.Soak = time.Minute
	b := newBench(t, plain(2), settings)
	b.starts(0, 1)
	b.report(rollout.Changed, 0, 1)
	b.waits(time.Minute)
	b.checks(0, 1)
	b.ReportCheck(0, rollout.Hampered)
	b.ReportCheck(1, rollout.Well)
	b.ends(rollout.MachineFault)
	assert.Zero(t, b.Tally())
	assert.Equal(t, []int{0}, b.Unread())
}

// TestTheTallyIsThatOfTheWholeRun: what could not be read counts before the first write too.
func TestTheTallyIsThatOfTheWholeRun(t *testing.T) {
	t.Parallel()
	m := rollout.New(plain(2), allow(0, 1), rollout.Tally{Unreadable: 2}, rollout.Credentials{})
	assert.True(t, m.Next(noon).Ended)
	assert.Equal(t, rollout.TooManyUnreadable, m.Halted())
	m = rollout.New(plain(2), allow(0, 2), rollout.Tally{Unreadable: 2}, rollout.Credentials{})
	assert.Equal(t, []int{0, 1}, m.Next(noon).Start)
	m.Report(0, rollout.Unreadable)
	assert.Equal(t, rollout.Tally{Unreadable: 3}, m.Tally())
}

func TestCanaries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		canary   bool
		outcomes []rollout.Outcome // of two canaries
		halt     rollout.Halt
	}{
		"both broke":                      {true, []rollout.Outcome{rollout.Broken, rollout.Broken}, rollout.TooManyFailures},
		"both broke, but a number counts": {false, []rollout.Outcome{rollout.Broken, rollout.Broken}, rollout.Going},
		"one came out well":               {true, []rollout.Outcome{rollout.Broken, rollout.Changed}, rollout.Going},
		"one broke, one was not written":  {true, []rollout.Outcome{rollout.Broken, rollout.Untouched}, rollout.TooManyFailures},
		"none was written to":             {true, []rollout.Outcome{rollout.Untouched, rollout.Well}, rollout.Going},
		"both could not be read":          {true, []rollout.Outcome{rollout.Unreadable, rollout.Unreadable}, rollout.Going},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := allow(9, 9)
			settings.Batches, settings.Canary, settings.Pause = batches(t, "tag:canary,100%"), test.canary, time.Hour
			b := newBench(t, devices("- canary canary -"), settings)
			b.starts(1, 2)
			b.report(test.outcomes[0], 1)
			b.report(test.outcomes[1], 2)
			if test.halt != rollout.Going {
				b.ends(test.halt, 0, 3) // and waits for no pause to say so
				return
			}
			b.waits(time.Hour)
			b.starts(0, 3)
			b.report(rollout.Broken, 0, 3)
			b.ends(rollout.Going) // no wave follows the last one
		})
	}
}

func TestAWaveOverTheBudgetIsFollowedByNoPause(t *testing.T) {
	t.Parallel()
	settings := allow(1, 9)
	settings.Batches, settings.Pause = batches(t, "3"), time.Hour
	b := newBench(t, plain(4), settings)
	b.starts(0, 1, 2)
	b.report(rollout.Broken, 0, 1)
	b.report(rollout.Changed, 2)
	b.ends(rollout.TooManyFailures, 3)
}

func TestTheWindowClosesMidRun(t *testing.T) {
	t.Parallel()
	settings := rollout.Rules{Parallel: 1, Soak: time.Hour, Open: func(at time.Time) bool { return at.Before(noon.Add(time.Minute)) }}
	b := newBench(t, plain(3), settings)
	b.starts(0)
	b.now = noon.Add(time.Minute)
	b.idles()
	b.report(rollout.Changed, 0)
	b.waits(time.Hour) // what was written is watched outside of the window too
	b.checks(0)
	b.ReportCheck(0, rollout.Well)
	b.ends(rollout.WindowClosed, 1, 2)
	assert.Empty(t, b.Unread())

	closed := newBench(t, plain(2), rollout.Rules{Open: func(time.Time) bool { return false }})
	closed.ends(rollout.WindowClosed, 0, 1)
	newBench(t, devices("!- !-"), rollout.Rules{Open: func(time.Time) bool { return false }}).ends(rollout.Going)
}

func TestTheWindowClosesInAPause(t *testing.T) {
	t.Parallel()
	settings := rollout.Rules{Batches: batches(t, "1"), Pause: time.Hour, Open: func(at time.Time) bool { return at.Before(noon.Add(time.Minute)) }}
	b := newBench(t, plain(2), settings)
	b.starts(0)
	b.report(rollout.Changed, 0)
	b.waits(time.Hour)
	b.ends(rollout.WindowClosed, 1)
}

func TestASoak(t *testing.T) {
	t.Parallel()
	settings := allow(0, 9)
	settings.Batches, settings.Soak, settings.Pause = batches(t, "3"), time.Hour, time.Minute
	settings.Canary = true
	begin := func(t *testing.T) *bench {
		b := newBench(t, plain(4), settings)
		b.starts(0, 1, 2)
		b.report(rollout.Changed, 0, 2)
		b.report(rollout.Well, 1) // nothing was written there, so nothing is read again
		b.waits(time.Hour)
		b.checks(0, 2)
		return b
	}
	t.Run("all is as it was left, also after the last wave", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.ReportCheck(2, rollout.Well)
		b.idles()
		b.ReportCheck(0, rollout.Well)
		b.waits(time.Minute)
		b.starts(3)
		b.report(rollout.Changed, 3)
		b.waits(time.Hour)
		b.checks(3)
		b.ReportCheck(3, rollout.Broken)
		b.ends(rollout.Going)
		assert.Equal(t, rollout.Tally{Failures: 1}, b.Tally())
	})
	t.Run("a change that got lost is a failure", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.ReportCheck(0, rollout.Broken)
		b.ReportCheck(2, rollout.Well)
		b.ends(rollout.TooManyFailures, 3)
	})
	t.Run("so is a device that can't be read any more", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.ReportCheck(0, rollout.Unreadable)
		b.ReportCheck(2, rollout.Well)
		b.ends(rollout.TooManyFailures, 3)
		assert.Equal(t, rollout.Tally{Failures: 1}, b.Tally())
	})
	t.Run("asked to stop while it reads", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.Stop(rollout.Interrupted)
		b.ReportCheck(0, rollout.Cut)
		b.ReportCheck(2, rollout.Well)
		b.ends(rollout.Interrupted, 3)
		assert.Equal(t, []int{0}, b.Unread())
		assert.Zero(t, b.Tally())
	})
	t.Run("asked to stop while it waits", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, plain(4), settings)
		b.starts(0, 1, 2)
		b.report(rollout.Changed, 0, 1)
		b.report(rollout.Well, 2)
		require.False(t, b.next().Wake.IsZero())
		b.Stop(rollout.Interrupted)
		b.ends(rollout.Interrupted, 3)
		assert.Equal(t, []int{0, 1}, b.Unread())
	})
}

// TestAResumedSoak: what was applied when a run was cut off in its soak is read again before the
// next wave starts, and a wave that was read again is left alone.
func TestAResumedSoak(t *testing.T) {
	t.Parallel()
	settings := allow(0, 9)
	settings.Batches, settings.Soak, settings.Pause = batches(t, "1,3"), time.Hour, time.Minute
	begin := func(t *testing.T) *bench {
		cutOff := devices("!- !- !- -")
		cutOff[1].Owed, cutOff[2].Owed = true, true
		return newBench(t, cutOff, settings)
	}
	t.Run("all is as it was left", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.waits(time.Hour)
		b.checks(1, 2)
		b.ReportCheck(1, rollout.Well)
		b.ReportCheck(2, rollout.Well)
		b.starts(3)
		b.report(rollout.Well, 3)
		b.ends(rollout.Going)
		assert.Empty(t, b.Unread())
	})
	t.Run("a change got lost meanwhile", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.waits(time.Hour)
		b.checks(1, 2)
		b.ReportCheck(1, rollout.Broken)
		b.ReportCheck(2, rollout.Well)
		b.ends(rollout.TooManyFailures, 3)
	})
	t.Run("stopped before it came back to them", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.Stop(rollout.Interrupted)
		b.ends(rollout.Interrupted, 3)
		assert.Equal(t, []int{1, 2}, b.Unread())
	})
	t.Run("the run has been ended by its window", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.Stop(rollout.WindowClosed)
		b.waits(time.Hour)
		b.checks(1, 2)
		b.ReportCheck(1, rollout.Well)
		b.ReportCheck(2, rollout.Well)
		b.ends(rollout.WindowClosed, 3)
		assert.Empty(t, b.Unread())
	})
	t.Run("there is nothing else to do", func(t *testing.T) {
		t.Parallel()
		left := devices("!- !-")
		left[1].Owed = true
		b := newBench(t, left, settings)
		b.waits(time.Hour)
		b.checks(1)
		b.ReportCheck(1, rollout.Well)
		b.ends(rollout.Going)
	})
}

func TestALostChangeOfAllCanariesStopsTheRun(t *testing.T) {
	t.Parallel()
	settings := allow(9, 9)
	settings.Batches, settings.Soak, settings.Canary = batches(t, "1"), time.Hour, true
	b := newBench(t, plain(2), settings)
	b.starts(0)
	b.report(rollout.Changed, 0)
	b.waits(time.Hour)
	b.checks(0)
	b.ReportCheck(0, rollout.Broken)
	b.ends(rollout.TooManyFailures, 1)
}

func TestStop(t *testing.T) {
	t.Parallel()
	b := newBench(t, plain(3), rollout.Rules{Parallel: 1})
	b.starts(0)
	b.Stop(rollout.Interrupted)
	b.Stop(rollout.Faulty)
	b.idles()
	b.report(rollout.Changed, 0)
	b.ends(rollout.Interrupted, 1, 2)

	before := newBench(t, plain(2), rollout.Rules{})
	before.Stop(rollout.WindowClosed)
	before.ends(rollout.WindowClosed, 0, 1)

	pause := newBench(t, plain(2), rollout.Rules{Batches: batches(t, "1"), Pause: time.Hour})
	pause.starts(0)
	pause.report(rollout.Changed, 0)
	require.False(t, pause.next().Wake.IsZero())
	pause.Stop(rollout.Interrupted)
	pause.ends(rollout.Interrupted, 1)
}

func TestTheNumberOfTheWave(t *testing.T) {
	t.Parallel()
	wave := func(b *bench) [2]int { n, of := b.Wave(); return [2]int{n, of} }
	b := newBench(t, plain(3), rollout.Rules{Batches: batches(t, "1")})
	b.starts(0)
	assert.Equal(t, [2]int{1, 2}, wave(b))
	b.report(rollout.Changed, 0)
	b.starts(1, 2)
	assert.Equal(t, [2]int{2, 2}, wave(b))
	b.report(rollout.Changed, 1, 2)
	b.ends(rollout.Going)
	assert.Equal(t, [2]int{2, 2}, wave(b))
	assert.Equal(t, [2]int{}, wave(newBench(t, nil, rollout.Rules{})))
}
