//go:build unix

package ownership

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// For returns a Guard that trusts a user, by number, and the other named owners.
func For(user int, owners ...int) Guard {
	trust := trust{Owners: append([]int{user}, owners...)}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return Guard{trust} // no group is known to be private
	}
	group, err := os.ReadFile("/etc/group")
	if err != nil {
		return Guard{trust}
	}
	for _, owner := range trust.Owners {
		if private, ok := privateGroup(owner, string(passwd), string(group)); ok {
			trust.Groups = append(trust.Groups, private)
		}
	}
	return Guard{trust}
}

func factsIn(info os.FileInfo) (seen facts, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return facts{}, false
	}
	return facts{Owner: int(stat.Uid), Group: int(stat.Gid), Mode: info.Mode() & (fs.ModePerm | fs.ModeSticky)}, true
}

// isReadOnly asks for write access, which a read-only file system denies with a specific error.
func isReadOnly(path string) bool {
	const toWrite = 2 // W_OK
	return errors.Is(syscall.Access(path, toWrite), syscall.EROFS)
}
