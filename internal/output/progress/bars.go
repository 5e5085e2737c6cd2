package progress

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// NewBars draws on a terminal: a line for each device in hand, and below them how many are done,
// how many failed, and when the run will probably end. Failures stay on screen. The names are those
// of the devices, in the order of the run; stopped tells whether somebody has asked it to stop.
func NewBars(w io.Writer, names []string, now func() time.Time, stopped func() bool) run.Watcher {
	plain := newLines(names, func(format string, arguments ...any) {
		fmt.Fprintln(w, foreign.Clean(fmt.Sprintf(format, arguments...)))
	})
	return &bars{w: w, names: names, now: now, stopped: stopped, plain: plain}
}

type bars struct {
	w       io.Writer
	names   []string
	now     func() time.Time
	stopped func() bool
	plain   *lines // of a phase that begins no device, and may still read some again

	mutex  sync.Mutex
	screen *mpb.Progress // nil in such a phase, and between phases
	total  *mpb.Bar
	inHand map[int]string // what is being done, by the device's place
	begun  time.Time
	failed int
	note   string // of the wave, or what is waited for
}

// runningWidth is room for a name, so that what is done stands in one column.
const runningWidth = 24

var phaseWords = map[run.Phase]string{run.Reading: "reading", run.Writing: "repairing"}

func (b *bars) Begin(phase run.Phase, devices int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inHand, b.begun, b.failed, b.note = map[int]string{}, b.now(), 0, ""
	if devices == 0 {
		b.plain.Begin(phase, devices)
		return
	}
	b.screen = mpb.New(mpb.WithOutput(b.w), mpb.WithAutoRefresh())
	b.total = b.screen.AddBar(int64(devices),
		mpb.BarRemoveOnComplete(), mpb.BarExtender(mpb.BarFillerFunc(b.running), true),
		mpb.PrependDecorators(decor.Name(phaseWords[phase]+" "), decor.CountersNoUnit("%d of %d")),
		mpb.AppendDecorators(decor.Any(b.state)))
}

// running writes the lines of the devices in hand; the last stands on top. A line that is
// wider than the terminal would become two, and be left behind.
func (b *bars) running(w io.Writer, now decor.Statistics) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(b.inHand))) {
		line := []rune(fmt.Sprintf("  %-*s %s", runningWidth, foreign.Clean(b.names[place]), b.inHand[place]))
		line = line[:min(len(line), max(0, now.AvailableWidth-1))]
		if _, err := fmt.Fprintln(w, strings.TrimRight(string(line), " ")); err != nil {
			return err
		}
	}
	return nil
}

// state is what stands behind the bar of the whole run.
func (b *bars) state(now decor.Statistics) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	note := b.note
	if b.stopped() {
		note += ", stopping"
	}
	if now.Current > 0 { // before that nobody knows
		pace := b.now().Sub(b.begun) / time.Duration(now.Current)
		note += fmt.Sprintf(", to go: %s", (pace * time.Duration(now.Total-now.Current)).Round(time.Second))
	}
	return fmt.Sprintf(" %d failed%s", b.failed, note)
}

func (b *bars) Happened(event rollout.Event) {
	if b.screen == nil {
		b.plain.Happened(event)
		return
	}
	if event.Kind == rollout.DeviceEnded {
		b.total.Increment()
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch event.Kind {
	case rollout.DeviceStarted:
		b.inHand[event.Device] = ""
	case rollout.CheckStarted:
		b.inHand[event.Device] = "reading again"
	case rollout.SetAside:
		b.inHand[event.Device] = "no connection yet; another of its login is tried first"
	case rollout.DeviceEnded, rollout.CheckEnded:
		delete(b.inHand, event.Device)
	}
	b.note = ""
	if event.Of > 1 {
		b.note = fmt.Sprintf(", wave %d of %d", event.Wave, event.Of)
	}
	if event.Kind == rollout.Waits {
		b.note += ", " + waiting(event)
	}
}

func (b *bars) Stepping(place int, step remediate.Step, number, of int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if _, running := b.inHand[place]; running {
		b.inHand[place] = foreign.Clean(fmt.Sprintf("step %d of %d: %s", number, of, report.StepText(step.Kind, step.Context, step.Root)))
	}
}

func (b *bars) Planned(place int, plan remediate.DevicePlan) {
	if plan.Error != nil && !plan.Skipped {
		b.fails(place, planWord(plan))
	}
}

func (b *bars) Worked(place int, result remediate.DeviceResult) {
	if result.Error != nil {
		b.fails(place, resultWord(result))
	}
}

// fails writes above the bars, where it stays.
func (b *bars) fails(place int, word string) {
	if b.screen == nil {
		b.plain.ends(place, word)
		return
	}
	b.mutex.Lock()
	b.failed++
	b.mutex.Unlock()
	fmt.Fprintln(b.screen, foreign.Clean(b.names[place]+": "+word))
}

// Note writes a line above the bars, where it stays.
func (b *bars) Note(line string) {
	b.mutex.Lock()
	screen := b.screen
	b.mutex.Unlock()
	if screen == nil {
		fmt.Fprintln(b.w, line)
		return
	}
	fmt.Fprintln(screen, line)
}

// End takes the bars away.
func (b *bars) End() {
	if b.screen == nil {
		return
	}
	b.total.Abort(true)
	b.screen.Wait()
	b.mutex.Lock()
	b.screen = nil
	b.mutex.Unlock()
}
