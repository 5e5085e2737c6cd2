package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var inSQLite = dialect{words: strings.NewReplacer(
	"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT",
	"{bytes}", "BLOB",
	"{now}", "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	"{share}", "",
	"{migration lock}", "SELECT 1", // a writing transaction in SQLite is alone anyway
), kind: kindOfSQLite, tableless: noTableInSQLite}

// How long a writer of SQLite waits for another process.
const (
	patience = 30 * time.Second
	again    = 5 * time.Millisecond
)

// The page cache of each connection: a run reads only scattered rows.
const (
	mostReaders = 4
	cacheKiB    = 256
)

// openSQLite makes a file that only its owner can read. SQLite's locks do not work on network file systems.
func openSQLite(path string, file func(path string) error) (*Store, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: sqlite: wants a path", ErrBadURL)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s := &Store{dialect: inSQLite, place: path}
	if err := file(path); err != nil {
		return nil, s.failed("open the store in", err)
	}
	// NORMAL: a killed process loses nothing. After a power cut the last results may be missing;
	// their devices are then read again. What must survive goes through synced.
	s.reads = connectSQLite(path, "NORMAL")
	s.writes = connectSQLite(path, "NORMAL")
	s.synced = connectSQLite(path, "FULL")
	// Writers of one process queue here in order; SQLite itself waits by sleeping.
	s.reads.SetMaxOpenConns(mostReaders)
	s.reads.SetMaxIdleConns(mostReaders)
	s.writes.SetMaxOpenConns(1)
	s.synced.SetMaxOpenConns(1)
	return s, nil
}

// mustExist opens only existing files.
func mustExist(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: no file has that name", ErrMissing)
	}
	if err == nil && info.Size() == 0 && info.Mode().IsRegular() {
		return fmt.Errorf("%w: the file is empty", ErrMissing)
	}
	return notForeign(path)
}

// magic is the first bytes of every SQLite database.
const magic = "SQLite format 3\x00"

// notForeign refuses a file that cannot be a store, before its mode or content is changed.
func notForeign(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%w: it is a directory, not a regular file", ErrForeign)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is not a regular file", ErrForeign)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	begins := make([]byte, len(magic))
	n, err := io.ReadFull(file, begins)
	if n > 0 && string(begins) != magic {
		return fmt.Errorf("%w: the file is not an SQLite database", ErrForeign)
	}
	if errors.Is(err, io.EOF) { // empty: it is being made
		return nil
	}
	return err
}

func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := notForeign(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// keepPrivate removes permissions of other users, which a copy or an umask may have granted.
func keepPrivate(path string) error {
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(file, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// docs/design/records.md: SQLite syncs only what must outlive a power cut
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
		panic(err) // only if the driver is missing
	}
	return db
}

// kinds maps the results of SQLite to our kinds.
var kinds = map[int]error{
	sqlite3.SQLITE_CORRUPT: ErrDamaged,
	sqlite3.SQLITE_NOTADB:  ErrDamaged,
	sqlite3.SQLITE_BUSY:    ErrDown, // another process has been writing for too long
	sqlite3.SQLITE_FULL:    ErrFull,
	// No log can be made in the file's directory; its owner may be another user.
	sqlite3.SQLITE_READONLY: ErrReadOnly,
	sqlite3.SQLITE_CANTOPEN: ErrReadOnly,
	sqlite3.SQLITE_IOERR:    ErrBroken, // also a limit on the size of files
	// No room for the shared memory of the log.
	sqlite3.SQLITE_IOERR_SHMSIZE: ErrFull,
	sqlite3.SQLITE_NOMEM:         ErrBroken,
	sqlite3.SQLITE_PERM:          ErrRefused,
	sqlite3.SQLITE_AUTH:          ErrRefused,
}

// causes maps errors of the operating system to our kinds.
var causes = []struct{ cause, kind error }{
	{fs.ErrPermission, ErrRefused}, {syscall.EROFS, ErrReadOnly}, {syscall.ENOSPC, ErrFull}, {syscall.EDQUOT, ErrFull},
	{syscall.EFBIG, ErrFull}, {syscall.EIO, ErrBroken}, {syscall.ENOMEM, ErrBroken},
}

func kindOfSQLite(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return cmp.Or(kinds[failure.Code()], kinds[failure.Code()&0xff])
	}
	for _, row := range causes {
		if errors.Is(err, row.cause) {
			return row.kind
		}
	}
	return nil
}

// noTableInSQLite goes by the text: SQLite has no code for it.
func noTableInSQLite(err error) bool { return strings.Contains(err.Error(), "no such table") }
