package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/acfix/acfix/internal/gather"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// command is a statement of a transaction. Its text must be one of few: they are cached.
type command struct {
	text   string
	values []any
	// read is called for each row that the statement returns; nil if it returns none. When the statement is repeated,
	// begin comes before its rows.
	read  func(scanner) error
	begin func()

	changed int64 // rows, or those that were read
}

// portion is what one caller writes at once: all of its commands or none.
type portion struct {
	commands []*command
	synced   bool // it must survive a power cut before its caller goes on
	err      error
}

// How portions are gathered: within a window, into one transaction.
const (
	windowHere    = 2 * time.Millisecond // SQLite
	windowShared  = 8 * time.Millisecond // PostgreSQL: a commit there is a sync and a round trip for many processes
	mostGathered  = 64
	sharedAtOnce  = 2           // transactions; one that hangs does not hold up the others
	longestCommit = time.Minute // longer than SQLite's own patience
)

func (s *Store) startGathering() {
	window, atOnce := windowHere, 1 // SQLite has one writer
	if s.Shared() {
		window, atOnce = windowShared, sharedAtOnce
	}
	s.gathered = gather.New(window, mostGathered, atOnce, s.commitAll)
}

// commit writes the commands in one transaction, which others may share, and returns after it has been committed.
// Once ctx has ended, it is unknown whether they were carried out.
// docs/design/records.md: What many devices write at once is one transaction
func (s *Store) commit(ctx context.Context, synced bool, commands ...*command) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own := &portion{commands: commands, synced: synced}
	select {
	case <-s.gathered.Add(own):
		return own.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commitAll tries all portions in one transaction. If one of them fails, each gets a transaction of its own, so that it
// fails alone; if the database is away, all have failed.
func (s *Store) commitAll(portions []*portion) {
	ctx := context.Background()
	err := s.attempt(ctx, portions...)
	if err == nil {
		return
	}
	if len(portions) == 1 || s.dialect.kind(err) == ErrDown {
		for _, p := range portions {
			p.err = err
		}
		return
	}
	for _, p := range portions {
		p.err = s.attempt(ctx, p)
	}
}

func (s *Store) attempt(ctx context.Context, portions ...*portion) error {
	ctx, cancel := context.WithTimeout(ctx, longestCommit)
	defer cancel()
	if s.pool != nil {
		return s.inOneBatch(ctx, portions)
	}
	return s.inOneTransaction(ctx, portions)
}

// inOneBatch sends all commands in one round trip. PostgreSQL carries a batch out as one transaction.
func (s *Store) inOneBatch(ctx context.Context, portions []*portion) error {
	batch := &pgx.Batch{}
	for _, p := range portions {
		for _, c := range p.commands {
			queued := batch.Queue(s.sql(c.text), c.values...)
			if c.read != nil {
				queued.Query(func(found pgx.Rows) error { return c.scan(found) })
			} else {
				queued.Exec(c.count)
			}
		}
	}
	return s.pool.SendBatch(ctx, batch).Close()
}

func (c *command) count(tag pgconn.CommandTag) error {
	c.changed = tag.RowsAffected()
	return nil
}

// rows are those of either driver.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

func (c *command) scan(found rows) error {
	c.changed = 0
	if c.begin != nil {
		c.begin()
	}
	for found.Next() {
		c.changed++
		if err := c.read(found); err != nil {
			return err
		}
	}
	return found.Err()
}

func (s *Store) inOneTransaction(ctx context.Context, portions []*portion) error {
	db := s.writes
	for _, p := range portions {
		if p.synced {
			db = s.synced
		}
	}
	prepared, err := s.prepared(ctx, db, portions) // the transaction has the only connection
	if err != nil {
		return err
	}
	return s.inTransaction(ctx, db, func(tx *sql.Tx) error {
		for _, p := range portions {
			for _, c := range p.commands {
				if err := c.run(ctx, tx.StmtContext(ctx, prepared[c.text])); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Store) prepared(ctx context.Context, db *sql.DB, portions []*portion) (map[string]*sql.Stmt, error) {
	prepared := map[string]*sql.Stmt{}
	for _, p := range portions {
		for _, c := range p.commands {
			statement, err := s.statement(ctx, db, c.text)
			if err != nil {
				return nil, err
			}
			prepared[c.text] = statement
		}
	}
	return prepared, nil
}

func (c *command) run(ctx context.Context, statement *sql.Stmt) error {
	if c.read != nil {
		found, err := statement.QueryContext(ctx, c.values...)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		return c.scan(found)
	}
	result, err := statement.ExecContext(ctx, c.values...)
	if err != nil {
		return err
	}
	c.changed, err = result.RowsAffected()
	return err
}

// gathered is selectAll within the next transaction.
func gathered[T any](ctx context.Context, s *Store, scan func(scanner) (T, error), query string,
	values ...any) ([]T, error) {
	var all []T
	question := &command{text: query, values: values, begin: func() { all = nil }, read: func(row scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}}
	if err := s.commit(ctx, false, question); err != nil {
		return nil, err // all may still be written to
	}
	return all, nil
}
