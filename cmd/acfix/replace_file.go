package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acfix/acfix/internal/records/backup"
)

// errNotChanged: an operator's own file, such as an inventory, is as it was.
var errNotChanged = errors.New("is not changed")

// replaceFile puts new content into a file that is there, whole or not at all. The file keeps its
// mode and owner; where path is a symbolic link, what it leads to is replaced.
func replaceFile(path string, content []byte) error {
	failed := func(err error) error { return fmt.Errorf("%s %w: %w", path, errNotChanged, err) }
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return failed(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0) // may it be written to at all?
	if err != nil {
		return failed(err)
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return failed(err)
	}
	disk := backup.OS{}
	partial := filepath.Join(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-"+newID())
	err = disk.WriteFile(partial, content)
	if err == nil {
		err = keepOwner(partial, info)
	}
	if err == nil {
		err = os.Chmod(partial, info.Mode().Perm())
	}
	if err == nil {
		err = disk.Rename(partial, path)
	}
	if err != nil {
		_ = disk.RemoveAll(partial)
		return failed(err)
	}
	return disk.SyncDirectory(filepath.Dir(path))
}
