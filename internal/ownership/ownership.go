// Package ownership decides whether acfix may act on a file: a key, a password, a list of devices
// with a program to run. A user who can change such a file can make acfix send a password
// elsewhere, or run a program as the user who starts it. So the file and its folder must belong to
// that user or to root, and no other user may have write access. OpenSSH applies the same rule to
// its own files (safe_path in misc.c), up to the root of the file system; this package checks only
// the file's own folder.
package ownership

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// ErrRefused is in the chain of every *Refusal.
var ErrRefused = errors.New("this file is not safe to use")

// Refusal says why a file is not used, and which command fixes that.
type Refusal struct {
	Problem string // one line, without the file's name
	Fix     string
}

// Error returns Problem.
func (r *Refusal) Error() string { return r.Problem }

// Unwrap returns ErrRefused.
func (r *Refusal) Unwrap() error { return ErrRefused }

// facts are what the decision about a file or folder depends on.
type facts struct {
	Owner, Group int         // numbers in the file system
	Mode         fs.FileMode // permissions and fs.ModeSticky
	ReadOnly     bool        // the file system refuses writes here, whatever the permissions
}

const (
	groupWrite fs.FileMode = 0o020
	otherWrite fs.FileMode = 0o002
)

// trust names the users to whom files may belong.
type trust struct {
	Owners []int // the user who runs acfix, and those of --trust-owner; root always counts
	Groups []int // private groups of these users: no other user is in them
}

// refuseFile returns nil if only trusted owners can change the file.
func (t trust) refuseFile(path string, file facts) error {
	mode, chmod := file.Mode.Perm(), "chmod go-w "+path
	switch {
	case file.Mode&otherWrite != 0:
		return refuse(chmod, "any user can write to it (mode %04o)", mode)
	case !t.owns(file.Owner):
		return refuse(t.chown(file.Owner, path), "it belongs to the user with number %d", file.Owner)
	case file.Mode&groupWrite != 0 && !t.isPrivate(file.Group):
		return refuse(chmod, "the group with number %d can write to it (mode %04o)", file.Group, mode)
	default:
		return nil
	}
}

// refuseFolder returns nil if only trusted owners can replace a file in the folder. In a sticky
// folder only the owners of the file and of the folder can; Kubernetes mounts a ConfigMap as a
// folder that any user could write to if it were not read-only.
func (t trust) refuseFolder(path string, folder facts) error {
	mode, chmod := folder.Mode.Perm(), "chmod go-w "+path
	kept := folder.Mode&fs.ModeSticky != 0 || folder.ReadOnly
	switch {
	case !t.owns(folder.Owner):
		return refuse(t.chown(folder.Owner, path), "its folder %s belongs to the user with number %d", path,
			folder.Owner)
	case folder.Mode&otherWrite != 0 && !kept:
		return refuse(chmod, "any user can write to its folder %s (mode %04o)", path, mode)
	case folder.Mode&groupWrite != 0 && !kept && !t.isPrivate(folder.Group):
		return refuse(chmod, "the group with number %d can write to its folder %s (mode %04o)", folder.Group, path,
			mode)
	default:
		return nil
	}
}

func refuse(fix, format string, arguments ...any) error {
	return &Refusal{Problem: fmt.Sprintf(format, arguments...), Fix: fix}
}

func (t trust) owns(owner int) bool { return owner == 0 || slices.Contains(t.Owners, owner) }

func (t trust) isPrivate(group int) bool { return slices.Contains(t.Groups, group) }

func (t trust) chown(owner int, path string) string {
	user := "root"
	if len(t.Owners) > 0 {
		user = strconv.Itoa(t.Owners[0])
	}
	return fmt.Sprintf("chown %s %s; or, where that user may decide, give --trust-owner %d (or ACFIX_TRUST_OWNER=%d)",
		user, path, owner, owner)
}
