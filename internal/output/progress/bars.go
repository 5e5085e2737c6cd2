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
	"github.com/acfix/acfix/internal/output/columns"
	"github.com/acfix/acfix/internal/span"
	"github.com/acfix/acfix/remediate"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// NewBars draws on a terminal: a line with the current step for each running device, and below them the number of
// finished and failed devices, what is left of a soak, a pause or the change window, and an estimate of the end.
// Failures stay on screen. Nothing is told by colour.
func NewBars(w io.Writer, scene Scene) run.Watcher {
	plain := newLines(scene, func(format string, arguments ...any) {
		fmt.Fprintln(w, foreign.Clean(fmt.Sprintf(format, arguments...)))
	})
	return &bars{Scene: scene, w: w, plain: plain}
}

type bars struct {
	Scene
	w     io.Writer
	plain *lines // for a phase that starts no device, but may read some again

	mutex  sync.Mutex
	screen *mpb.Progress // nil in such a phase, and between phases
	total  *mpb.Bar
	phase  run.Phase
	inHand map[int]string // the current activity, by the device's place
	begun  time.Time
	failed int
	wave   string
	waits  *rollout.Happening // the soak or pause that is on; nil for none
}

// runningWidth is the width of names, so that activities line up.
const runningWidth = 24

var phaseWords = map[run.Phase]string{run.Reading: "reading", run.Writing: "repairing"}

// firstWords are what a device does before its first step.
var firstWords = map[run.Phase]string{run.Reading: "reading", run.Writing: "preparing"}

func (b *bars) Begin(phase run.Phase, devices int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.phase, b.inHand, b.begun = phase, map[int]string{}, b.Now()
	b.failed, b.wave, b.waits = 0, "", nil
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

// running writes the lines above the bar, the last on top: those of running devices, and below them what is counted
// down. It cuts lines to the terminal's width: a wrapped line would stay behind.
func (b *bars) running(w io.Writer, now decor.Statistics) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	lines := []string{b.window()}
	if b.waits != nil {
		lines = append(lines, b.left(*b.waits))
	}
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(b.inHand))) {
		lines = append(lines, columns.Pad(foreign.Clean(b.Names[place]), runningWidth)+" "+b.inHand[place])
	}
	for _, line := range lines {
		if line == "" {
			continue
		}
		line = columns.Cut("  "+line, now.AvailableWidth-1)
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// state is the text behind the bar of the whole run.
func (b *bars) state(now decor.Statistics) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	text := fmt.Sprintf(" %d failed%s", b.failed, b.wave)
	if b.Stopped() {
		text += ", stopping"
	}
	if now.Current > 0 { // otherwise there is no estimate
		pace := b.Now().Sub(b.begun) / time.Duration(now.Current)
		text += ", to go: " + span.Short(pace*time.Duration(now.Total-now.Current))
	}
	return text
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
		b.inHand[event.Device] = firstWords[b.phase]
	case rollout.CheckStarted:
		b.inHand[event.Device] = "reading again"
	case rollout.SetAside:
		b.inHand[event.Device] = "no connection yet; another device with the same login goes first"
	case rollout.DeviceEnded, rollout.CheckEnded:
		delete(b.inHand, event.Device)
	}
	b.wave, b.waits = "", nil
	if event.Of > 1 {
		b.wave = fmt.Sprintf(", wave %d of %d", event.Wave, event.Of)
	}
	if event.Kind == rollout.Waits {
		b.waits = &event
	}
}

// Tick moves on what is counted down without bars; the bars draw themselves.
func (b *bars) Tick(now time.Time) { b.plain.Tick(now) }

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
	fmt.Fprintln(b.screen, foreign.Clean(b.Names[place]+": "+word))
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
		b.plain.End()
		return
	}
	b.total.Abort(true)
	b.screen.Wait()
	b.mutex.Lock()
	b.screen = nil
	b.mutex.Unlock()
}
