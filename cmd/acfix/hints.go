package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/usage"
)

// storeTrouble says what to do about a store that can't be used.
type storeTrouble struct {
	kind error
	code string // "acfix explain" has its page
	// misplaced is true if the path or address of --store is most likely wrong, which is a usage error.
	misplaced bool
	hint      string
}

var storeTroubles = []storeTrouble{
	{store.ErrBadURL, "store_address", true, "give --store sqlite:PATH or --store postgres://HOST/DATABASE"},
	{store.ErrMissing, "store_missing", true,
		"check the path or address; the first plan, apply or serve with a new --store makes it"},
	{store.ErrForeign, "store_foreign", true, "give the path of a store, or of a file that is still to be made; " +
		"a store whose first bytes are damaged looks like this too"},
	{store.ErrNewer, "store_newer", false, "take the acfix that is as new as the store, or another store with --store"},
	{store.ErrDamaged, "store_damaged", false,
		"put the file aside and restore it from your own copies, or begin a new one with --store; " +
			"journals and backups are in other files"},
	{store.ErrUntrusted, "store_untrusted", false,
		"name the server's CA in the address (sslrootcert=FILE) and the server as its certificate does; " +
			"sslmode=disable only where the network is trusted"},
	{store.ErrRefused, "store_refused", false,
		"PostgreSQL: check user and password (percent-encoded in the address, or PGPASSWORD, or PGPASSFILE) " +
			"and the user's rights; a file: whose it is and its mode"},
	{store.ErrFull, "store_full", false, "make space where the store is: " + diskHint},
	{store.ErrBroken, "store_broken", false,
		"look at this machine's log, or the database server's: its disk or memory fails, or a limit on the size of " +
			"files is reached (ulimit -f); another place is given with --store"},
	{store.ErrReadOnly, "store_read_only", false,
		"the user of acfix must be able to write to the file and to its directory, also to read it; " +
			"another place is given with --store"},
	{store.ErrDown, "store_down", false,
		"check that the database server runs and can be reached from here; " +
			"for a file, whether another process holds it"},
}

// storeFileHint is the hint for a store file that the system refuses, with or without --store.
const storeFileHint = "check owner and mode of the file and its directory: the user of acfix must be able " +
	"to write to both; XDG_STATE_HOME puts acfix's own files elsewhere, --store the runs"

// storeTroubleOf returns the first row that matches an error; nil if none does.
func storeTroubleOf(err error) *storeTrouble {
	for i, row := range storeTroubles {
		if errors.Is(err, row.kind) {
			return &storeTroubles[i]
		}
	}
	return nil
}

const diskHint = "\"acfix history prune\" and old backups are what grows"

// diskHints say what to do about file errors.
var diskHints = []struct {
	cause error
	hint  string
}{
	{syscall.ENOSPC, "the disk is full; make space: " + diskHint},
	{syscall.EDQUOT, "the quota of this user is used up; make space: " + diskHint},
	{errNotChanged, "check owner and mode of the file and its directory: the user of acfix must be able to write " +
		"to both, for the new file takes the old one's place"},
	{syscall.EROFS, "the file system is read-only; XDG_STATE_HOME puts acfix's own files elsewhere, " +
		"--backup-dir the backups, --store the runs"},
	{fs.ErrPermission, "check owner and mode of the directory; XDG_STATE_HOME puts acfix's own files elsewhere, " +
		"--backup-dir the backups, --store the runs"},
	{syscall.ENOTDIR, "a part of the path is a file, not a directory; " +
		"XDG_STATE_HOME says where acfix's own files are, --backup-dir where the backups are"},
}

// hintOf returns what to do about an error; "" if there is no hint.
func hintOf(err error) string {
	var wrong *usage.Error
	if errors.As(err, &wrong) {
		return wrong.Hint
	}
	if trouble := storeTroubleOf(err); trouble != nil {
		var file *fs.PathError
		if errors.Is(trouble.kind, store.ErrRefused) && errors.As(err, &file) {
			return storeFileHint
		}
		return trouble.hint
	}
	if errors.Is(err, httpserver.ErrBind) {
		return serveHint(err)
	}
	for _, row := range diskHints {
		if errors.Is(err, row.cause) {
			return row.hint
		}
	}
	var fault *run.Fault
	if errors.As(err, &fault) {
		return fault.Hint
	}
	return localfault.Hint(err)
}
