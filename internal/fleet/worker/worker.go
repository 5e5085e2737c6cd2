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
	held, err := w.Holder.Task(ctx, task.Run, task.Place)
	if errors.Is(err, store.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer held.End()
	known, err := w.store().Task(ctx, task.Run, task.Place)
	if err != nil || known.State == store.TaskDone || known.State == store.TaskNone {
		return err
	}
	if led, err := w.store().HasController(ctx, task.Run); err != nil || !led {
		return err // the next controller orders it again
	}
	writer := w.store().Under(held.Lease())
	met, err := w.meet(ctx, task)
	if err != nil {
		refusing := w.Process.Persist(func(ctx context.Context) error {
			return writer.RefuseTask(ctx, task.Run, task.Place, known.Kind)
		})
		return errors.Join(fmt.Errorf("refused: %w", err), ignoreWithdrawn(refusing))
	}
	return w.carryOut(ctx, met, writer, task, known)
}

func (w *Worker) carryOut(ctx context.Context, met Met, writer store.Writer, task Ticket, known store.Task) error {
	again, err := w.isStarted(ctx, task, known)
	unfinished := again && known.State != store.TaskOrdered
	if err != nil || !unfinished && known.Kind != taskCheck && !met.isOpen(w.Process.Clock.Now()) {
		return err // the controller withdraws it
	}
	err = w.Process.Persist(func(ctx context.Context) error {
		return writer.TakeTask(ctx, task.Run, task.Place, known.Kind)
	})
	if err != nil {
		return ignoreWithdrawn(err)
	}
	outcome, err := w.do(met.runFor(writer, w.store()), met.Terms, again, known.Kind, task.Place)
	if err != nil || outcome == rollout.Cut {
		return err // not finished: another worker continues it
	}
	err = w.Process.Persist(func(ctx context.Context) error {
		return writer.FinishTask(ctx, task.Run, task.Place, known.Kind)
	})
	w.tell(ctx, task, known.Kind)
	return ignoreWithdrawn(err)
}

// taskWords say what was done to a device.
var taskWords = map[string]string{taskRead: "read", taskWrite: "worked on", taskCheck: "read again"}

// tell prints what a device's task came to.
func (w *Worker) tell(ctx context.Context, task Ticket, kind string) {
	if w.Say == nil {
		return
	}
	device, err := w.store().Device(ctx, task.Run, task.Place)
	if err != nil {
		return // the outage is told elsewhere
	}
	word := device.Verdict
	if kind != taskRead {
		word = device.Status
	}
	w.Say(fmt.Sprintf("%s: %s, %s (run %s)", device.Target, taskWords[kind], word, task.Run))
}

// isStarted reports whether another worker started the device, also before the run was resumed. Such a
// device is read first.
func (w *Worker) isStarted(ctx context.Context, task Ticket, known store.Task) (bool, error) {
	if known.State == store.TaskTaken {
		return true, nil
	}
	device, err := w.store().Device(ctx, task.Run, task.Place)
	if err != nil {
		return false, err
	}
	return run.IsBegun(device)
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
