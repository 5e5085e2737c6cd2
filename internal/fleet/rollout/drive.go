package rollout

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/retry"
)

// Executor carries out what the machine orders; its methods are called from many goroutines.
type Executor interface {
	// Execute works on one device, by its place in the list, and records the outcome. An error means
	// that it could not be recorded: no further device is started.
	Execute(ctx context.Context, device int) (Outcome, error)
	// Check reads a device again after a soak; Well: it is as it was left.
	Check(ctx context.Context, device int) (Outcome, error)
}

// Timing is the clock of a run, and a way to be called back.
type Timing struct {
	retry.Clock
	// After calls back once after a while; nil for never: no device is set aside then.
	After func(time.Duration, func())
}

// SetAsideAfter is how long a device may keep others of its credential waiting before its password
// was sent.
const SetAsideAfter = 2 * time.Second

// Watcher is called with each event, from one goroutine; nil ignores them.
type Watcher func(Happening)

// Happening is an event that the watchers of a run want to know about.
type Happening struct {
	Kind   EventKind
	Device int // with DeviceStarted, DeviceEnded, CheckStarted, CheckEnded
	Wave   int // counted from 1
	Of     int // waves
	Until  time.Time
	Soak   bool // with Waits: it is a soak, not a pause
}

// EventKind says what happened.
type EventKind string

// The events.
const (
	DeviceStarted EventKind = "device_started"
	DeviceEnded   EventKind = "device_ended"
	CheckStarted  EventKind = "check_started"
	CheckEnded    EventKind = "check_ended"
	Waits         EventKind = "waits" // for a soak or pause to end
	// SetAside: the device keeps others of its credential waiting, and no password was sent to it.
	SetAside EventKind = "device_set_aside"
)

// report is a worker's outcome.
type report struct {
	device  int
	check   bool
	outcome Outcome
	err     error
}

// Drive carries out a phase until it ends. After stop is closed it starts no further device, and waits for
// those that run. The error is the first one that an executor returned.
func Drive(ctx context.Context, m *Machine, x Executor, clock Timing, stop <-chan struct{}, watch Watcher) error {
	d := driver{
		machine: m, executor: x, clock: clock, watch: watch,
		reports: make(chan report), questions: make(chan question), hanging: make(chan int), ended: make(chan struct{}),
	}
	defer close(d.ended)
	if asking, asks := x.(Asking); asks {
		asking.Ask(d.mayLogIn)
		d.mayHang = clock.After != nil
	}
	for {
		select {
		case <-stop: // before anything that is ready at the same time
			m.Stop(Interrupted)
			stop = nil
		default:
		}
		orders := m.Next(clock.Now())
		if orders.Ended {
			return d.err
		}
		d.begin(ctx, orders)
		d.wait(ctx, orders.Wake, &stop)
	}
}

type driver struct {
	machine  *Machine
	executor Executor
	clock    Timing
	reports  chan report
	// questions are those of executors, until the phase has ended.
	questions chan question
	ended     chan struct{}
	hanging   chan int
	mayHang   bool // devices may be set aside
	watch     Watcher
	err       error
}

// question is whether a device may be sent its password.
type question struct {
	device int
	answer chan bool
}

func (d *driver) mayLogIn(device int) bool {
	asked := question{device: device, answer: make(chan bool, 1)}
	select {
	case d.questions <- asked:
		return <-asked.answer
	case <-d.ended:
		return false
	}
}

// watchOver sets a device aside if it keeps others waiting for too long.
func (d *driver) watchOver(device int) {
	if !d.mayHang || !d.machine.isTrial(device) {
		return
	}
	d.clock.After(SetAsideAfter, func() {
		select {
		case d.hanging <- device:
		case <-d.ended:
		}
	})
}

func (d *driver) tell(event Happening) {
	if d.watch != nil {
		event.Wave, event.Of = d.machine.Wave()
		d.watch(event)
	}
}

func (d *driver) begin(ctx context.Context, orders Orders) {
	for _, device := range orders.Start {
		d.tell(Happening{Kind: DeviceStarted, Device: device})
		d.watchOver(device)
		go func() {
			outcome, err := d.executor.Execute(ctx, device)
			d.reports <- report{device: device, outcome: outcome, err: err}
		}()
	}
	for _, device := range orders.Check {
		d.tell(Happening{Kind: CheckStarted, Device: device})
		d.watchOver(device)
		go func() {
			outcome, err := d.executor.Check(ctx, device)
			d.reports <- report{device: device, check: true, outcome: outcome, err: err}
		}()
	}
	if !orders.Wake.IsZero() {
		d.tell(Happening{Kind: Waits, Until: orders.Wake, Soak: d.machine.soaks()})
	}
}

// wait waits for the next outcome, the time to wake up, or a request to stop.
func (d *driver) wait(ctx context.Context, wake time.Time, stop *<-chan struct{}) {
	var rung chan struct{}
	if !wake.IsZero() {
		waiting, cancel := context.WithCancel(ctx)
		defer cancel()
		rung = make(chan struct{})
		go func() {
			_ = d.clock.Sleep(waiting, wake.Sub(d.clock.Now()))
			close(rung)
		}()
	}
	select {
	case r := <-d.reports:
		d.take(r)
	case asked := <-d.questions:
		asked.answer <- d.machine.Admit(asked.device)
	case device := <-d.hanging:
		if d.machine.Hangs(device) {
			d.tell(Happening{Kind: SetAside, Device: device})
		}
	case <-rung:
		if ctx.Err() != nil {
			d.machine.Stop(Interrupted)
		}
	case <-*stop:
		d.machine.Stop(Interrupted)
		*stop = nil
	}
}

func (d *driver) take(r report) {
	if r.err != nil && d.err == nil {
		d.err = r.err
		d.machine.Stop(Faulty)
	}
	kind := DeviceEnded
	if r.check {
		kind = CheckEnded
		d.machine.ReportCheck(r.device, r.outcome)
	} else {
		d.machine.Report(r.device, r.outcome)
	}
	if r.outcome != Aside {
		d.tell(Happening{Kind: kind, Device: r.device})
	}
}
