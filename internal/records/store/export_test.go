package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"github.com/acfix/acfix/internal/gather"
)

// Writes lets tests reach past the store's own statements.
func (s *Store) Writes() *sql.DB { return s.writes }

// Holds returns nil while a lease is valid.
func (s *Store) Holds(ctx context.Context, lease Lease) error {
	var one int
	err := s.reads.QueryRowContext(ctx, s.sql(`SELECT 1 FROM leases WHERE `+valid), lease.key()...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrFenced
	}
	return s.failed("read a lease from", err)
}

// CountCommits returns what counts the groups of writes from now on.
func (s *Store) CountCommits() func() int {
	var groups atomic.Int64
	s.gathered = gather.New(windowShared, mostGathered, 1, func(portions []*portion) {
		groups.Add(1)
		s.commitAll(portions)
	})
	return func() int { return int(groups.Load()) }
}

// WriteNonsense writes what both databases refuse.
func (s *Store) WriteNonsense(ctx context.Context) error {
	_, err := s.execute(ctx, s.writes, "INSERT INTO schema_version VALUES (NULL)")
	return err
}
