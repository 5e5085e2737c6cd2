package store

import (
	"context"
	"database/sql"
	"sync"
)

// statement is a query that was made ready, and may run many times.
type statement interface {
	ExecContext(ctx context.Context, values ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, values ...any) *sql.Row
}

// statements are those of one store. SQLite takes longer to understand a query than to carry
// it out; PostgreSQL's driver keeps what it has prepared by itself.
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
	s.statements.mutex.Lock()
	defer s.statements.mutex.Unlock()
	asked := question{db, query}
	if known, ok := s.statements.known[asked]; ok {
		return known, nil
	}
	prepared, err := db.PrepareContext(ctx, s.sql(query)) // closed with db
	if err != nil {
		return nil, err
	}
	if s.statements.known == nil {
		s.statements.known = map[question]*sql.Stmt{}
	}
	s.statements.known[asked] = prepared
	return prepared, nil
}

// unprepared is a query that goes to the driver as it is.
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
