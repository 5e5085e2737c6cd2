package rollout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/stretchr/testify/require"
)

// story is a random run: what the rules of the contract say of it is checked at each turn,
// from the outside, by other means than the machine's own.
type story struct {
	*testing.T
	*rollout.Machine
	random   *rand.Rand
	devices  []rollout.Member
	settings rollout.Rules
	wave     []int // of each device
	closes   time.Time

	now      time.Time
	busy     []int // devices that were started and have not ended
	checking []int
	outcomes map[int]rollout.Outcome // of those that have ended
	checked  map[int]rollout.Outcome
	started  []int
	refused  map[string]int
	worked   map[string]bool
	stopped  bool
}

func TestWhateverHappensTheRulesHold(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { newStory(t, seed).play() })
	}
}

func newStory(t *testing.T, seed uint64) *story {
	s := &story{T: t, random: rand.New(rand.NewPCG(seed, 4)), now: noon,
		outcomes: map[int]rollout.Outcome{}, checked: map[int]rollout.Outcome{}, refused: map[string]int{}, worked: map[string]bool{}}
	for range s.random.IntN(30) {
		device := rollout.Member{Credential: s.one("", "a", "a", "a", "b", "c"), Settled: s.chance(15)}
		if s.chance(20) {
			device.Tags = []string{s.one("canary", "emea")}
		}
		s.devices = append(s.devices, device)
	}
	s.settings = rollout.Rules{
		Parallel: s.random.IntN(6), Canary: s.chance(50),
		MaxFailures: rollout.Count(s.random.IntN(5)), MaxUnreachable: rollout.Percent(s.random.IntN(50), s.random.IntN(4)),
		Soak: time.Duration(s.random.IntN(2)) * time.Hour, Pause: time.Duration(s.random.IntN(2)) * time.Minute,
	}
	if list := s.one("", "1,10%,100%", "tag:canary,50%", "3,5,7", "tag:emea,tag:canary,1"); list != "" {
		s.settings.Batches = batches(t, list)
	}
	for i := range s.devices {
		if s.devices[i].Settled && s.settings.Soak > 0 && s.chance(50) {
			s.devices[i].Owed, s.outcomes[i] = true, rollout.Changed
		}
	}
	s.closes = noon.Add(1000 * time.Hour)
	if s.chance(30) {
		s.closes = noon.Add(time.Duration(s.random.IntN(120)) * time.Minute)
		s.settings.Open = func(at time.Time) bool { return at.Before(s.closes) }
	}
	s.wave = make([]int, len(s.devices))
	for number, wave := range rollout.Waves(s.devices, s.settings.Batches) {
		for _, device := range wave {
			s.wave[device] = number
		}
	}
	s.Machine = rollout.New(s.devices, s.settings, rollout.Tally{}, rollout.Credentials{})
	return s
}

func (s *story) chance(percent int) bool     { return s.random.IntN(100) < percent }
func (s *story) one(of ...string) string     { return of[s.random.IntN(len(of))] }
func (s *story) some(from []int) (place int) { return s.random.IntN(len(from)) }

func (s *story) play() {
	for turn := 0; ; turn++ {
		require.Less(s, turn, 2000, "it does not end")
		orders := s.Next(s.now)
		for _, device := range orders.Start {
			s.begins(device)
		}
		for _, device := range orders.Check {
			s.reads(device)
		}
		if orders.Ended {
			s.ends(orders)
			return
		}
		s.goesOn(orders)
	}
}

// goesOn lets time pass, or something end, or the operator ask to stop.
func (s *story) goesOn(orders rollout.Orders) {
	working := len(s.busy)+len(s.checking) > 0
	require.NotEqual(s, working, !orders.Wake.IsZero(), "it waits for outcomes or for a time")
	if s.chance(2) {
		s.Stop(rollout.Interrupted)
		s.stopped = true
		return
	}
	if !working {
		require.True(s, orders.Wake.After(s.now))
		s.now = orders.Wake
		return
	}
	s.now = s.now.Add(time.Duration(s.random.IntN(10)) * time.Second)
	if len(s.busy) > 0 {
		s.comesOut()
	} else {
		s.isFound()
	}
}

func (s *story) begins(device int) {
	own := s.devices[device]
	require.False(s, own.Settled, "a settled device is started")
	require.NotContains(s, s.started, device, "a device is started twice")
	require.False(s, s.stopped, "started after somebody asked to stop")
	require.True(s, s.now.Before(s.closes), "started outside of the window")
	require.LessOrEqual(s, s.failures(), s.settings.MaxFailures.Of(len(s.devices)), "started over the budget")
	require.LessOrEqual(s, s.unreadable(), s.settings.MaxUnreachable.Of(len(s.devices)), "started over the budget")
	for other := range s.devices {
		if s.wave[other] < s.wave[device] && !s.devices[other].Settled {
			require.NotContains(s, s.busy, other, "a wave begins before the one before has ended")
			require.NotEqual(s, rollout.Waiting, s.Fate(other), "a wave begins before the one before has ended")
		}
	}
	if own.Credential != "" {
		require.Less(s, s.refused[own.Credential], 2, "a credential is tried a third time")
		for _, other := range s.busy {
			alone := s.worked[own.Credential] || s.devices[other].Credential != own.Credential
			require.True(s, alone, "a credential that has not worked yet is tried on two devices at once")
		}
	}
	s.busy, s.started = append(s.busy, device), append(s.started, device)
	s.fits()
}

func (s *story) reads(device int) {
	require.Equal(s, rollout.Changed, s.outcomes[device], "only what was written is read again")
	require.NotContains(s, s.checked, device)
	require.False(s, s.stopped)
	require.Less(s, s.refused[s.devices[device].Credential], 2)
	require.Empty(s, s.busy)
	s.checking = append(s.checking, device)
	s.fits()
}

func (s *story) fits() {
	if s.settings.Parallel > 0 {
		require.LessOrEqual(s, len(s.busy)+len(s.checking), s.settings.Parallel)
	}
}

func (s *story) learns(device int, outcome rollout.Outcome) {
	switch name := s.devices[device].Credential; {
	case name == "" || outcome == rollout.Cut || outcome == rollout.Unreadable || outcome == rollout.Untouched:
	case outcome == rollout.Unauthorized || outcome == rollout.BrokenUnauthorized:
		s.refused[name]++
	default:
		s.worked[name] = true
	}
}

func (s *story) comesOut() {
	place := s.some(s.busy)
	device := s.busy[place]
	s.busy = slices.Delete(s.busy, place, place+1)
	outcome := []rollout.Outcome{
		rollout.Well, rollout.Changed, rollout.Changed, rollout.Changed, rollout.Changed, rollout.Changed, rollout.Untouched,
		rollout.Broken, rollout.BrokenUnauthorized, rollout.Unreadable, rollout.Unauthorized, rollout.Cut,
	}[s.random.IntN(12)]
	s.learns(device, outcome)
	s.outcomes[device] = outcome
	s.Report(device, outcome)
	require.Equal(s, rollout.Ended, s.Fate(device))
}

func (s *story) isFound() {
	place := s.some(s.checking)
	device := s.checking[place]
	s.checking = slices.Delete(s.checking, place, place+1)
	outcome := []rollout.Outcome{rollout.Well, rollout.Well, rollout.Well, rollout.Broken, rollout.BrokenUnauthorized, rollout.Unreadable}[s.random.IntN(6)]
	if s.stopped {
		outcome = rollout.Cut
	}
	s.learns(device, outcome)
	s.checked[device] = outcome
	s.ReportCheck(device, outcome)
}

// failures are the devices that were written to and are not known to be well.
func (s *story) failures() int {
	n := 0
	for device, outcome := range s.outcomes {
		found, checked := s.checked[device]
		unread := slices.Contains(s.Unread(), device)
		switch {
		case outcome == rollout.Broken || outcome == rollout.BrokenUnauthorized,
			checked && found != rollout.Well && found != rollout.Cut,
			unread && found != rollout.Cut && !s.stopped,
			unread && found != rollout.Cut && s.refused[s.devices[device].Credential] >= 2:
			n++
		}
	}
	return n
}

func (s *story) unreadable() int {
	n := 0
	for _, outcome := range s.outcomes {
		if outcome == rollout.Unreadable || outcome == rollout.Unauthorized {
			n++
		}
	}
	return n
}

func (s *story) ends(orders rollout.Orders) {
	require.Equal(s, rollout.Orders{Ended: true}, orders)
	require.Empty(s, s.busy)
	require.Empty(s, s.checking)
	for device, own := range s.devices {
		want := rollout.Skipped
		if own.Settled || slices.Contains(s.started, device) {
			want = rollout.Ended
		}
		require.Equal(s, want, s.Fate(device))
		refused := s.refused[own.Credential] >= 2
		require.True(s, want == rollout.Ended || s.Halted() != rollout.Going || refused, "skipped for no reason")
		if s.settings.Soak > 0 && s.outcomes[device] == rollout.Changed {
			_, checked := s.checked[device]
			unread := slices.Contains(s.Unread(), device)
			require.True(s, checked || unread, "neither read again nor said to be unread")
			require.True(s, !unread || s.stopped || refused, "not read again for no reason")
		}
	}
	if !s.stopped { // what the run did not come back to has not failed
		require.Equal(s, rollout.Tally{Failures: s.failures(), Unreadable: s.unreadable()}, s.Tally())
	}
}
