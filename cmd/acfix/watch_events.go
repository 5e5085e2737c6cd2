package main

import (
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/acfix/acfix/document"
	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
)

// eventSchema stands in the first key of every line.
const eventSchema = "acfix.event/v1"

// event is one line of -o jsonl.
type event struct {
	Schema string    `json:"schema"`
	Time   time.Time `json:"time"`
	Run    string    `json:"run"`
	Event  string    `json:"event"`
	Phase  phase     `json:"phase"`
	Target string    `json:"target,omitempty"`
	Wave   int       `json:"wave,omitempty"` // counted from 1
	Waves  int       `json:"waves,omitempty"`
	Until  string    `json:"until,omitempty"` // RFC 3339
	// Step and Steps come with "step": its number, and of how many.
	Step    int                     `json:"step,omitempty"`
	Steps   int                     `json:"steps,omitempty"`
	Kind    remediate.StepKind      `json:"kind,omitempty"`
	Context *int                    `json:"context,omitempty"`
	Root    string                  `json:"root,omitempty"`
	Devices int                     `json:"devices,omitempty"`
	Summary map[string]int          `json:"summary,omitempty"` // devices by verdict or status
	Plan    *remediate.DevicePlan   `json:"plan,omitempty"`
	Result  *remediate.DeviceResult `json:"result,omitempty"`
}

// eventLines is -o jsonl: one event per line on stdout, as it happens.
type eventLines struct {
	app     *app
	run     string
	targets []target.Target

	mutex sync.Mutex
	phase phase
	err   error // of the first line that could not be written
}

func (e *eventLines) tell(line event) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	line.Schema, line.Time, line.Run, line.Phase = eventSchema, e.app.now().UTC(), e.run, e.phase
	e.err = errors.Join(e.err, document.Line(e.app.stdout, line))
}

func (e *eventLines) begin(phase phase, devices int) {
	e.mutex.Lock()
	e.phase = phase
	e.mutex.Unlock()
	e.tell(event{Event: "phase_started", Devices: devices})
}

func (e *eventLines) end() { e.tell(event{Event: "phase_ended"}) }

func (e *eventLines) happened(what fleet.Event) {
	line := event{Event: string(what.Kind), Wave: what.Wave, Waves: what.Of}
	if what.Kind == fleet.Waits {
		line.Until = what.Until.Format(time.RFC3339)
	} else {
		line.Target = e.targets[what.Device].Name
	}
	e.tell(line)
}

func (e *eventLines) stepping(place int, step remediate.Step, number, of int) {
	e.tell(event{
		Event: "step", Target: e.targets[place].Name, Step: number, Steps: of,
		Kind: step.Kind, Context: step.Context, Root: step.Root,
	})
}

func (e *eventLines) planned(place int, plan remediate.DevicePlan) {
	e.tell(event{Event: "planned", Target: e.targets[place].Name, Plan: &plan})
}

func (e *eventLines) worked(place int, result remediate.DeviceResult) {
	e.tell(event{Event: "result", Target: e.targets[place].Name, Result: &result})
}

// endLines writes the last line, which counts all devices, and says whether every line
// could be written.
func endLines[D any](w watcher, devices iter.Seq2[D, error], key func(D) string) error {
	counts := map[string]int{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		counts[key(device)]++
	}
	lines := w.(*eventLines)
	lines.tell(event{Event: "run_ended", Summary: counts})
	return lines.err
}
