package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Prune deletes the devices of the runs that ended before a given time, and each run that has none left, and returns
// the number of runs. Of each address it keeps the newest result and the newest reading, for lists of devices, unless
// they are forgotten. It keeps the evidence (events and artifacts) too, runs that may still be approved or carried out, and
// the plans of runs that are not over. A mark of a used plan goes once it is older than OldestPlan, too.
// docs/design/records.md: Prune deletes devices of runs
func (s *Store) Prune(ctx context.Context, before time.Time) (runs int, err error) {
	devices := 0
	err = s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error {
		runs, devices, err = s.prune(ctx, tx, before)
		return err
	})
	if err != nil {
		return 0, s.failed("delete runs from", err)
	}
	marks := `DELETE FROM used_plans WHERE time < $1 AND time < {now} - $2`
	if _, err := s.execute(ctx, s.synced, marks, micros(before), OldestPlan.Microseconds()); err != nil {
		return runs, s.failed("delete marks from", err)
	}
	// The leases of devices stay, so that their epochs never fall.
	if _, err := s.execute(ctx, s.writes, `DELETE FROM leases WHERE (scope = 'run' OR name LIKE 'task %')
		AND expires <= {now} AND run NOT IN (SELECT id FROM runs)`); err != nil {
		return runs, s.failed("delete leases from", err)
	}
	if s.Shared() || runs+devices == 0 {
		return runs, nil // PostgreSQL cleans up by itself
	}
	return runs, s.giveSpaceBack(ctx)
}

// giveSpaceBack makes the file small again. VACUUM writes the whole store into the log, and only a checkpoint that
// truncates gives the space of both back while another process has the store open.
func (s *Store) giveSpaceBack(ctx context.Context) error {
	for _, statement := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.synced.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("give the space back: %w", s.failed("write", err))
		}
	}
	return nil
}

// prunable is the condition of the runs, by their end and what may still be done with their plans.
var prunable = `ended > 0 AND ended < $1
	AND (state NOT IN ('running', 'paused', 'waiting', 'approved') OR state IN ('waiting', 'approved') AND ` + tooOld("$1") + `)
	AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.plan_run = runs.id AND r.state IN ('running', 'paused'))`

// superfluous is the condition of the rows of devices with something newer to show.
const (
	superfluous = `(forgotten = 1 OR NOT (` + newestEnded + `) AND NOT (` + newestRead + `))`
	newestEnded = `state = 'done' AND NOT EXISTS (SELECT 1 FROM run_devices n WHERE n.url = run_devices.url
		AND n.state = 'done' AND n.forgotten = 0
		AND (n.ended, n.run, n.position) > (run_devices.ended, run_devices.run, run_devices.position))`
	newestRead = `known_at > 0 AND NOT EXISTS (SELECT 1 FROM run_devices n WHERE n.url = run_devices.url
		AND n.known_at > 0 AND n.forgotten = 0
		AND (n.known_at, n.run, n.position) > (run_devices.known_at, run_devices.run, run_devices.position))`
)

func (s *Store) prune(ctx context.Context, tx *sql.Tx, before time.Time) (runs, devices int, err error) {
	changed := func(statement string) (n int, err error) {
		result, err := tx.ExecContext(ctx, statement, micros(before))
		if err != nil {
			return 0, err
		}
		rows, err := result.RowsAffected()
		return int(rows), err
	}
	if _, err = changed(`UPDATE runs SET pruned = pruned + (SELECT count(*) FROM run_devices
		WHERE run = runs.id AND ` + superfluous + `) WHERE ` + prunable); err != nil {
		return 0, 0, err
	}
	devices, err = changed(`DELETE FROM run_devices
		WHERE run IN (SELECT id FROM runs WHERE pruned > 0 AND ` + prunable + `) AND ` + superfluous)
	if err != nil {
		return 0, 0, err
	}
	runs, err = changed(`DELETE FROM runs WHERE ` + prunable + `
		AND NOT EXISTS (SELECT 1 FROM run_devices d WHERE d.run = runs.id)`)
	return runs, devices, err
}
