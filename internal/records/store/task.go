package store

import (
	"context"
	"fmt"
	"slices"
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
func (s *Store) Task(ctx context.Context, run string, position int) (Task, error) {
	tasks, err := s.Tasks(ctx, run, position)
	return tasks[position].Task, err
}

// Tasked is a device and its task. Without a task that is done, the device has no documents.
type Tasked struct {
	Device
	Task Task
}

// Tasks returns devices of a run with their tasks, by position; ErrUnknownDevice if one is missing.
func (s *Store) Tasks(ctx context.Context, run string, positions ...int) (map[int]Tasked, error) {
	values := []any{run}
	for _, position := range positions {
		values = append(values, position)
	}
	found, err := selectAll(ctx, s, scanTasked, `SELECT run, position, target, url, serial, mac, wave, state, verdict, status,
		CASE task_state WHEN 'done' THEN plan END, CASE task_state WHEN 'done' THEN result END, epoch, ended,
		known, known_at, NULL, forgotten, task, task_state, `+isHeld+` FROM run_devices WHERE run = $1 AND position IN (`+listOf(2, len(positions))+`)`,
		values...)
	if err != nil {
		return nil, s.failed("read the tasks from", err)
	}
	tasks := map[int]Tasked{}
	for _, one := range found {
		tasks[one.Position] = one
	}
	for _, position := range positions {
		if _, known := tasks[position]; !known {
			return nil, fmt.Errorf("%w: %q, position %d", ErrUnknownDevice, run, position)
		}
	}
	return tasks, nil
}

func scanTasked(row scanner) (t Tasked, err error) {
	t.Device, err = scanDevice(row, &t.Task.Kind, &t.Task.State, &t.Task.Alive)
	return t, err
}

// OfferedTask is a device with its documents and its task, as a worker finds it.
type OfferedTask struct {
	Tasked
	Led bool // a controller leads the run
}

// offeredTask reads what a worker must know of a task.
func offeredTask(run string, position int, into *OfferedTask) *command {
	return &command{values: []any{run, position}, text: `SELECT ` + deviceColumns + `, task, task_state, ` + isHeld + `,
		EXISTS (SELECT 1 FROM runs JOIN leases ON leases.name = runs.id
			WHERE runs.id = run_devices.run AND runs.state = 'running' AND leases.scope = 'run' AND leases.expires > {now})
		FROM run_devices WHERE run = $1 AND position = $2`,
		read: func(row scanner) (err error) {
			into.Device, err = scanDevice(row, &into.Task.Kind, &into.Task.State, &into.Task.Alive, &into.Led)
			return err
		}}
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

// isTakeable is the condition that a task still wants a worker.
const isTakeable = `task_state IN ('ordered', 'refused', 'taken')`

// TakeTask records that a worker starts a task; ErrNoTask if it is no longer wanted.
func (w Writer) TakeTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "taken", isTakeable)
}

// StartTask is TakeTask and Start at once.
func (w Writer) StartTask(ctx context.Context, run string, position int, kind string) error {
	return w.changeTask(ctx, run, position, kind, "taken", isTakeable, w.lease.Epoch)
}

// FinishTask records that a worker has finished its task, and releases the task's lease; ErrNoTask if it was ordered
// again meanwhile. The documents are stored with it, also then.
// docs/design/records.md: A task's document and its end are one write
func (w Writer) FinishTask(ctx context.Context, run string, position int, kind string, documents ...Document) error {
	s := w.store
	end := w.taskChange(run, position, kind, "done", `task_state IN ('taken', 'done')`)
	var puts []*command
	for _, what := range documents {
		puts = append(puts, w.deviceChange(run, position, what))
	}
	commands := append(slices.Clone(puts), end)
	if w.lease.Device != "" {
		commands = append(commands, extensions([]Lease{w.lease}, 0)...)
	}
	if err := s.commit(ctx, false, append(commands, s.news(run, position)...)...); err != nil {
		return s.failed("write the task to", err)
	}
	for _, put := range puts {
		if err := w.deviceChanged(ctx, put); err != nil {
			return err
		}
	}
	return w.taskChanged(ctx, end)
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

// changeTask also starts the device if an epoch is given.
func (w Writer) changeTask(ctx context.Context, run string, position int, kind, state, from string,
	epoch ...int64) error {
	s := w.store
	change := w.taskChange(run, position, kind, state, from, epoch...)
	if err := s.commit(ctx, false, append([]*command{change}, s.news(run, position)...)...); err != nil {
		return s.failed("write the task to", err)
	}
	return w.taskChanged(ctx, change)
}

func (w Writer) taskChange(run string, position int, kind, state, from string, epoch ...int64) *command {
	values, set := append(w.lease.key(), run, position, kind, state), `task_state = $9`
	if len(epoch) > 0 {
		values, set = append(values, epoch[0]), set+`, state = 'running', ended = 0, epoch = $10`
	}
	return &command{values: values, text: fenceKept + `UPDATE run_devices SET ` + set + `
		WHERE run = $6 AND position = $7 AND task = $8 AND ` + from + ` AND ` + unfenced}
}

func (w Writer) taskChanged(ctx context.Context, change *command) error {
	if change.changed > 0 {
		return nil
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
