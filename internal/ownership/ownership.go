// Package ownership says whether a file that decides something may be gone by: a key, a
// password, a list of devices with a program to run. Whoever can change such a file can have
// acfix send a password elsewhere, or run what they like, as the user who starts it; so the
// file and its folder must be that user's or root's, and nobody else may write to them. ssh holds
// its own files to the same (OpenSSH, safe_path in misc.c), up to the root of the file system;
// here the file's own folder is looked at alone.
package ownership

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// ErrRefused is in the chain of every *Refusal.
var ErrRefused = errors.New("the file may not be gone by")

// Refusal says why a file is not used, and what to type so that it is.
type Refusal struct {
	Problem string // one line, without the file's name
	Fix     string
}

func (r *Refusal) Error() string { return r.Problem }
func (r *Refusal) Unwrap() error { return ErrRefused }

// Facts are what decides of one file or folder.
type Facts struct {
	Owner, Group int         // numbers as the file system has them
	Mode         fs.FileMode // permissions and fs.ModeSticky
	ReadOnly     bool        // the file system takes no writes here, whatever the permissions say
}

const (
	groupWrite fs.FileMode = 0o020
	otherWrite fs.FileMode = 0o002
)

// Trust is whom files may belong to.
type Trust struct {
	Owners []int // the user who runs acfix, and whom --trust-owner names; root always counts
	Groups []int // private groups of these: nobody else is in them
}

// refuseFile returns nil for a file that only trusted owners can change.
func (t Trust) refuseFile(path string, file Facts) error {
	switch {
	case file.Mode&otherWrite != 0:
		return &Refusal{fmt.Sprintf("everybody can write to it (mode %04o)", file.Mode.Perm()), "chmod go-w " + path}
	case !t.owns(file.Owner):
		return &Refusal{fmt.Sprintf("it belongs to the user with number %d", file.Owner), t.ownFix(file.Owner, path)}
	case file.Mode&groupWrite != 0 && !slices.Contains(t.Groups, file.Group):
		return &Refusal{fmt.Sprintf("the group with number %d can write to it (mode %04o)", file.Group, file.Mode.Perm()), "chmod go-w " + path}
	default:
		return nil
	}
}

// refuseFolder returns nil for a folder in which nobody but trusted owners can put another file
// in the place of one of theirs. In a sticky folder only the file's owner and the folder's can;
// Kubernetes mounts a ConfigMap as a folder that everybody could write to, were it not read-only.
func (t Trust) refuseFolder(path string, folder Facts) error {
	kept := folder.Mode&fs.ModeSticky != 0 || folder.ReadOnly
	switch {
	case !t.owns(folder.Owner):
		return &Refusal{fmt.Sprintf("its folder %s belongs to the user with number %d", path, folder.Owner), t.ownFix(folder.Owner, path)}
	case folder.Mode&otherWrite != 0 && !kept:
		return &Refusal{fmt.Sprintf("everybody can write to its folder %s (mode %04o)", path, folder.Mode.Perm()), "chmod go-w " + path}
	case folder.Mode&groupWrite != 0 && !kept && !slices.Contains(t.Groups, folder.Group):
		return &Refusal{
			fmt.Sprintf("the group with number %d can write to its folder %s (mode %04o)", folder.Group, path, folder.Mode.Perm()),
			"chmod go-w " + path,
		}
	default:
		return nil
	}
}

func (t Trust) owns(owner int) bool { return owner == 0 || slices.Contains(t.Owners, owner) }

func (t Trust) ownFix(owner int, path string) string {
	user := "root"
	if len(t.Owners) > 0 {
		user = strconv.Itoa(t.Owners[0])
	}
	return fmt.Sprintf("chown %s %s; or, where that user may decide, give --trust-owner %d (or ACFIX_TRUST_OWNER=%d)", user, path, owner, owner)
}
