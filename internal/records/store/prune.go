package store

import (
	"context"
	"fmt"
	"time"
)

// Prune deletes the runs that ended before a given time, with their devices, and returns their number. It keeps the
// latest state of each address for fleet reports, the evidence (events, artifacts and the marks of used plans), runs
// that may still be approved or carried out, and the plans of runs that are not over.
func (s *Store) Prune(ctx context.Context, before time.Time) (runs int, err error) {
	changed, err := s.execute(ctx, s.synced, `DELETE FROM runs
		WHERE ended > 0 AND ended < $1
		AND (state NOT IN ('running', 'paused', 'waiting', 'approved')
			OR state IN ('waiting', 'approved') AND `+tooOld("$1")+`)
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.plan_run = runs.id AND r.state IN ('running', 'paused'))
		AND NOT EXISTS (SELECT 1 FROM run_devices d WHERE d.run = runs.id AND d.state = 'done'
			AND NOT EXISTS (SELECT 1 FROM run_devices n WHERE n.url = d.url AND n.state = 'done'
				AND (n.ended, n.run) > (d.ended, d.run)))`, micros(before))
	if err != nil {
		return 0, s.failed("delete runs from", err)
	}
	// The leases of devices stay, so that their epochs never fall.
	if _, err := s.execute(ctx, s.writes, `DELETE FROM leases WHERE (scope = 'run' OR name LIKE 'task %')
		AND expires <= {now} AND run NOT IN (SELECT id FROM runs)`); err != nil {
		return int(changed), s.failed("delete leases from", err)
	}
	if s.Shared() || changed == 0 {
		return int(changed), nil // PostgreSQL cleans up by itself
	}
	return int(changed), s.giveSpaceBack(ctx)
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
