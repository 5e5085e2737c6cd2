package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// Use is the single use of a saved plan on a device.
type Use struct {
	Plan    string   // ID
	Devices []string // all names of the device
	// Run and Process, which identifies exactly one process, distinguish a retry from a second use.
	Run, Process string
	Time         time.Time
}

// OldestPlan is how old a saved plan may be at the most when it is carried out, whatever --max-age says. Marks of older
// plans matter no more.
const OldestPlan = 366 * 24 * time.Hour

// UsePlan marks a plan as used on a device. If several processes try, one succeeds and the others get ErrUsed; a
// retry of the same use succeeds again. When it returns nil, the mark survives a power cut.
// docs/design/records.md: The store knows where a plan was used
func (s *Store) UsePlan(ctx context.Context, use Use) error {
	err := s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error { return s.usePlan(ctx, tx, use) })
	if errors.Is(err, ErrUsed) {
		return ErrUsed
	}
	return s.failed("mark the plan as used in", err)
}

func (s *Store) usePlan(ctx context.Context, tx *sql.Tx, use Use) error {
	devices := slices.Compact(slices.Sorted(slices.Values(use.Devices))) // in one order, or two would deadlock
	const width = 5
	values := make([]any, 0, len(devices)*width)
	for _, device := range devices {
		values = append(values, use.Plan, device, use.Run, use.Process, micros(use.Time))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO used_plans (plan, device, run, process, time)
		VALUES `+rowsOf(len(devices), width)+` ON CONFLICT DO NOTHING`, values...)
	if err != nil {
		return err
	}
	ours := 0
	values = append([]any{use.Plan, use.Run, use.Process}, anyOf(devices)...)
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM used_plans WHERE plan = $1 AND run = $2 AND process = $3
		AND device IN (`+listOf(4, len(devices))+`)`, values...).Scan(&ours)
	if err != nil || ours == len(devices) {
		return err
	}
	return ErrUsed // the rollback removes the new marks
}

// PlanUsed reports whether a plan was carried out on a device, under any of its names.
func (s *Store) PlanUsed(ctx context.Context, plan string, devices ...string) (used bool, err error) {
	err = s.reads.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM used_plans WHERE plan = $1
		AND device IN (`+listOf(2, len(devices))+`))`, append([]any{plan}, anyOf(devices)...)...).Scan(&used)
	return used, s.failed("read the marks of used plans from", err)
}

func anyOf(texts []string) []any {
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return values
}
