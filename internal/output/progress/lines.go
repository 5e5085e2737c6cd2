package progress

import (
	"sync"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/remediate"
)

// NewLines writes a line for each device that ends, for output without a movable cursor. The names
// are those of the devices, in the order of the run.
func NewLines(names []string, say func(format string, arguments ...any)) run.Watcher {
	return newLines(names, say)
}

func newLines(names []string, say func(format string, arguments ...any)) *lines {
	return &lines{say: say, names: names, begun: map[int]bool{}}
}

type lines struct {
	say   func(format string, arguments ...any)
	names []string

	mutex   sync.Mutex
	phase   run.Phase
	devices int
	ended   int
	// begun are places of started devices that have not ended; a device that is only read again is not among them.
	begun map[int]bool
}

func (l *lines) Begin(phase run.Phase, devices int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.phase, l.devices = phase, devices
	l.ended, l.begun = 0, map[int]bool{}
}

func (l *lines) End() {}

func (l *lines) Happened(event rollout.Happening) {
	if event.Kind == rollout.DeviceStarted {
		l.mutex.Lock()
		l.begun[event.Device] = true
		l.mutex.Unlock()
	}
	name := func() string { return l.names[event.Device] }
	switch {
	case event.Kind == rollout.DeviceStarted && len(l.names) == 1 && l.phase == run.Reading:
		l.say("reading %s", name())
	case event.Kind == rollout.CheckStarted:
		l.say("reading %s again", name())
	case event.Kind == rollout.SetAside:
		l.say("%s: no connection yet, and no password was sent; another device with the same login goes first", name())
	case event.Kind == rollout.Waits:
		l.say("wave %d of %d: %s", event.Wave, event.Of, waiting(event))
	}
}

func (l *lines) Stepping(place int, step remediate.Step, number, of int) {
	l.say("%s: step %d of %d: %s", l.names[place], number, of, step)
}

func (l *lines) Planned(place int, plan remediate.DevicePlan) { l.ends(place, planWord(plan)) }

func (l *lines) Worked(place int, result remediate.DeviceResult) { l.ends(place, resultWord(result)) }

func (l *lines) ends(place int, word string) {
	l.mutex.Lock()
	counts := l.begun[place]
	delete(l.begun, place)
	if counts {
		l.ended++
	}
	ended, of := l.ended, l.devices
	l.mutex.Unlock()
	switch {
	case len(l.names) == 1:
	case counts:
		l.say("[%d/%d] %s: %s", ended, of, l.names[place], word)
	default:
		l.say("%s: %s", l.names[place], word)
	}
}
