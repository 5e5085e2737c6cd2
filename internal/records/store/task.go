package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Task is work on a device of a run that any worker may do.
type Task struct {
	Kind  string // opaque here
	State TaskState
	// Alive reports whether a worker holds the task's lease now.
	Alive bool
}

// TaskState is the progress of a task.
type TaskState string

// The states of a task. A taken one without a lease has lost its worker; a refused one waits for another.
const (
	TaskNone    TaskState = ""
	TaskOrdered TaskState = "ordered"
	TaskRefused TaskState = "refused"
	TaskTaken   TaskState = "taken"
	TaskDone    TaskState = "done"
)

// TaskLease returns the name of a task's lease, for Acquire: only its holder may work on the task.
func TaskLease(run string, position int) string { return fmt.Sprintf("task %s %d", run, position) }

// Task returns the task of a device; ErrUnknownDevice.
func (s *Store) Task(ctx context.Context, run string, position int) (task Task, err error) {
	row := s.reads.QueryRowContext(ctx, s.sql(`SELECT task, task_state, EXISTS (
			SELECT 1 FROM leases WHERE scope = 'device' AND name = $3 AND expires > {now})
		FROM run_devices WHERE run = $1 AND position = $2`), run, position, TaskLease(run, position))
	err = row.Scan(&task.Kind, &task.State, &task.Alive)
	if errors.Is(err, sql.ErrNoRows) {
		return Task{}, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, position)
	}
	return task, s.failed("read the task from", err)
}

// OpenTasks counts the tasks of all runs that wait for a worker.
func (s *Store) OpenTasks(ctx context.Context) (tasks int, err error) {
	err = s.reads.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM run_devices WHERE task_state IN ('ordered', 'refused')`).Scan(&tasks)
	return tasks, s.failed("read the tasks from", err)
}

// isHeld is the condition that a worker holds the task's lease, which TaskLease names.
const isHeld = `EXISTS (SELECT 1 FROM leases
	WHERE scope = 'device' AND name = 'task ' || run_devices.run || ' ' || run_devices.position AND expires > {now})`

// HeldTasks counts the tasks of a run that workers are working on.
func (s *Store) HeldTasks(ctx context.Context, run string) (tasks int, err error) {
	err = s.reads.QueryRowContext(ctx,
		s.sql(`SELECT COUNT(*) FROM run_devices WHERE run = $1 AND task_state = 'taken' AND `+isHeld), run).Scan(&tasks)
	return tasks, s.failed("read the tasks from", err)
}

// Order asks for work on a device.
func (w Writer) Order(ctx context.Context, run string, position int, kind string) error {
	return w.changeDevice(ctx, run, position, `task = $8, task_state = 'ordered'`, kind)
}

// TakeTask records that a worker starts a task; ErrNoTask if it is no longer wanted.
func (w Writer) TakeTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "taken", `task_state IN ('ordered', 'refused', 'taken')`)
}

// FinishTask records that a worker has finished its task; ErrNoTask if it was ordered again meanwhile.
func (w Writer) FinishTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "done", `task_state IN ('taken', 'done')`)
}

// RefuseTask records that this worker cannot do a task; another one may. ErrNoTask.
func (w Writer) RefuseTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "refused", `task_state IN ('ordered', 'refused', 'taken')`)
}

// WithdrawTask cancels an order; ErrNoTask if a worker has started it.
func (w Writer) WithdrawTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "", `task_state IN ('ordered', 'refused', '')`)
}

// WithdrawTasks cancels the run's tasks that no live worker holds. Their results would go to the previous controller.
func (w Writer) WithdrawTasks(ctx context.Context, run string) error {
	s := w.store
	_, err := s.execute(ctx, s.writes, fenceKept+`UPDATE run_devices SET task_state = ''
		WHERE run = $6 AND (task_state IN ('ordered', 'refused') OR task_state = 'taken' AND NOT `+isHeld+`)
		AND `+unfenced, append(w.lease.key(), run)...)
	return s.failed("write the tasks to", err)
}

func (w Writer) changeTask(ctx context.Context, run string, position int, kind, state, from string) error {
	s := w.store
	changed, err := s.execute(ctx, s.writes, fenceKept+`UPDATE run_devices SET task_state = $9
		WHERE run = $6 AND position = $7 AND task = $8 AND `+from+` AND `+unfenced,
		append(w.lease.key(), run, position, kind, state)...)
	if err != nil || changed > 0 {
		return s.failed("write the task to", err)
	}
	if err := w.fenced(ctx); err != nil {
		return err
	}
	return ErrNoTask
}

// TasksInHand counts the tasks of all runs that workers are working on.
func (s *Store) TasksInHand(ctx context.Context) (tasks int, err error) {
	err = s.reads.QueryRowContext(ctx,
		s.sql(`SELECT COUNT(*) FROM run_devices WHERE task_state = 'taken' AND `+isHeld)).Scan(&tasks)
	return tasks, s.failed("read the tasks from", err)
}
