package progress

import (
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// eventSchema is the value of the first key of every line.
const eventSchema = "acfix.event/v1"

// event is one line of -o jsonl.
type event struct {
	Schema string    `json:"schema"`
	Time   time.Time `json:"time"`
	Run    string    `json:"run"`
	Event  string    `json:"event"`
	Phase  run.Phase `json:"phase"`
	Target string    `json:"target,omitempty"`
	Wave   int       `json:"wave,omitempty"` // counted from 1
	Waves  int       `json:"waves,omitempty"`
	Until  string    `json:"until,omitempty"` // RFC 3339
	// Step and Steps come with "step": its number, and the number of steps.
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

// Events writes one event per line, as it happens. A failed write does not stop the run; RunEnded returns its error.
type Events struct {
	w     io.Writer
	now   func() time.Time
	run   string
	names []string

	mutex sync.Mutex
	phase run.Phase
	err   error // of the lines that could not be written
}

// NewEvents writes the events of a run. The names are those of the devices, in its order.
func NewEvents(w io.Writer, run string, names []string, now func() time.Time) *Events {
	return &Events{w: w, now: now, run: run, names: names}
}

func (e *Events) tell(line event) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	line.Schema, line.Time = eventSchema, e.now().UTC()
	line.Run, line.Phase = e.run, e.phase
	e.err = errors.Join(e.err, report.DocumentLine(e.w, line))
}

// Begin writes the start of a phase.
func (e *Events) Begin(phase run.Phase, devices int) {
	e.mutex.Lock()
	e.phase = phase
	e.mutex.Unlock()
	e.tell(event{Event: "phase_started", Devices: devices})
}

// End writes the end of a phase.
func (e *Events) End() { e.tell(event{Event: "phase_ended"}) }

// Happened writes an event of the rollout.
func (e *Events) Happened(what rollout.Happening) {
	line := event{Event: string(what.Kind), Wave: what.Wave, Waves: what.Of}
	if what.Kind == rollout.Waits {
		line.Until = what.Until.Format(time.RFC3339)
	} else {
		line.Target = e.names[what.Device]
	}
	e.tell(line)
}

// Stepping writes the start of a step.
func (e *Events) Stepping(place int, step remediate.Step, number, of int) {
	e.tell(event{
		Event: "step", Target: e.names[place], Step: number, Steps: of,
		Kind: step.Kind, Context: step.Context, Root: step.Root,
	})
}

// Planned writes a device's plan.
func (e *Events) Planned(place int, plan remediate.DevicePlan) {
	e.tell(event{Event: "planned", Target: e.names[place], Plan: &plan})
}

// Worked writes a device's result.
func (e *Events) Worked(place int, result remediate.DeviceResult) {
	e.tell(event{Event: "result", Target: e.names[place], Result: &result})
}

// RunEnded writes the last line, which counts all devices by a word. It returns the errors of all failed writes.
func RunEnded[D any](e *Events, devices iter.Seq2[D, error], word func(D) string) error {
	counts := map[string]int{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		counts[word(device)]++
	}
	e.tell(event{Event: "run_ended", Summary: counts})
	return e.err
}
