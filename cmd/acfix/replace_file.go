package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acfix/acfix/internal/records/backup"
)

// errNotChanged is the error for an operator's own file, such as an inventory, that was left as it was.
var errNotChanged = errors.New("is not changed")

// replaceFile replaces the content of an existing file, whole or not at all. The file keeps its mode and owner; if path
// is a symbolic link, its target is replaced.
func replaceFile(path string, content []byte) error {
	failed := func(err error) error { return fmt.Errorf("%s %w: %w", path, errNotChanged, err) }
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return failed(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0) // fails if the file may not be written to
	if err != nil {
		return failed(err)
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return failed(err)
	}
	err = putInPlace(path, content, func(partial string) error {
		if err := keepOwner(partial, info); err != nil {
			return err
		}
		return os.Chmod(partial, info.Mode().Perm())
	})
	if err != nil {
		return failed(err)
	}
	return backup.OS{}.SyncDirectory(filepath.Dir(path))
}
