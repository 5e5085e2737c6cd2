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
	"github.com/acfix/acfix/remediate"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// NewBars draws on a terminal: a line for each running device, and below them the number of
// finished and failed devices and an estimate of the end. Failures stay on screen. The names are
// those of the devices, in the order of the run; stopped reports whether a stop was requested.
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
	plain   *lines // for a phase that starts no device, but may read some again

	mutex  sync.Mutex
	screen *mpb.Progress // nil in such a phase, and between phases
	total  *mpb.Bar
	inHand map[int]string // the current activity, by the device's place
	begun  time.Time
	failed int
	note   string // the wave, or the reason for waiting
}

// runningWidth is the width of names, so that activities line up.
const runningWidth = 24

var phaseWords = map[run.Phase]string{run.Reading: "reading", run.Writing: "repairing"}

func (b *bars) Begin(phase run.Phase, devices int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inHand, b.begun = map[int]string{}, b.now()
	b.failed, b.note = 0, ""
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

// running writes the lines of running devices, the last on top. It cuts lines to the terminal's
// width: a wrapped line would stay behind.
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

// state is the text behind the bar of the whole run.
func (b *bars) state(now decor.Statistics) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	note := b.note
	if b.stopped() {
		note += ", stopping"
	}
	if now.Current > 0 { // otherwise there is no estimate
		pace := b.now().Sub(b.begun) / time.Duration(now.Current)
		note += fmt.Sprintf(", to go: %s", (pace * time.Duration(now.Total-now.Current)).Round(time.Second))
	}
	return fmt.Sprintf(" %d failed%s", b.failed, note)
}

func (b *bars) Happened(event rollout.Happening) {
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
		b.inHand[event.Device] = "no connection yet; another device with the same login goes first"
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
		b.inHand[place] = foreign.Clean(fmt.Sprintf("step %d of %d: %s", number, of, step))
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

// fails writes a failure above the bars, where it stays.
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

// End removes the bars.
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
