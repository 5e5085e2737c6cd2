package store

import (
	"context"
	"database/sql"
	"errors"
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
