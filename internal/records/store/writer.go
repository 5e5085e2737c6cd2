package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Writer records the progress of a run and its devices. One from Store.Under returns ErrFenced once another process
// has taken over its lease. A lease that has merely ended still allows writes: after an outage its holder may record
// a device's result before regaining it. Other errors: ErrUnknownRun, ErrUnknownDevice.
type Writer struct {
	store *Store
	lease Lease
}

// Under returns a Writer bound to the lease of a task or of a run's controller.
func (s *Store) Under(lease Lease) Writer { return Writer{store: s, lease: lease} }

// Start records that work on a device begins and under which epoch of the lease.
func (w Writer) Start(ctx context.Context, run string, position int) error {
	return w.changeDevice(ctx, run, position, `state = 'running', ended = 0, epoch = $8`, w.lease.Epoch)
}

// Document is what a device's work brought: a plan or a result.
type Document struct {
	set    string
	values []any
}

// PlanOf is a device's plan and what the reading found; it discards an earlier result. In a run that only plans, the
// device is then done; in others, a device that EndPlanned had ended waits again. A plan without a reading leaves what
// an earlier reading found. In a run by another policy than the fleet's, lists of devices leave it out.
func PlanOf(sight Sight, plan json.RawMessage, at time.Time) Document {
	return Document{`serial = $8, mac = $9, verdict = $10, plan = $11, status = '', result = NULL,
		state = CASE (SELECT action FROM runs WHERE id = run_devices.run) WHEN 'plan' THEN 'done'
			ELSE CASE WHEN state = 'done' AND status = '' THEN 'waiting' ELSE state END END,
		ended = CASE (SELECT action FROM runs WHERE id = run_devices.run) WHEN 'plan' THEN $12 ELSE ended END,
		known_plan = CASE WHEN ` + isReading + ` THEN NULL WHEN known_at > 0 THEN coalesce(known_plan, plan) END,
		known = CASE WHEN ` + isReading + ` THEN $10 ELSE known END,
		known_at = CASE WHEN ` + isReading + ` THEN $12 ELSE known_at END, forgotten = ` + otherPolicy,
		[]any{text(sight.Serial), text(sight.MAC), sight.Verdict, document(plan), micros(at), number(sight.Read)}}
}

// otherPolicy is 1 for the devices of a run by another policy than the fleet's own.
const otherPolicy = `(SELECT other_policy FROM runs WHERE id = run_devices.run)`

// isReading is the condition under which the plan of PlanOf is what is last known of the device.
const isReading = `$13 = 1 AND ` + otherPolicy + ` = 0`

// Outcome is the word of a result.
type Outcome struct {
	Status string
	// Known is the verdict that the device has by the result; "" where the result says nothing of the device.
	Known string
	// Written reports that something was written to the device: by whichever policy, lists of devices then show it.
	Written bool
}

// ResultOf is the result of a device, which ends it.
func ResultOf(outcome Outcome, result json.RawMessage, at time.Time) Document {
	return Document{`status = $8, result = $9, state = 'done', ended = $10,
		forgotten = CASE WHEN $12 = 1 THEN 0 ELSE ` + otherPolicy + ` END,
		known = CASE WHEN ` + saysNothing + ` THEN known ELSE $11 END,
		known_at = CASE WHEN ` + saysNothing + ` THEN known_at ELSE $10 END`,
		[]any{outcome.Status, document(result), micros(at), outcome.Known, number(outcome.Written)}}
}

// saysNothing is the condition under which the result of ResultOf leaves what is last known of the device.
const saysNothing = `$11 = '' OR ` + otherPolicy + ` = 1`

// PutPlan stores a device's plan, as PlanOf has it.
func (w Writer) PutPlan(ctx context.Context, run string, sight Sight, plan json.RawMessage, at time.Time) error {
	return w.Put(ctx, run, sight.Position, PlanOf(sight, plan, at))
}

// PutResult stores the result of a device and ends it.
func (w Writer) PutResult(ctx context.Context, run string, position int, outcome Outcome, result json.RawMessage,
	at time.Time) error {
	return w.Put(ctx, run, position, ResultOf(outcome, result, at))
}

// Put stores a document of a device.
func (w Writer) Put(ctx context.Context, run string, position int, what Document) error {
	return w.changeDevice(ctx, run, position, what.set, what.values...)
}

// EndPlanned ends the planned devices of a run on which no work has started, except those with the verdict still.
func (w Writer) EndPlanned(ctx context.Context, run, still string, at time.Time) error {
	s := w.store
	_, err := s.execute(ctx, s.writes, fenceKept+`UPDATE run_devices SET state = 'done', ended = $7
		WHERE run = $6 AND state = 'waiting' AND plan IS NOT NULL AND verdict <> $8 AND `+unfenced,
		append(w.lease.key(), run, micros(at), still)...)
	return s.failed("write the devices to", err)
}

func (w Writer) changeDevice(ctx context.Context, run string, position int, set string, values ...any) error {
	change := w.deviceChange(run, position, Document{set, values})
	if err := w.store.commit(ctx, false, change); err != nil {
		return w.store.failed("write the device to", err)
	}
	return w.deviceChanged(ctx, change)
}

func (w Writer) deviceChange(run string, position int, what Document) *command {
	return &command{text: fenceKept + `UPDATE run_devices SET ` + what.set + `
		WHERE run = $6 AND position = $7 AND ` + unfenced,
		values: append(append(w.lease.key(), run, position), what.values...)}
}

func (w Writer) deviceChanged(ctx context.Context, change *command) error {
	if change.changed > 0 {
		return nil
	}
	if err := w.fenced(ctx); err != nil {
		return err
	}
	return ErrUnknownDevice
}

// EndRun records how a run ended. A plan that ends supersedes the waiting ones of its job.
func (w Writer) EndRun(ctx context.Context, id string, state RunState, exit int, reason string, at time.Time) error {
	return w.endRun(ctx, id, state, exit, reason, at, func(tx *sql.Tx) error {
		if err := noteTaken(ctx, tx, id, state); err != nil {
			return err
		}
		if state != RunWaiting && state != RunDone {
			return nil
		}
		return supersede(ctx, tx, at)
	})
}

// EndUnwritten records how a run ended that wrote nothing, and makes the plan that it took approved again, with what
// became of it as the plan's reason.
func (w Writer) EndUnwritten(
	ctx context.Context, id string, state RunState, exit int, reason string, at time.Time, plan, became string,
) error {
	return w.endRun(ctx, id, state, exit, reason, at, func(tx *sql.Tx) error {
		return w.store.giveBack(ctx, tx, plan, id, became)
	})
}

func (w Writer) endRun(
	ctx context.Context, id string, state RunState, exit int, reason string, at time.Time, also func(*sql.Tx) error,
) error {
	s, changed := w.store, int64(0)
	values := append(w.lease.key(), id, state, exit, text(reason), micros(at))
	err := s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, s.sql(fenceKept+`UPDATE runs
			SET state = $7, exit = $8, reason = $9, ended = $10 WHERE id = $6 AND `+unfenced), values...)
		if err != nil {
			return err
		}
		if changed, err = result.RowsAffected(); err != nil || changed == 0 {
			return err
		}
		return also(tx)
	})
	if err != nil || changed > 0 {
		return s.failed("write the run to", err)
	}
	if err := w.fenced(ctx); err != nil {
		return err
	}
	return ErrUnknownRun
}

// fenced reports whether a write failed because of the lease.
// docs/design/records.md: A lease guards a write within the same statement
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
