package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"
)

// schema holds the tables as numbered steps. A released step is never changed.
//
//go:embed schema/*.sql
var schema embed.FS

// makeTables makes missing tables, unless the database has another program's tables.
func (s *Store) makeTables(ctx context.Context) error {
	if _, err := s.version(ctx, s.reads); err != nil && s.dialect.tableless(err) {
		if err := s.mayMake(ctx); err != nil {
			return err
		}
	}
	if !s.Shared() {
		if err := keepPrivate(s.place); err != nil {
			return err
		}
	}
	return s.migrate(ctx)
}

// migrate brings the tables up to date. All steps are one transaction under one lock, so that
// several processes can open a new store at once and none sees half of it.
// docs/design/records.md: One schema text serves both databases
func (s *Store) migrate(ctx context.Context) error {
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	switch version, err := s.version(ctx, s.reads); {
	case err == nil && version == len(steps):
		return nil
	case err == nil && version > len(steps): // before anything is changed in it
		return newer(version, len(steps))
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.inTransaction(ctx, s.synced, func(tx *sql.Tx) error { return s.climb(ctx, tx, steps) })
}

func newer(version, known int) error {
	return fmt.Errorf("%w: its tables have version %d, this acfix knows %d", ErrNewer, version, known)
}

// mayMake refuses a file with another program's tables, to damage neither. A PostgreSQL database may be shared.
func (s *Store) mayMake(ctx context.Context) error {
	if s.Shared() {
		return nil
	}
	var tables int
	// In one query: another process may be making our tables.
	err := s.reads.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master
		WHERE NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_version')`).Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	return fmt.Errorf("%w: it is a database of another program", ErrForeign)
}

// catchUp brings the tables of an existing store up to date.
func (s *Store) catchUp(ctx context.Context) error {
	version, err := s.version(ctx, s.reads)
	switch {
	case err != nil && s.dialect.tableless(err):
		if err := s.mayMake(ctx); err != nil {
			return err
		}
		return fmt.Errorf("%w: it has no tables", ErrMissing)
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("%w: its tables are not made yet", ErrMissing)
	default:
		return s.migrate(ctx)
	}
}

// prepare sets what cannot be set within a transaction; SQLite keeps it in the file. If another
// process does the same at once, SQLite refuses immediately instead of waiting.
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
		return newer(version, len(steps))
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
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
