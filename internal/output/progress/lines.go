package progress

import (
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/remediate"
)

// NewLines writes a line for each step and for each device that ends, for output without a movable cursor. What it
// counts down moves on with Tick.
func NewLines(scene Scene, say func(format string, arguments ...any)) run.Watcher {
	return newLines(scene, say)
}

func newLines(scene Scene, say func(format string, arguments ...any)) *lines {
	return &lines{Scene: scene, say: say, begun: map[int]bool{}}
}

type lines struct {
	Scene
	say func(format string, arguments ...any)

	mutex   sync.Mutex
	phase   run.Phase
	devices int
	ended   int
	// begun are places of started devices that have not ended; a device that is only read again is not among them.
	begun map[int]bool
	waits countdown
}

func (l *lines) Begin(phase run.Phase, devices int) {
	l.mutex.Lock()
	l.phase, l.devices = phase, devices
	l.ended, l.begun = 0, map[int]bool{}
	l.mutex.Unlock()
	if text := l.window(); text != "" && devices > 0 {
		l.say("%s", text)
	}
}

func (l *lines) End() { l.stopWaiting() }

func (l *lines) stopWaiting() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.waits.on = false
}

func (l *lines) Happened(event rollout.Happening) {
	l.mutex.Lock()
	waits := l.waits.begins(event, l.Now())
	if event.Kind == rollout.DeviceStarted {
		l.begun[event.Device] = true
	}
	l.mutex.Unlock()
	name := func() string { return l.Names[event.Device] }
	switch {
	case event.Kind == rollout.DeviceStarted && len(l.Names) == 1 && l.phase == run.Reading:
		l.say("reading %s", name())
	case event.Kind == rollout.CheckStarted:
		l.say("reading %s again", name())
	case event.Kind == rollout.SetAside:
		l.say("%s: no connection yet, and no password was sent; another device with the same login goes first", name())
	case waits:
		l.sayLeft(event)
	}
}

// Tick says what is left of a soak or pause, where it is time to.
func (l *lines) Tick(now time.Time) {
	l.mutex.Lock()
	due, event := l.waits.due(now), l.waits.event
	l.mutex.Unlock()
	if due {
		l.sayLeft(event)
	}
}

func (l *lines) sayLeft(event rollout.Happening) {
	l.say("wave %d of %d: %s", event.Wave, event.Of, l.left(event))
}

func (l *lines) Stepping(place int, step remediate.Step, number, of int) {
	l.say("%s: step %d of %d: %s", l.Names[place], number, of, step)
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
	case len(l.Names) == 1:
	case counts:
		l.say("[%d/%d] %s: %s", ended, of, l.Names[place], word)
	default:
		l.say("%s: %s", l.Names[place], word)
	}
}
