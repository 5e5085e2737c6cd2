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
