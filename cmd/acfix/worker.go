package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/evidence"
	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
)

// Kinds of tasks: what is to be done with one device of a run.
const (
	taskRead  = "read"
	taskWrite = "write"
	taskCheck = "check"
)

// worker does tasks on single devices, of whatever run. Which devices there are and how to
// log in to them says an inventory of its own; the store only names them.
type worker struct {
	app   *app
	store *store.Store
	runs  runsMet
}

// attend does one task, unless somebody else does it or has done it. What went wrong with
// the device stands in its documents; what goes wrong here leaves the task to another worker.
func (w *worker) attend(ctx context.Context, task queue.Task) {
	if w.app.stopped() {
		return
	}
	if err := w.try(ctx, task); err != nil {
		w.app.log().Warn("task", "run", task.Run, "place", task.Place, "error", err.Error())
	}
}

func (w *worker) try(ctx context.Context, task queue.Task) error {
	held, err := w.app.holder(w.store).Task(ctx, task.Run, task.Place)
	if errors.Is(err, store.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer held.End()
	known, err := w.store.Task(ctx, task.Run, task.Place)
	if err != nil || known.State == store.TaskDone || known.State == store.TaskNone {
		return err
	}
	if led, err := w.store.Led(ctx, task.Run); err != nil || !led {
		return err // whoever goes on with the run asks for it anew
	}
	writer := w.store.Under(held.Lease())
	job, err := w.runs.job(ctx, task)
	if err != nil {
		refusing := w.app.persist(func(ctx context.Context) error { return writer.RefuseTask(ctx, task.Run, task.Place, known.Kind) })
		return errors.Join(fmt.Errorf("refused: %w", err), notAsked(refusing))
	}
	return w.take(ctx, job, writer, task, known)
}

func (w *worker) take(ctx context.Context, job *applyJob, writer store.Writer, task queue.Task, known store.Task) error {
	again, err := w.begun(ctx, task, known)
	if err != nil || !again && known.Kind != taskCheck && !job.isOpen() {
		return err // the controller takes it back
	}
	err = w.app.persist(func(ctx context.Context) error { return writer.TakeTask(ctx, task.Run, task.Place, known.Kind) })
	if err != nil {
		return notAsked(err)
	}
	outcome, err := job.under(writer, again).do(w.app.abort, known.Kind, task.Place)
	if err != nil || outcome == fleet.Cut {
		return err // not finished: another worker goes on with it
	}
	err = w.app.persist(func(ctx context.Context) error { return writer.FinishTask(ctx, task.Run, task.Place, known.Kind) })
	return notAsked(err)
}

// begun tells whether another worker has begun with the task: what it did is read first.
func (w *worker) begun(ctx context.Context, task queue.Task, known store.Task) (bool, error) {
	if known.State != store.TaskRefused {
		return known.State == store.TaskTaken, nil
	}
	device, err := w.store.Device(ctx, task.Run, task.Place)
	return device.State == store.DeviceRunning, err
}

// notAsked: a task that was taken back or asked for anew meanwhile is nobody's mistake.
func notAsked(err error) error {
	if errors.Is(err, store.ErrNoTask) {
		return nil
	}
	return err
}

// isOpen tells whether the change window of the run is open, by the clock of this machine.
func (j *applyJob) isOpen() bool {
	settings, err := j.given.reading(false)
	return err == nil && (settings.Open == nil || settings.Open(j.now()))
}

// under is the job with the right to write what came of one device. again: another worker
// has begun the task, and what it has done is to be read first.
func (j *applyJob) under(writer store.Writer, again bool) *applyJob {
	one, run := *j, *j.fleet
	run.book = &storedBook{app: j.app, store: run.record.store, writer: writer, run: run.id}
	one.fleet, one.again, one.handsOn = &run, again, true
	return &one
}

func (j *applyJob) do(ctx context.Context, kind string, place int) (fleet.Outcome, error) {
	switch kind {
	case taskRead:
		return reader{j.fleet}.Execute(ctx, place)
	case taskWrite:
		return writer{j}.Execute(ctx, place)
	case taskCheck:
		return writer{j}.Check(ctx, place)
	default:
		return fleet.Untouched, fmt.Errorf("this acfix knows no task %q", kind)
	}
}

// lost tells whether the device became another worker's while it was worked on. What came of
// it is not ours to say then.
func lost(held evidence.Grip, result remediate.DeviceResult) bool {
	mine := held.StillMine()
	return result.Error != nil && mine != nil && mine() != nil
}
