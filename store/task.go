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
	// Alive tells whether a worker has the task's lease now.
	Alive bool
}

// TaskState says how far a task is.
type TaskState string

// The states of a task. One that is taken while nobody has its lease was left by a worker
// that died.
const (
	TaskNone    TaskState = ""
	TaskOrdered TaskState = "ordered"
	TaskTaken   TaskState = "taken"
	TaskDone    TaskState = "done"
)

// TaskLease is the name, for Acquire, of the lease of a task: who has it is its only worker.
func TaskLease(run string, position int) string { return fmt.Sprintf("task %s %d", run, position) }

// Task returns the task of a device; ErrUnknownDevice.
func (s *Store) Task(ctx context.Context, run string, position int) (task Task, err error) {
	err = s.reads.QueryRowContext(ctx, s.sql(`SELECT task, task_state, EXISTS (
			SELECT 1 FROM leases WHERE scope = 'device' AND name = $3 AND expires > {now})
		FROM run_devices WHERE run = $1 AND position = $2`), run, position, TaskLease(run, position)).Scan(&task.Kind, &task.State, &task.Alive)
	if errors.Is(err, sql.ErrNoRows) {
		return Task{}, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, position)
	}
	return task, s.failed("read the task from", err)
}

// OpenTasks counts the tasks that wait for a worker, of all runs.
func (s *Store) OpenTasks(ctx context.Context) (tasks int, err error) {
	err = s.reads.QueryRowContext(ctx, `SELECT COUNT(*) FROM run_devices WHERE task_state = 'ordered'`).Scan(&tasks)
	return tasks, s.failed("read the tasks from", err)
}

// Order asks for work on a device.
func (w Writer) Order(ctx context.Context, run string, position int, kind string) error {
	return w.changeDevice(ctx, run, position, `task = $8, task_state = 'ordered'`, kind)
}

// TakeTask notes that a worker begins a task.
func (w Writer) TakeTask(ctx context.Context, run string, position int) error {
	return w.changeDevice(ctx, run, position, `task_state = 'taken'`)
}

// FinishTask notes that a worker has ended its task.
func (w Writer) FinishTask(ctx context.Context, run string, position int) error {
	return w.changeDevice(ctx, run, position, `task_state = 'done'`)
}
