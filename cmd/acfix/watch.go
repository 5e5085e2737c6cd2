package main

import (
	"fmt"
	"sync"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/acfix/acfix/target"
)

// watcher tells people, or a program, how a run goes on. Its methods are called from many
// goroutines. It decides nothing.
type watcher interface {
	begin(phase phase, devices int)
	happened(fleet.Event)
	stepping(place int, step remediate.Step, number, of int)
	planned(place int, plan remediate.DevicePlan)
	worked(place int, result remediate.DeviceResult)
	end()
}

// phase is what a run does with its devices at the moment.
type phase string

const (
	phaseRead  phase = "read"
	phaseWrite phase = "write"
)

func (a *app) watcher(run string, targets []target.Target) watcher {
	switch {
	case a.flags.output == formatLines:
		return &eventLines{app: a, run: run, targets: targets}
	case a.flags.quiet:
		return &lines{say: func(string, ...any) {}, targets: targets}
	case a.stderrIsTerminal && len(targets) > 1:
		return &bars{app: a, targets: targets}
	default:
		return &lines{say: a.say, targets: targets}
	}
}

// lines is progress where no cursor can be moved: a line for everything that ends.
type lines struct {
	say     func(format string, arguments ...any)
	targets []target.Target

	mutex   sync.Mutex
	phase   phase
	devices int
	ended   int
}

func (l *lines) begin(phase phase, devices int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.phase, l.devices, l.ended = phase, devices, 0
}

func (l *lines) end() {}

func (l *lines) happened(event fleet.Event) {
	name := func() string { return l.targets[event.Device].Name }
	switch {
	case event.Kind == fleet.DeviceStarted && len(l.targets) == 1 && l.phase == phaseRead:
		l.say("reading %s", name())
	case event.Kind == fleet.CheckStarted:
		l.say("reading %s again", name())
	case event.Kind == fleet.Waits:
		l.say("wave %d of %d: %s", event.Wave, event.Of, waiting(event))
	}
}

func waiting(event fleet.Event) string {
	return "waiting until " + event.Until.Format("15:04:05")
}

func (l *lines) stepping(place int, step remediate.Step, number, of int) {
	l.say("%s: step %d of %d: %s", l.targets[place].Name, number, of, report.StepText(step.Kind, step.Context, step.Root))
}

func (l *lines) planned(place int, plan remediate.DevicePlan) { l.ends(place, planWord(plan)) }

func (l *lines) worked(place int, result remediate.DeviceResult) { l.ends(place, resultWord(result)) }

func (l *lines) ends(place int, word string) {
	l.mutex.Lock()
	l.ended++
	ended, of := l.ended, l.devices
	l.mutex.Unlock()
	if len(l.targets) > 1 {
		l.say("[%d/%d] %s: %s", ended, of, l.targets[place].Name, word)
	}
}

func planWord(plan remediate.DevicePlan) string {
	if plan.Error != nil {
		return fmt.Sprintf("%s: %s", plan.Verdict, plan.Error.Message)
	}
	return string(plan.Verdict)
}

func resultWord(result remediate.DeviceResult) string {
	if result.Error != nil {
		return fmt.Sprintf("%s: %s", result.Status, result.Error.Message)
	}
	return string(result.Status)
}
