package main

import (
	"fmt"
	"sync"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars is progress on a terminal: a line for each device in hand, and below them how many
// are done, how many failed, and when the run will probably end. Failures stay on screen.
type bars struct {
	app     *app
	targets []target

	mutex  sync.Mutex
	screen *mpb.Progress
	total  *mpb.Bar
	inHand map[int]*deviceLine
	failed int
	note   string // of the wave, or what is waited for
}

// deviceLine is the line of one device.
type deviceLine struct {
	bar  *mpb.Bar
	text string
}

// runningWidth is room for a name, so that what is done stands in one column.
const runningWidth = 24

var phaseWords = map[phase]string{phaseRead: "reading", phaseWrite: "repairing"}

func (b *bars) begin(phase phase, devices int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.screen = mpb.New(mpb.WithOutput(b.app.stderr), mpb.WithAutoRefresh())
	b.inHand, b.failed, b.note = map[int]*deviceLine{}, 0, ""
	b.total = b.screen.AddBar(int64(devices), mpb.BarPriority(1<<30),
		mpb.PrependDecorators(decor.Name(phaseWords[phase]+" "), decor.CountersNoUnit("%d of %d")),
		mpb.AppendDecorators(decor.Any(b.state), decor.AverageETA(decor.ET_STYLE_GO)))
}

// state is what stands behind the bar of the whole run.
func (b *bars) state(decor.Statistics) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return fmt.Sprintf(" %d failed%s, to go: ", b.failed, b.note)
}

func (b *bars) happened(event fleet.Event) {
	switch event.Kind {
	case fleet.DeviceStarted:
		b.add(event.Device, "")
	case fleet.CheckStarted:
		b.add(event.Device, "reading again")
	case fleet.CheckEnded:
		b.drop(event.Device)
	case fleet.DeviceEnded:
		b.drop(event.Device)
		b.total.Increment()
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.note = ""
	if event.Of > 1 {
		b.note = fmt.Sprintf(", wave %d of %d", event.Wave, event.Of)
	}
	if event.Kind == fleet.Waits {
		b.note += ", " + waiting(event)
	}
}

func (b *bars) add(place int, text string) {
	line := &deviceLine{text: text}
	line.bar = b.screen.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(
		decor.Spinner(nil), decor.Name(" "+report.Clean(b.targets[place].name)+" ", decor.WC{W: runningWidth, C: decor.DindentRight}),
		decor.Any(func(decor.Statistics) string {
			b.mutex.Lock()
			defer b.mutex.Unlock()
			return line.text
		})))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inHand[place] = line
}

func (b *bars) drop(place int) {
	b.mutex.Lock()
	line := b.inHand[place]
	delete(b.inHand, place)
	b.mutex.Unlock()
	line.bar.Abort(true)
}

func (b *bars) stepping(place int, step remediate.Step, number, of int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if line := b.inHand[place]; line != nil {
		line.text = report.Clean(fmt.Sprintf("step %d of %d: %s", number, of, report.StepText(step.Kind, step.Context, step.Root)))
	}
}

func (b *bars) planned(place int, plan remediate.DevicePlan) {
	if plan.Error != nil {
		b.fails(place, planWord(plan))
	}
}

func (b *bars) worked(place int, result remediate.DeviceResult) {
	if result.Error != nil {
		b.fails(place, resultWord(result))
	}
}

// fails writes above the bars, where it stays.
func (b *bars) fails(place int, word string) {
	b.mutex.Lock()
	b.failed++
	b.mutex.Unlock()
	fmt.Fprintln(b.screen, report.Clean(b.targets[place].name+": "+word))
}

// end takes the bars away.
func (b *bars) end() {
	b.total.Abort(true)
	b.screen.Wait()
}
