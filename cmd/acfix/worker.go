package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/acfix/acfix/fleet"
	"github.com/acfix/acfix/queue"
	"github.com/acfix/acfix/store"
	"github.com/spf13/pflag"
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
	// inventory is the path of the inventory for a run; an error when it has none for it.
	inventory func(store.Run) (string, error)

	mutex sync.Mutex
	jobs  map[string]*applyJob // of the runs that were met, by ID
}

// attend does one task, unless somebody else does it or has done it. What went wrong with
// the device stands in its documents; what goes wrong here leaves the task to another worker.
func (w *worker) attend(ctx context.Context, task queue.Task) {
	if err := w.try(ctx, task); err != nil {
		w.app.log().Warn("task", "run", task.Run, "place", task.Place, "error", err.Error())
	}
}

func (w *worker) try(ctx context.Context, task queue.Task) error {
	tenure, err := w.app.tenure(ctx, w.store, w.store.Acquire, task.Run, 0, store.TaskLease(task.Run, task.Place))
	if errors.Is(err, store.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer tenure.end()
	known, err := w.store.Task(ctx, task.Run, task.Place)
	if err != nil || known.State == store.TaskDone || known.State == store.TaskNone {
		return err
	}
	job, err := w.job(ctx, task.Run)
	if err != nil {
		return err
	}
	writer := w.store.Under(tenure.leases[0])
	if err := w.app.persist(func(ctx context.Context) error { return writer.TakeTask(ctx, task.Run, task.Place) }); err != nil {
		return err
	}
	err = job.under(writer, known.State == store.TaskTaken).do(w.app.abort, known.Kind, task.Place)
	switch {
	case err != nil:
		return err
	case w.app.stopped():
		return nil // not finished: another worker goes on with it
	}
	return w.app.persist(func(ctx context.Context) error { return writer.FinishTask(ctx, task.Run, task.Place) })
}

// job is a run as this worker sees it: its devices by our own inventory.
func (w *worker) job(ctx context.Context, id string) (*applyJob, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if job, met := w.jobs[id]; met {
		return job, nil
	}
	run, err := w.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	job, err := w.meet(run)
	if err == nil {
		w.jobs[id] = job
	}
	return job, err
}

func (w *worker) meet(run store.Run) (*applyJob, error) {
	path, err := w.inventory(run)
	if err != nil {
		return nil, err
	}
	job := &applyJob{app: w.app}
	kept, err := job.given.repeatOf(run)
	if err != nil {
		return nil, err
	}
	job.given.inventory = path
	job.head, job.saved = kept.Plan, kept.Saved
	record := &record{app: w.app, store: w.store, id: run.ID}
	targets, _, err := record.devices(run.Action)
	if err != nil {
		return nil, err
	}
	roster, err := w.app.roster(job.given.connection)
	if err != nil {
		return nil, err
	}
	targets, dialer, err := w.app.dialKnown(targets, job.given.connection, roster, "the run")
	if err != nil {
		return nil, err
	}
	job.fleet = w.app.fleetRun(run.ID, targets, dialer)
	job.fleet.evidence = w.app.evidence(record)
	job.fleet.watch = &lines{say: func(string, ...any) {}, targets: targets}
	job.fleet.record = record
	return job, nil
}

// repeatOf sets the flags that a run was begun with.
func (f *applyFlags) repeatOf(run store.Run) (header, error) {
	var kept header
	var asked order
	if err := errors.Join(decoded(run.Header, &kept), decoded(run.Order, &asked)); err != nil {
		return kept, err
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.registerAll(flags)
	return kept, asked.repeat(flags)
}

// under is the job with the right to write what came of one device. again: another worker
// has begun the task, and what it has done is to be read first.
func (j *applyJob) under(writer store.Writer, again bool) *applyJob {
	one, run := *j, *j.fleet
	run.book = &storedBook{app: j.app, store: run.record.store, writer: writer, run: run.id}
	one.fleet, one.again = &run, again
	return &one
}

func (j *applyJob) do(ctx context.Context, kind string, place int) error {
	var err error
	switch kind {
	case taskRead:
		_, err = reader{j.fleet}.Execute(ctx, place)
	case taskWrite:
		_, err = writer{j}.Execute(ctx, place)
	case taskCheck:
		_, err = writer{j}.Check(ctx, place)
	default:
		err = fmt.Errorf("this acfix knows no task %q", kind)
	}
	return err
}

// queued hands the devices of a run to whatever workers there are, and waits for each.
type queued struct {
	*fleetRun
	queue *queue.Queue
	task  string // taskRead or taskWrite
}

func (q queued) Execute(ctx context.Context, place int) (fleet.Outcome, error) {
	if err := q.order(ctx, place, q.task); err != nil {
		return q.cut(err)
	}
	if q.task == taskRead {
		plan, err := q.book.plan(place)
		if err == nil {
			q.watch.planned(place, plan)
		}
		return readOutcome(plan, q.dialer.access(q.targets[place])), err
	}
	result, err := resultOf(q.book, place)
	if err == nil {
		q.watch.worked(place, result)
	}
	return writeOutcome(result), err
}

// cut is a task that nobody waits for any more.
func (q queued) cut(err error) (fleet.Outcome, error) {
	if q.stopped() || errors.Is(err, context.Canceled) {
		return fleet.Cut, nil
	}
	return fleet.Untouched, err
}

func (q queued) Check(ctx context.Context, place int) (fleet.Outcome, error) {
	if err := q.order(ctx, place, taskCheck); err != nil {
		return q.cut(err)
	}
	result, err := resultOf(q.book, place)
	return checkOutcome(result), err
}
