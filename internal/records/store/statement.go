package store

import (
	"context"
	"database/sql"
	"sync"
)

// statement is a prepared query.
type statement interface {
	ExecContext(ctx context.Context, values ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, values ...any) *sql.Row
}

// statements caches a store's statements: SQLite parses slower than it runs; PostgreSQL's driver has a cache.
type statements struct {
	mutex sync.Mutex
	known map[question]*sql.Stmt
}

type question struct {
	db    *sql.DB
	query string
}

func (s *Store) statement(ctx context.Context, db *sql.DB, query string) (statement, error) {
	if s.Shared() {
		return unprepared{db, s.sql(query)}, nil
	}
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

// unprepared passes a query directly to the driver.
type unprepared struct {
	db    *sql.DB
	query string
}

func (u unprepared) ExecContext(ctx context.Context, values ...any) (sql.Result, error) {
	return u.db.ExecContext(ctx, u.query, values...)
}

func (u unprepared) QueryRowContext(ctx context.Context, values ...any) *sql.Row {
	return u.db.QueryRowContext(ctx, u.query, values...)
}
