package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"
)

// schema holds the tables as numbered steps. A step that was released is never changed.
//
//go:embed schema/*.sql
var schema embed.FS

// migrate brings the tables up to date. All steps are one transaction under one lock, so
// that several processes may open a fresh store at once, and none sees half of it.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	if version, err := s.version(ctx, s.reads); err == nil && version == len(steps) {
		return nil
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error {
		return s.climb(ctx, tx, steps)
	})
}

// prepare sets what can't be set within a transaction; SQLite keeps it in the file. While
// another process does the same, SQLite refuses at once instead of waiting.
func (s *Store) prepare(ctx context.Context) error {
	if s.Shared() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := s.synced.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if s.dialect.kind(err) != ErrDown {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(again):
		}
	}
}

func (s *Store) climb(ctx context.Context, tx *sql.Tx, steps []string) error {
	for _, statement := range []string{
		s.sql("{migration lock}"),
		"CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	version, err := s.version(ctx, tx)
	if err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("%w: its tables have version %d, this acfix knows %d", ErrNewer, version, len(steps))
	}
	for _, step := range steps[version:] {
		if err := s.step(ctx, tx, step); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) step(ctx context.Context, tx *sql.Tx, name string) error {
	text, err := schema.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.sql(string(text))); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO schema_version SELECT coalesce(max(version), 0) + 1 FROM schema_version")
	return err
}

// asker is a database or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, query string, values ...any) *sql.Row
}

func (s *Store) version(ctx context.Context, from asker) (version int, err error) {
	err = from.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&version)
	return version, err
}

func (s *Store) inTransaction(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
