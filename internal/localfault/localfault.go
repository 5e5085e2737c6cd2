// Package localfault tells faults of this machine, such as a full disk or too many open files, from faults of a
// device. A fault of the machine meets every device in the same way, so a run stops at it.
package localfault

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// Err marks an error as a fault of this machine, or of the store that it uses, if no error number says so.
var Err = errors.New("a fault of this machine")

// fault is one fault of this machine.
type fault struct {
	cause error
	hint  string
}

const space = "Make space and continue with --resume: \"acfix history prune\" and \"acfix backup prune\" delete what " +
	"is old. XDG_STATE_HOME puts acfix's own files elsewhere, --backup-dir the backups, --store the runs."

const fewer = " Work on fewer devices at a time with --parallel, and continue with --resume."

var faults = []fault{
	{syscall.EMFILE, "This process has as many files and connections open as it may. Raise the limit (ulimit -n; " +
		"LimitNOFILE of a service)." + fewer},
	{syscall.ENFILE, "This machine has as many files and connections open as it can (fs.file-max)." + fewer},
	{syscall.ENOBUFS, "This machine has no memory left for connections." + fewer},
	{syscall.ENOMEM, "This machine, or this process by its limit, has no memory left." + fewer},
	{syscall.ENOSPC, "The disk is full. " + space},
	{syscall.EDQUOT, "The quota of this user is used up. " + space},
	{syscall.EFBIG, "A file is larger than this process may make it (ulimit -f; LimitFSIZE of a service). Raise the " +
		"limit and continue with --resume."},
	{syscall.EROFS, "The file system is read-only. Make it writable and continue with --resume; XDG_STATE_HOME puts " +
		"acfix's own files elsewhere, --backup-dir the backups, --store the runs."},
	{syscall.EIO, "The disk fails. Look at this machine's log and do not rely on that disk; XDG_STATE_HOME puts " +
		"acfix's own files elsewhere, --backup-dir the backups, --store the runs."},
	{syscall.ESTALE, "The file server no longer knows the folder. Mount it anew and continue with --resume."},
	{Err, "The message says what acfix may or can no longer write to: its own files (XDG_STATE_HOME), the backups " +
		"(--backup-dir) or the store (--store). Check space, owner and mode there, and continue with --resume."},
}

// Is reports whether an error is a fault of this machine.
func Is(err error) bool {
	_, is := find(err)
	return is
}

// Hint returns what an operator does about a fault of this machine; "" for any other error.
func Hint(err error) string {
	found, _ := find(err)
	return found.hint
}

func find(err error) (fault, bool) {
	if err == nil {
		return fault{}, false
	}
	for _, known := range faults {
		if errors.Is(err, known.cause) || isNumber(err, known.cause) || resolverSays(err, known.cause) {
			return known, true
		}
	}
	return fault{}, false
}

// resolverSays reports whether a name could not be resolved because of a fault: the resolver keeps only the text.
func resolverSays(err, cause error) bool {
	var failed *net.DNSError
	return errors.As(err, &failed) && cause != Err && strings.Contains(failed.Err, cause.Error())
}

// OfFolder marks a refusal to make a file or folder: whatever is to be made there is refused for every device. A
// refusal of a file that exists, such as the journal that another user made, concerns its own device alone.
func OfFolder(err error) error {
	var refused *fs.PathError
	if !errors.As(err, &refused) || !errors.Is(refused.Err, fs.ErrPermission) {
		return err
	}
	if _, missing := os.Lstat(refused.Path); missing == nil {
		return err
	}
	return &marked{err}
}

// marked is an error that says nothing more than the error in it.
type marked struct{ error }

func (m *marked) Unwrap() []error { return []error{m.error, Err} }
