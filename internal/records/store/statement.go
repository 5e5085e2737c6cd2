package store

import (
	"context"
	"database/sql"
	"sync"
)

// statements caches a store's statements: SQLite parses slower than it runs; PostgreSQL's driver has a cache.
type statements struct {
	mutex sync.Mutex
	known map[question]*sql.Stmt
}

type question struct {
	db    *sql.DB
	query string
}

// row asks for one row.
func (s *Store) row(ctx context.Context, query string, values ...any) (scanner, error) {
	if s.Shared() {
		return s.reads.QueryRowContext(ctx, s.sql(query), values...), nil
	}
	statement, err := s.statement(ctx, s.reads, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryRowContext(ctx, values...), nil
}

// statement is for SQLite.
func (s *Store) statement(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	asked := question{db, query}
	if known, ok := s.statements.find(asked); ok {
		return known, nil
	}
	prepared, err := db.PrepareContext(ctx, s.sql(query)) // waits for a connection, so it runs without the lock
	if err != nil {
		return nil, err
	}
	return s.statements.keep(asked, prepared), nil
}

func (k *statements) find(asked question) (*sql.Stmt, bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	known, ok := k.known[asked]
	return known, ok
}

// keep returns the first statement prepared for a question; the database closes it.
func (k *statements) keep(asked question, prepared *sql.Stmt) *sql.Stmt {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if known, ok := k.known[asked]; ok {
		_ = prepared.Close()
		return known
	}
	if k.known == nil {
		k.known = map[question]*sql.Stmt{}
	}
	k.known[asked] = prepared
	return prepared
}
