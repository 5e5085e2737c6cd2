package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Writer writes what becomes of a run and its devices. That of Store.Under writes until somebody
// else takes its lease over, and returns ErrFenced afterwards. That the lease has ended is not
// enough: after an outage who had it may tell what came of a device, before there was time to
// regain it. Other errors: ErrUnknownRun, ErrUnknownDevice.
type Writer struct {
	store *Store
	lease Lease
}

// Under returns a Writer bound to a lease, of a task or of a run's controller.
func (s *Store) Under(lease Lease) Writer { return Writer{store: s, lease: lease} }

// Start notes that work on a device begins, and the epoch of the lease.
func (w Writer) Start(ctx context.Context, run string, position int) error {
	return w.changeDevice(ctx, run, position, `state = 'running', ended = 0, epoch = $8`, w.lease.Epoch)
}

// PutPlan keeps the plan of a device, and what a look at it tells; a result from before it counts no more. In a run that
// only plans, that ends the device; in others, one that EndPlanned had ended waits again.
func (w Writer) PutPlan(ctx context.Context, run string, sight Sight, plan json.RawMessage, at time.Time) error {
	return w.changeDevice(ctx, run, sight.Position, `serial = $8, mac = $9, verdict = $10, plan = $11, status = '', result = NULL,
		state = CASE (SELECT action FROM runs WHERE id = run_devices.run) WHEN 'plan' THEN 'done'
			ELSE CASE WHEN state = 'done' AND status = '' THEN 'waiting' ELSE state END END,
		ended = CASE (SELECT action FROM runs WHERE id = run_devices.run) WHEN 'plan' THEN $12 ELSE ended END`,
		text(sight.Serial), text(sight.MAC), sight.Verdict, document(plan), micros(at))
}

// PutResult keeps the result of a device and ends it.
func (w Writer) PutResult(ctx context.Context, run string, position int, status string, result json.RawMessage, at time.Time) error {
	return w.changeDevice(ctx, run, position, `status = $8, result = $9, state = 'done', ended = $10`,
		status, document(result), micros(at))
}

// EndPlanned ends the devices of a run that have a plan and were not begun with, but for those
// with the verdict that something is still to be done.
func (w Writer) EndPlanned(ctx context.Context, run, still string, at time.Time) error {
	s := w.store
	_, err := s.execute(ctx, s.writes, fenceKept+`UPDATE run_devices SET state = 'done', ended = $7
		WHERE run = $6 AND state = 'waiting' AND plan IS NOT NULL AND verdict <> $8 AND `+unfenced,
		append(w.lease.key(), run, micros(at), still)...)
	return s.failed("write the devices to", err)
}

func (w Writer) changeDevice(ctx context.Context, run string, position int, set string, values ...any) error {
	s := w.store
	values = append(append(w.lease.key(), run, position), values...)
	changed, err := s.execute(ctx, s.writes, fenceKept+`UPDATE run_devices SET `+set+`
		WHERE run = $6 AND position = $7 AND `+unfenced, values...)
	if err != nil || changed > 0 {
		return s.failed("write the device to", err)
	}
	if err := w.fenced(ctx); err != nil {
		return err
	}
	return ErrUnknownDevice
}

// EndRun notes how a run ended.
func (w Writer) EndRun(ctx context.Context, id string, state RunState, exit int, reason string, at time.Time) error {
	return w.changeRun(ctx, id, `state = $7, exit = $8, reason = $9, ended = $10`, state, exit, text(reason), micros(at))
}

func (w Writer) changeRun(ctx context.Context, id, set string, values ...any) error {
	s := w.store
	values = append(append(w.lease.key(), id), values...)
	changed, err := s.execute(ctx, s.synced, fenceKept+`UPDATE runs SET `+set+` WHERE id = $6 AND `+unfenced, values...)
	if err != nil || changed > 0 {
		return s.failed("write the run to", err)
	}
	if err := w.fenced(ctx); err != nil {
		return err
	}
	return ErrUnknownRun
}

// fenced tells whether it was the lease that a write failed by.
func (w Writer) fenced(ctx context.Context) error {
	if w.lease == (Lease{}) {
		return nil
	}
	var one int
	err := w.store.reads.QueryRowContext(ctx, `SELECT 1 FROM leases WHERE `+owned, w.lease.key()...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrFenced
	}
	return w.store.failed("read a lease from", err)
}
