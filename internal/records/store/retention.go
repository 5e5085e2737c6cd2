package store

import (
	"context"
	"time"
)

// The epoch of one row of leases is the newest planned time of the retention that a scheduler has taken.

// TakeRetention takes a planned time of the retention, and reports false if another scheduler took it, or a later one.
// A time on record that is still to come, from a clock that was wrong, holds up none.
func (s *Store) TakeRetention(ctx context.Context, planned, now time.Time) (taken bool, err error) {
	changed, err := s.execute(ctx, s.synced, `INSERT INTO leases (scope, name, holder, run, epoch, expires)
		VALUES ('retention', 'serve', '', '', $1, 0)
		ON CONFLICT (scope, name) DO UPDATE SET epoch = $1 WHERE leases.epoch < $1 OR leases.epoch > $2`,
		micros(planned), micros(now.Add(ClockSlack)))
	return changed > 0, s.failed("take the retention in", err)
}

// RetentionTaken returns the newest planned time of the retention that a scheduler has taken; zero if none has.
func (s *Store) RetentionTaken(ctx context.Context) (time.Time, error) {
	var planned int64
	err := s.reads.QueryRowContext(ctx,
		`SELECT coalesce(max(epoch), 0) FROM leases WHERE scope = 'retention'`).Scan(&planned)
	return moment(planned), s.failed("read the retention from", err)
}

// DeleteArtifact deletes an artifact that was seen under the lease; ErrFenced once that has ended.
func (s *Store) DeleteArtifact(ctx context.Context, id int64, lease Lease) error {
	deleting := &command{
		text: fence + `DELETE FROM artifacts WHERE id = $6 AND ` + unfenced, values: append(lease.key(), id),
	}
	switch err := s.commit(ctx, true, deleting); {
	case err != nil:
		return s.failed("delete a backup from", err)
	case deleting.changed == 0:
		return ErrFenced
	}
	return nil
}
