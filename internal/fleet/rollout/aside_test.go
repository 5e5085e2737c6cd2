package rollout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const moment = rollout.SetAsideAfter

func asiding(parallel int) rollout.Rules {
	settings := allow(99, 99)
	settings.Parallel = parallel
	return settings
}

// habit is how a device of a world behaves once it is started.
type habit struct {
	connects time.Duration // until the connection stands; 0 for never, which takes dialFor
	answers  time.Duration // from the password to the outcome
	outcome  rollout.Outcome
}

const dialFor = 15 * time.Second

// world plays a run against time that only the test passes. What it asserts are facts of the wire:
// which passwords are on their way, and which were refused.
type world struct {
	*testing.T
	*rollout.Machine
	devices []rollout.Member
	habits  []habit

	now      time.Time
	events   []happening
	onTheWay map[int]bool    // devices that were sent a password and have not answered
	worked   map[string]bool // credentials
	refused  map[string]int
	first    map[string]time.Time // when a credential first worked
	parallel int
}

type happening struct {
	at     time.Time
	device int
	what   func()
}

func newWorld(t *testing.T, devices []rollout.Member, habits []habit, settings rollout.Rules) *world {
	return &world{
		T: t, Machine: rollout.New(devices, settings, rollout.Tally{}, rollout.Credentials{}), devices: devices, habits: habits, now: noon,
		onTheWay: map[int]bool{}, worked: map[string]bool{}, refused: map[string]int{}, first: map[string]time.Time{}, parallel: settings.Parallel,
	}
}

func (w *world) after(pause time.Duration, device int, what func()) {
	w.events = append(w.events, happening{w.now.Add(pause), device, what})
	slices.SortStableFunc(w.events, func(a, b happening) int { return a.at.Compare(b.at) })
}

func (w *world) play() {
	for turn := 0; ; turn++ {
		require.Less(w, turn, 100_000, "it does not end")
		orders := w.Next(w.now)
		for _, device := range slices.Concat(orders.Start, orders.Check) {
			w.begins(device)
		}
		if orders.Ended {
			return
		}
		if len(w.events) == 0 || !orders.Wake.IsZero() && orders.Wake.Before(w.events[0].at) {
			w.now = orders.Wake
			continue
		}
		next := w.events[0]
		w.events, w.now = w.events[1:], next.at
		next.what()
	}
}

func (w *world) begins(device int) {
	own := w.habits[device]
	w.after(moment, device, func() { w.Hangs(device) })
	if own.connects == 0 {
		w.after(dialFor, device, func() { w.reports(device, rollout.Unreadable) })
		return
	}
	w.after(own.connects, device, func() { w.connected(device) })
}

func (w *world) connected(device int) {
	name := w.devices[device].Credential
	if !w.Admit(device) {
		w.reports(device, rollout.Aside)
		return
	}
	if !w.worked[name] && name != "" {
		for other := range w.onTheWay {
			require.NotEqual(w, name, w.devices[other].Credential, "two passwords that have not worked yet are on their way")
		}
	}
	require.Less(w, w.refused[name], 2, "a password is sent after two refusals")
	w.onTheWay[device] = true
	if w.parallel > 0 {
		require.LessOrEqual(w, len(w.onTheWay), w.parallel)
	}
	own := w.habits[device]
	w.after(own.answers, device, func() {
		delete(w.onTheWay, device)
		switch own.outcome {
		case rollout.Unauthorized:
			w.refused[name]++
		case rollout.Well:
			if w.first[name].IsZero() {
				w.first[name] = w.now
			}
			w.worked[name] = true
		}
		w.reports(device, own.outcome)
	})
}

func (w *world) reports(device int, outcome rollout.Outcome) { w.Report(device, outcome) }

var (
	quick    = habit{connects: 50 * time.Millisecond, answers: time.Second, outcome: rollout.Well}
	slow     = habit{connects: 9 * time.Second, answers: 30 * time.Second, outcome: rollout.Well}
	dead     = habit{}
	mute     = habit{connects: 50 * time.Millisecond, answers: time.Minute, outcome: rollout.Unreadable}
	wrong    = habit{connects: 50 * time.Millisecond, answers: time.Second, outcome: rollout.Unauthorized}
	lateOnes = habit{connects: 9 * time.Second, answers: time.Second, outcome: rollout.Unauthorized}
)

// TestADeviceThatHangsBeforeItsPasswordIsSetAside: the fleet continues within a moment for each.
func TestADeviceThatHangsBeforeItsPasswordIsSetAside(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		habits  []habit
		first   time.Duration // until the credential has worked
		refused int
		skipped int
	}{
		"the first is dead":             {[]habit{dead, quick, quick}, moment + 1050*time.Millisecond, 0, 0},
		"five are dead":                 {[]habit{dead, dead, dead, dead, dead, quick, quick}, 5*moment + 1050*time.Millisecond, 0, 0},
		"the first is slow":             {[]habit{slow, quick, quick}, moment + 1050*time.Millisecond, 0, 0},
		"all are slow":                  {[]habit{slow, slow, slow, slow, slow, slow, slow}, 39 * time.Second, 0, 0},
		"once it is sent it is awaited": {[]habit{mute, quick, quick}, 61*time.Second + 100*time.Millisecond, 0, 0},
		"wrong everywhere":              {[]habit{dead, wrong, wrong, wrong, wrong}, 0, 2, 2},
		"wrong, and late":               {[]habit{lateOnes, lateOnes, lateOnes, lateOnes, wrong, wrong}, 0, 2, 4},
		"alone":                         {[]habit{dead}, 0, 0, 0},
	} {
		for _, parallel := range []int{1, 2, 32, 0} {
			t.Run(fmt.Sprint(name, " ", parallel), func(t *testing.T) {
				t.Parallel()
				devices := make([]rollout.Member, len(test.habits))
				for i := range devices {
					devices[i].Credential = "a"
				}
				w := newWorld(t, devices, test.habits, asiding(parallel))
				w.play()
				if test.first > 0 {
					assert.LessOrEqual(t, w.first["a"].Sub(noon), test.first)
				}
				assert.Equal(t, test.refused, w.refused["a"])
				skipped := 0
				for device := range devices {
					if w.Fate(device) == rollout.Skipped {
						skipped++
					} else {
						assert.Equal(t, rollout.Ended, w.Fate(device))
					}
				}
				assert.Equal(t, test.skipped, skipped)
			})
		}
	}
}

// TestWhoeverHangsNeverAreTwoUnprovenPasswordsOut: random worlds.
func TestWhoeverHangsNeverAreTwoUnprovenPasswordsOut(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 7))
		var devices []rollout.Member
		var habits []habit
		wrongHere := map[string]bool{"a": random.IntN(3) == 0, "b": random.IntN(3) == 0}
		for range 1 + random.IntN(25) {
			device := rollout.Member{Credential: []string{"a", "a", "a", "b", ""}[random.IntN(5)]}
			own := habit{connects: time.Duration(1+random.IntN(20_000)*random.IntN(2)) * time.Millisecond, answers: time.Duration(random.IntN(60_000)) * time.Millisecond}
			switch chance := random.IntN(10); {
			case chance < 2:
				own.connects = 0
			case chance < 3:
				own.outcome = rollout.Unreadable
			case wrongHere[device.Credential] || chance < 4 && device.Credential != "":
				own.outcome = rollout.Unauthorized
			}
			devices, habits = append(devices, device), append(habits, own)
		}
		settings := asiding(random.IntN(5))
		if random.IntN(3) == 0 {
			settings.Batches = batches(t, "1,30%")
		}
		if random.IntN(5) == 0 {
			settings.MaxUnreachable = rollout.Count(random.IntN(3))
		}
		w := newWorld(t, devices, habits, settings)
		w.play()
		for device, own := range devices {
			fate := w.Fate(device)
			require.True(t, fate == rollout.Ended || fate == rollout.Skipped && (w.Halted() != rollout.Going || w.refused[own.Credential] >= 2), "seed %d device %d", seed, device)
		}
		for name, refusals := range w.refused {
			if !w.worked[name] {
				require.LessOrEqual(t, refusals, 2, "seed %d", seed)
			}
		}
	}
}

// TestOnlyAnExecutorThatAsksSetsAside: where others work on the devices, who of them has sent a
// password is not known in time.
func TestOnlyAnExecutorThatAsksSetsAside(t *testing.T) {
	t.Parallel()
	c := &crew{now: noon}
	var busy, most atomic.Int64
	c.execute = func(context.Context, int) (rollout.Outcome, error) {
		most.Store(max(most.Load(), busy.Add(1)))
		defer busy.Add(-1)
		return rollout.Unreadable, nil
	}
	clock := c.clock()
	clock.After = func(_ time.Duration, call func()) { go call() }
	require.NoError(t, rollout.Drive(t.Context(), machine(logins("a a a a"), asiding(0)), c, clock, nil, c.watch))
	assert.Equal(t, int64(1), most.Load())
	assert.NotContains(t, c.kinds(), rollout.SetAside)
}

// asker is an executor whose devices connect when the test says so.
type asker struct {
	crew
	may func(int) bool
}

func (a *asker) Ask(may func(int) bool) { a.may = may }

// TestDriveAnswersFromManyGoroutines: real goroutines, and every moment is over at once.
func TestDriveAnswersFromManyGoroutines(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 8))
		const devices = 40
		kinds := make([]int, devices)
		for i := range kinds {
			kinds[i] = random.IntN(4)
		}
		a := &asker{crew: crew{now: noon}}
		var mu sync.Mutex
		out, worked, refused := 0, false, 0
		a.execute = func(ctx context.Context, device int) (rollout.Outcome, error) {
			if kinds[device] == 0 {
				return rollout.Unreadable, nil
			}
			if !a.may(device) {
				return rollout.Aside, nil
			}
			mu.Lock()
			out++
			assert.True(t, worked || out == 1, "two at once")
			mu.Unlock()
			time.Sleep(time.Duration(device%3) * time.Microsecond)
			mu.Lock()
			defer mu.Unlock()
			out--
			if seed%2 == 0 && kinds[device] == 1 {
				refused++
				return rollout.Unauthorized, nil
			}
			worked = worked || kinds[device] != 2
			return map[int]rollout.Outcome{1: rollout.Well, 2: rollout.Unreadable, 3: rollout.Well}[kinds[device]], nil
		}
		list := make([]rollout.Member, devices)
		for i := range list {
			list[i].Credential = "a"
		}
		m := machine(list, asiding(int(seed%7)))
		clock := a.clock()
		clock.After = func(pause time.Duration, call func()) { go call() }
		require.NoError(t, rollout.Drive(t.Context(), m, a, clock, nil, a.watch))
		if !worked {
			assert.LessOrEqual(t, refused, 2)
		}
		assert.False(t, a.may(0), "after the phase nothing is sent")
	}
}
