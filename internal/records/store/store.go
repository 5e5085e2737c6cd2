// Package store keeps runs, their devices, journal events and artifacts in a database: SQLite for
// one machine, PostgreSQL for several. The content of plans, results and events is opaque to it.
//
// It also issues leases: exclusive rights to write to a device or control a run, timed by the database's clock.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/gather"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is an open database. A Store is safe for concurrent use, and several processes may use its database.
type Store struct {
	Writer // writes without a lease

	reads  *sql.DB
	writes *sql.DB
	synced *sql.DB // its writes survive a power cut

	gathered   *gather.Gatherer[*portion]
	tenures    tenures
	statements statements // of SQLite
	dialect    dialect
	place      string        // the file of SQLite; PostgreSQL
	pool       *pgxpool.Pool // of PostgreSQL
}

// dialect holds the differences between the two databases.
type dialect struct {
	words  *strings.Replacer
	shared bool
	kind   func(error) error // maps a driver's error to one of our kinds, or nil
	// tableless reports whether an error says that a table does not exist.
	tableless func(error) bool
}

// Open opens the store at a URL, "sqlite:PATH" or "postgres://…", makes what is missing, and brings
// its tables up to date. Errors: ErrBadURL, ErrForeign, ErrNewer, ErrDamaged, ErrRefused,
// ErrUntrusted, ErrFull, ErrReadOnly, ErrDown. None of them contains the URL's password.
func Open(ctx context.Context, url string) (*Store, error) {
	return open(ctx, url, (*Store).makeTables, makePrivate)
}

// OpenExisting opens a store for a reader: it makes neither a file nor a table, but updates the
// tables of an earlier acfix. Errors: those of Open, and ErrMissing.
func OpenExisting(ctx context.Context, url string) (*Store, error) {
	return open(ctx, url, (*Store).catchUp, mustExist)
}

func open(ctx context.Context, url string, tables func(*Store, context.Context) error,
	file func(path string) error) (*Store, error) {
	s, err := connect(ctx, url, file)
	if err != nil {
		return nil, err
	}
	s.Writer.store = s
	s.startGathering()
	if err := tables(s, ctx); err != nil {
		_ = s.Close()
		return nil, s.failed("open the store in", err)
	}
	return s, nil
}

func connect(ctx context.Context, url string, file func(path string) error) (*Store, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(rest, file)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	default:
		return nil, fmt.Errorf("%w: it must begin with sqlite: or postgres://", ErrBadURL)
	}
}

// Close closes all connections.
func (s *Store) Close() error {
	var first error
	for _, db := range []*sql.DB{s.reads, s.writes, s.synced} {
		if err := db.Close(); err != nil && first == nil {
			first = err
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return s.failed("close the store in", first)
}

// Ping checks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.failed("reach the store in", s.reads.PingContext(ctx))
}

// Shared reports whether other machines can use the store too.
func (s *Store) Shared() bool { return s.dialect.shared }

// Pool returns the connections to PostgreSQL, for a queue in the same database; nil for SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// sql fills in the database's own words.
func (s *Store) sql(query string) string { return s.dialect.words.Replace(query) }

// execute commits one statement and returns how many rows it changed. Statements are cached, so their texts must be few.
func (s *Store) execute(ctx context.Context, db *sql.DB, query string, values ...any) (int64, error) {
	only := &command{text: query, values: values}
	if err := s.commit(ctx, db == s.synced, only); err != nil {
		return 0, err
	}
	return only.changed, nil
}
