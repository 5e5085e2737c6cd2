package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var inSQLite = dialect{words: strings.NewReplacer(
	"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT",
	"{bytes}", "BLOB",
	"{now}", "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	"{share}", "",
	"{migration lock}", "SELECT 1", // a transaction that may write is alone in SQLite anyway
), kind: kindOfSQLite}

// How long a writer of SQLite waits for one of another process.
const (
	patience = 30 * time.Second
	again    = 5 * time.Millisecond
)

// Each connection keeps pages in memory: what a run asks for is a row here and there.
const (
	mostReaders = 4
	cacheKiB    = 256
)

// openSQLite makes a file that only its owner can read. The file must not be on a network
// file system: SQLite's locks do not hold there.
func openSQLite(path string) (*Store, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: sqlite: wants a path", ErrBadURL)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s := &Store{dialect: inSQLite, place: path}
	if err := makePrivate(path); err != nil {
		return nil, s.failed("open the store in", err)
	}
	// NORMAL: a killed process loses nothing. After a power cut the last results may be
	// missing; their devices are then read again. What must not be missing goes through synced.
	s.reads = connectSQLite(path, "NORMAL")
	s.writes = connectSQLite(path, "NORMAL")
	s.synced = connectSQLite(path, "FULL")
	// Writers of one process queue here, in turn; SQLite's own waiting is by sleeping.
	s.reads.SetMaxOpenConns(mostReaders)
	s.reads.SetMaxIdleConns(mostReaders)
	s.writes.SetMaxOpenConns(1)
	s.synced.SetMaxOpenConns(1)
	return s, nil
}

func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// A device or a pipe is nobody's store, and its mode is not ours to change.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

func connectSQLite(path, synchronous string) *sql.DB {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "foreign_keys(1)", "synchronous(" + synchronous + ")",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
	}}
	address := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		panic(err) // only when the driver is not there
	}
	return db
}

// kinds are the results of SQLite that we have a kind for.
var kinds = map[int]error{
	sqlite3.SQLITE_CORRUPT: ErrDamaged,
	sqlite3.SQLITE_NOTADB:  ErrDamaged,
	sqlite3.SQLITE_BUSY:    ErrDown, // another process has been writing for longer than we wait
}

func kindOfSQLite(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return kinds[failure.Code()&0xff]
	}
	return nil
}
