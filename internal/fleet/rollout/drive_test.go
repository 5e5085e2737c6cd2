package rollout_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/retry"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crew is an executor that does what a test says, and a clock that jumps.
type crew struct {
	execute func(ctx context.Context, device int) (rollout.Outcome, error)
	check   func(device int) (rollout.Outcome, error)

	mutex          sync.Mutex
	now            time.Time
	busy, most     int
	started, reads []int
	events         []rollout.Happening
}

func (c *crew) enter(list *[]int, device int) func() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	*list = append(*list, device)
	c.busy++
	c.most = max(c.most, c.busy)
	return func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.busy--
	}
}

func (c *crew) Execute(ctx context.Context, device int) (rollout.Outcome, error) {
	defer c.enter(&c.started, device)()
	if c.execute == nil {
		return rollout.Changed, nil
	}
	return c.execute(ctx, device)
}

func (c *crew) Check(_ context.Context, device int) (rollout.Outcome, error) {
	defer c.enter(&c.reads, device)()
	if c.check == nil {
		return rollout.Well, nil
	}
	return c.check(device)
}

// clock passes time only while a caller waits.
func (c *crew) clock() rollout.Timing {
	return rollout.Timing{Clock: retry.Clock{
		Now: func() time.Time { c.mutex.Lock(); defer c.mutex.Unlock(); return c.now },
		Sleep: func(ctx context.Context, pause time.Duration) error {
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.now = c.now.Add(pause)
			return ctx.Err()
		},
	}}
}

func (c *crew) watch(event rollout.Happening) { c.events = append(c.events, event) }

func (c *crew) drive(ctx context.Context, m *rollout.Machine, stop <-chan struct{}) error {
	return rollout.Drive(ctx, m, c, c.clock(), stop, c.watch)
}

func (c *crew) kinds() []rollout.EventKind {
	var kinds []rollout.EventKind
	for _, event := range c.events {
		kinds = append(kinds, event.Kind)
	}
	return kinds
}

func machine(devices []rollout.Member, settings rollout.Rules) *rollout.Machine {
	return rollout.New(devices, settings, rollout.Tally{}, rollout.Credentials{})
}

func TestDriveTellsWhatHappens(t *testing.T) {
	t.Parallel()
	c := &crew{now: noon}
	m := machine(plain(2), rollout.Rules{Parallel: 1, Batches: batches(t, "1"), Soak: time.Hour, Pause: time.Minute})
	require.NoError(t, c.drive(t.Context(), m, nil))
	assert.Equal(t, []rollout.Happening{
		{Kind: rollout.DeviceStarted, Wave: 1, Of: 2},
		{Kind: rollout.DeviceEnded, Wave: 1, Of: 2},
		{Kind: rollout.Waits, Wave: 1, Of: 2, Until: noon.Add(time.Hour), Soak: true},
		{Kind: rollout.CheckStarted, Wave: 1, Of: 2},
		{Kind: rollout.CheckEnded, Wave: 1, Of: 2},
		{Kind: rollout.Waits, Wave: 2, Of: 2, Until: noon.Add(61 * time.Minute)},
		{Kind: rollout.DeviceStarted, Device: 1, Wave: 2, Of: 2},
		{Kind: rollout.DeviceEnded, Device: 1, Wave: 2, Of: 2},
		{Kind: rollout.Waits, Wave: 2, Of: 2, Until: noon.Add(121 * time.Minute), Soak: true},
		{Kind: rollout.CheckStarted, Device: 1, Wave: 2, Of: 2},
		{Kind: rollout.CheckEnded, Device: 1, Wave: 2, Of: 2},
	}, c.events)
	assert.Equal(t, noon.Add(121*time.Minute), c.now, "no time is lost")
	assert.Equal(t, rollout.Going, m.Halted())
}

func TestDriveKeepsToParallel(t *testing.T) {
	t.Parallel()
	c := &crew{now: noon}
	var begun atomic.Int64
	full := make(chan struct{}) // three are at work at once before any ends
	c.execute = func(ctx context.Context, device int) (rollout.Outcome, error) {
		if begun.Add(1) == 3 {
			close(full)
		}
		select {
		case <-full:
		case <-ctx.Done():
		}
		return rollout.Changed, nil
	}
	m := machine(plain(20), rollout.Rules{Parallel: 3, Soak: time.Second})
	require.NoError(t, rollout.Drive(t.Context(), m, c, c.clock(), nil, nil))
	assert.Equal(t, 3, c.most)
	assert.Len(t, c.started, 20)
	assert.Len(t, c.reads, 20)
}

func TestAnErrorOfTheExecutorStopsAndIsReturned(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	c := &crew{now: noon}
	c.execute = func(_ context.Context, device int) (rollout.Outcome, error) {
		if device == 1 {
			return rollout.Untouched, broken
		}
		return rollout.Changed, nil
	}
	m := machine(plain(4), rollout.Rules{Parallel: 1, Soak: time.Hour})
	require.ErrorIs(t, c.drive(t.Context(), m, nil), broken)
	assert.Equal(t, []int{0, 1}, c.started)
	assert.Equal(t, rollout.Faulty, m.Halted())
	assert.Equal(t, rollout.Skipped, m.Fate(2))
	assert.Equal(t, noon, c.now, "no soak when nothing can be put on record")

	c = &crew{now: noon, check: func(device int) (rollout.Outcome, error) { return rollout.Broken, broken }}
	m = machine(plain(3), rollout.Rules{Parallel: 1, Soak: time.Hour})
	require.ErrorIs(t, c.drive(t.Context(), m, nil), broken)
	assert.Equal(t, []int{0}, c.reads)
}

func TestStopWhileDevicesRun(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	c := &crew{now: noon}
	c.execute = func(_ context.Context, device int) (rollout.Outcome, error) {
		if device == 1 {
			close(stop)
		}
		return rollout.Changed, nil
	}
	m := machine(plain(5), rollout.Rules{Parallel: 1})
	require.NoError(t, c.drive(t.Context(), m, stop))
	assert.Equal(t, []int{0, 1}, c.started)
	assert.Equal(t, rollout.Interrupted, m.Halted())
	assert.Equal(t, rollout.Ended, m.Fate(1))
	assert.Equal(t, rollout.Skipped, m.Fate(2))
}

func TestStopBeforeAnything(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	close(stop)
	c := &crew{now: noon}
	m := machine(plain(5), rollout.Rules{})
	require.NoError(t, c.drive(t.Context(), m, stop))
	assert.Empty(t, c.started)
	assert.Equal(t, rollout.Interrupted, m.Halted())
}

// TestStopWhileWaiting: a soak ends at once at either interrupt.
func TestStopWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(stop chan struct{}, abort func()){
		"first interrupt":  func(stop chan struct{}, _ func()) { close(stop) },
		"second interrupt": func(_ chan struct{}, abort func()) { abort() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, abort := context.WithCancel(t.Context())
			defer abort()
			stop := make(chan struct{})
			c := &crew{now: noon}
			clock := c.clock()
			clock.Sleep = func(ctx context.Context, _ time.Duration) error {
				ask(stop, abort)
				<-ctx.Done() // a wait that only its context ends
				return ctx.Err()
			}
			m := machine(plain(2), rollout.Rules{Batches: batches(t, "1"), Soak: time.Hour})
			require.NoError(t, rollout.Drive(ctx, m, c, clock, stop, c.watch))
			assert.Equal(t, []int{0}, c.started)
			assert.Equal(t, rollout.Interrupted, m.Halted())
			assert.Equal(t, []int{0}, m.Unread())
			assert.Equal(t, []rollout.EventKind{rollout.DeviceStarted, rollout.DeviceEnded, rollout.Waits}, c.kinds())
		})
	}
}
