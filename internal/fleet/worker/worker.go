package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
)

// Worker carries out tasks on single devices of any run.
type Worker struct {
	Process run.Process
	Holder  store.Holder                 // this process, as it takes leases of the store
	Meet    func(store.Run) (Met, error) // an error: this worker can't do the run's tasks
	Log     *slog.Logger
	// Say prints a line about a device that was worked on; nil prints none.
	Say func(line string)

	runs runsMet
}

// Attend carries out one task, unless another worker does it or has done it. Failures of the device are
// recorded in its documents; an error of this worker leaves the task to another one.
func (w *Worker) Attend(ctx context.Context, task Ticket) {
	if w.Process.Stopped() {
		return
	}
	if err := w.try(ctx, task); err != nil {
		w.Log.Warn("task", "run", task.Run, "place", task.Place, "error", err.Error())
	}
}

func (w *Worker) store() *store.Store { return w.Holder.Store }

func (w *Worker) try(ctx context.Context, task Ticket) error {
	held, known, err := w.Holder.Task(ctx, task.Run, task.Place)
	if errors.Is(err, store.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer held.End()
	if known.Task.State == store.TaskDone || known.Task.State == store.TaskNone {
		return nil
	}
	if !known.Led {
		return nil // the next controller orders it again
	}
	writer := w.store().Under(held.Lease())
	met, err := w.meet(ctx, task)
	if err != nil {
		refusing := w.Process.Persist(func(ctx context.Context) error {
			return writer.RefuseTask(ctx, task.Run, task.Place, known.Task.Kind)
		})
		return errors.Join(fmt.Errorf("refused: %w", err), ignoreWithdrawn(refusing))
	}
	return w.carryOut(met, held, known)
}

func (w *Worker) carryOut(met Met, held *store.Tenure, known store.OfferedTask) error {
	writer := w.store().Under(held.Lease())
	again, err := isStarted(known)
	unfinished := again && known.Task.State != store.TaskOrdered
	kind := known.Task.Kind
	if err != nil || !unfinished && kind != taskCheck && !met.isOpen(w.Process.Clock.Now()) {
		return err // the controller withdraws it
	}
	if err := w.take(writer, known); err != nil {
		return ignoreWithdrawn(err)
	}
	book := run.NewTaskBook(w.Process, w.store(), writer, known.Device)
	outcome, err := w.do(met.runWith(book), met.Terms, again, kind, known.Position)
	if err != nil || outcome == rollout.Cut {
		return errors.Join(err, book.Leave()) // not finished: another worker continues it
	}
	if err := held.EndBy(func() error { return book.Finish(kind) }); err != nil {
		return ignoreWithdrawn(err)
	}
	w.tell(known, book)
	return nil
}

// take records that the task is this worker's; one that writes starts the device with it.
func (w *Worker) take(writer store.Writer, known store.OfferedTask) error {
	take := writer.TakeTask
	if known.Task.Kind == taskWrite {
		take = writer.StartTask
	}
	return w.Process.Persist(func(ctx context.Context) error {
		return take(ctx, known.Run, known.Position, known.Task.Kind)
	})
}

// taskWords say what was done to a device.
var taskWords = map[string]string{taskRead: "read", taskWrite: "worked on", taskCheck: "read again"}

// tell prints what a device's task came to.
func (w *Worker) tell(known store.OfferedTask, book *run.TaskBook) {
	if w.Say == nil {
		return
	}
	kind := known.Task.Kind
	w.Say(fmt.Sprintf("%s: %s, %s (run %s)", known.Target, taskWords[kind], book.Word(kind == taskRead), known.Run))
}

// isStarted reports whether another worker started the device, also before the run was resumed. Such a
// device is read first.
func isStarted(known store.OfferedTask) (bool, error) {
	if known.Task.State == store.TaskTaken {
		return true, nil
	}
	return run.IsBegun(known.Device)
}

// ignoreWithdrawn drops the error of a task that was withdrawn or ordered again meanwhile.
func ignoreWithdrawn(err error) error {
	if errors.Is(err, store.ErrNoTask) {
		return nil
	}
	return err
}

func (w *Worker) do(one *run.Run, terms run.WriteTerms, again bool, kind string, place int) (rollout.Outcome, error) {
	switch kind {
	case taskRead:
		return one.Reader().Execute(w.Process.Abort, place)
	case taskWrite:
		return one.Writer(terms, again).Execute(w.Process.Abort, place)
	case taskCheck:
		return one.Writer(terms, again).Check(w.Process.Abort, place)
	default:
		return rollout.Untouched, fmt.Errorf("this acfix knows no task %q", kind)
	}
}
