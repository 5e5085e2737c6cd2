package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Kinds of tasks: what is to be done with one device of a run.
const (
	taskRead  = "read"
	taskWrite = "write"
	taskCheck = "check"
)

var taskOf = map[run.Phase]string{run.Reading: taskRead, run.Writing: taskWrite}

// Controller leads a run whose devices workers work on.
type Controller struct {
	*run.Run
	Record *run.Record
	Add    func(context.Context, Ticket) error // hands a task out
	News   *News                               // of tasks; nil where none come
}

// Hands return an executor that hands devices to the workers.
func (c Controller) Hands(doing run.Phase, open func(time.Time) bool, own rollout.Executor) rollout.Executor {
	asked := newProgress(c.Run, c.Record.Store, c.News)
	return queued{Controller: c, task: taskOf[doing], open: open, own: own, progress: asked}
}

// queued hands the devices of a run to workers, and waits for each.
type queued struct {
	Controller
	task string               // taskRead or taskWrite
	open func(time.Time) bool // the change window; nil is always
	own  rollout.Executor     // this process, for what need not be handed out

	progress *progress
}

const (
	// handOutAgain is how long a task may wait for a worker before it is handed out
	// again: the queue may have lost it, and a duplicate does no harm.
	handOutAgain = 20 * time.Second
	// offerAgain is the same for a task that a worker has refused or left behind.
	offerAgain = 2 * time.Second
	// refusedFor is how long workers may refuse a task before its device fails.
	refusedFor = 2 * time.Minute
)

// ending is how a task ended for its controller.
type ending int

const (
	finished  ending = iota
	withdrawn        // no worker started it, and none will: the window closed, or a stop
	abandoned        // a worker started and left it, and the operator asked to stop
	refused          // by every worker that it was offered to
)

// Execute orders work on a device. If this process itself has no password, the device fails here: the
// credential rule could not count the workers' attempts.
func (q queued) Execute(ctx context.Context, place int) (rollout.Outcome, error) {
	if q.Devices[place].NoPassword != nil {
		return q.own.Execute(ctx, place)
	}
	done, ended, err := q.order(ctx, place, q.task)
	switch {
	case errors.Is(err, context.Canceled):
		return rollout.Cut, nil
	case err != nil:
		return rollout.Untouched, err
	case ended != finished:
		return q.missed(place, ended)
	case q.task == taskRead:
		var plan remediate.DevicePlan
		if err := runs.Decode(done.Plan, &plan); err != nil {
			return rollout.Untouched, err
		}
		q.Watch.Planned(place, plan)
		return run.OfPlan(plan), nil
	default:
		result, err := q.resultOf(done)
		if err != nil {
			return rollout.Untouched, err
		}
		q.Watch.Worked(place, result)
		return run.OfResult(result), nil
	}
}

// resultOf returns the result that a worker has left; one made from the plan if nothing was done.
func (q queued) resultOf(done store.Device) (result remediate.DeviceResult, err error) {
	if done.Result == nil {
		return q.Result(done.Position)
	}
	err = runs.Decode(done.Result, &result)
	return result, err
}

// Check orders another reading of a device. An interrupt is not a fault of the device.
func (q queued) Check(ctx context.Context, place int) (rollout.Outcome, error) {
	_, ended, err := q.order(ctx, place, taskCheck)
	switch {
	case errors.Is(err, context.Canceled):
		return rollout.Cut, nil
	case err != nil:
		return rollout.Untouched, err
	case ended == withdrawn || ended == abandoned:
		return rollout.Cut, nil
	}
	result, err := q.Result(place)
	if err == nil && ended == refused {
		result.Status, result.Error = remediate.Failed, run.Unread(refusedFailure)
		err = q.Book.PutResult(place, result)
	}
	outcome := run.OfCheck(result)
	if err == nil && outcome != rollout.Well {
		q.Watch.Worked(place, result)
	}
	return outcome, err
}

// order orders work on a device, waits until a worker has done it, and returns the device then. When a worker dies,
// its lease on the task expires and another worker follows.
func (q queued) order(ctx context.Context, place int, kind string) (store.Device, ending, error) {
	writer := q.Record.Writer()
	changed, forget := q.News.of(Ticket{Run: q.ID, Place: place})
	defer forget()
	if err := q.Persist(func(ctx context.Context) error { return writer.Order(ctx, q.ID, place, kind) }); err != nil {
		return store.Device{}, finished, err
	}
	offer := offering{}
	task := store.Task{State: store.TaskOrdered}
	for {
		ended, err := q.pursue(writer, place, kind, task, &offer)
		if err != nil || ended != finished {
			return store.Device{}, ended, err
		}
		if err := q.progress.wait(ctx, changed); err != nil {
			return store.Device{}, finished, err
		}
		now, err := q.progress.task(place)
		if err != nil || now.Task.State == store.TaskDone {
			return now.Device, finished, err
		}
		task = now.Task
	}
}

// pursue takes a task back, or offers it again, where it is time to.
func (q queued) pursue(writer store.Writer, place int, kind string, task store.Task, offer *offering) (ending, error) {
	isRefused := offer.isRefused(task.State, q.Clock.Now())
	if task.Alive {
		return finished, nil
	}
	if isRefused || q.isOver(kind) {
		ended, err := q.takeBack(writer, place, kind, isRefused)
		if err != nil || ended != finished {
			return ended, err
		}
	}
	if offer.isDue(task.State, q.Clock.Now()) {
		return finished, q.offer(place)
	}
	return finished, nil
}

// offering records how a task was offered to workers so far.
type offering struct {
	last         time.Time
	refusedSince time.Time // zero while no worker has refused it
}

// isRefused reports whether workers have refused the task for longer than refusedFor.
func (o *offering) isRefused(state store.TaskState, now time.Time) bool {
	switch {
	case state != store.TaskRefused:
		o.refusedSince = time.Time{}
	case o.refusedSince.IsZero():
		o.refusedSince = now
	}
	return !o.refusedSince.IsZero() && now.Sub(o.refusedSince) > refusedFor
}

// isDue reports whether to hand the task out now, and counts it as handed out.
func (o *offering) isDue(state store.TaskState, now time.Time) bool {
	pause := offerAgain
	if state == store.TaskOrdered {
		pause = handOutAgain
	}
	due := now.Sub(o.last) > pause
	if due {
		o.last = now
	}
	return due
}

// docs/design/fleet.md: A task is offered and never assigned
func (q queued) offer(place int) error {
	return q.Persist(func(ctx context.Context) error {
		return q.Record.Store.Outside("hand out a device by", q.Add(ctx, Ticket{Run: q.ID, Place: place}))
	})
}

// isOver reports whether no further device may be started.
func (q queued) isOver(kind string) bool {
	return q.Stopped() || kind != taskCheck && q.open != nil && !q.open(q.Clock.Now())
}

// takeBack withdraws a task that no worker started. A started one is only abandoned when the operator asks to
// stop; otherwise it is offered to the next worker, because a started device must be finished.
func (q queued) takeBack(writer store.Writer, place int, kind string, isRefused bool) (ending, error) {
	err := q.Persist(func(ctx context.Context) error { return writer.WithdrawTask(ctx, q.ID, place, kind) })
	switch {
	case err == nil && isRefused:
		return refused, nil
	case err == nil:
		return withdrawn, nil
	case !errors.Is(err, store.ErrNoTask):
		return finished, err
	case q.Stopped():
		return abandoned, nil
	default:
		return finished, nil
	}
}

// missed records why no worker finished a device.
func (q queued) missed(place int, ended ending) (rollout.Outcome, error) {
	why, outcome := run.OfHalt(rollout.Interrupted), rollout.Cut
	switch {
	case ended == refused:
		why, outcome = refusedFailure, rollout.Unreadable
	case !q.Stopped():
		why = q.WhyClosed()
	}
	if q.task == taskRead {
		plan := run.Unstarted(q.Devices[place], why)
		plan.Skipped = ended == withdrawn
		return outcome, q.Book.PutPlan(place, plan)
	}
	result, known, err := q.Book.Result(place)
	if err != nil || known && ended == abandoned {
		return outcome, err // the worker recorded its progress
	}
	plan, err := q.Book.Plan(place)
	if err != nil {
		return outcome, err
	}
	begun, err := q.isStarted(place)
	result = run.Refusal(plan, remediate.Skipped, &why)
	if begun {
		why = run.Left(why)
	}
	if begun || ended != withdrawn {
		result.Status = remediate.Failed
	}
	return outcome, errors.Join(err, q.Book.PutResult(place, result))
}

func (q queued) isStarted(place int) (begun bool, err error) {
	err = q.Persist(func(ctx context.Context) error {
		device, err := q.Record.Store.Device(ctx, q.ID, place)
		if err != nil {
			return err
		}
		begun, err = run.IsBegun(device)
		return err
	})
	return begun, err
}

// refusedFailure is the failure of a device that every worker refuses.
var refusedFailure = remediate.Failure{
	Code:    remediate.CodeUnreachable,
	Message: fmt.Sprintf("every worker that was asked refused this device, for %s", refusedFor),
	Hint: "The workers' logs say why. Their inventories must have the device by the same name and address, " +
		"and find its password.",
}
