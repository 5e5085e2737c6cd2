//go:build !windows

package backup

import (
	"errors"
	"os"
)

// SyncDirectory makes the names in a directory durable.
func (OS) SyncDirectory(path string) (err error) {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	return directory.Sync()
}
