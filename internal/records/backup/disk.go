package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Disk is the part of a file system that backups need. Several goroutines write files and sync directories at once.
type Disk interface {
	Exists(path string) bool
	MkdirAll(path string) error
	Mkdir(path string) error                  // fs.ErrExist if the path exists
	WriteFile(path string, data []byte) error // synced when it returns
	SyncDirectory(path string) error
	Rename(from, to string) error
	RemoveAll(path string) error
}

// OS is the real file system. Only the owner has access to what it creates, whatever the umask.
type OS struct{}

// Exists reports whether something is at the path.
func (OS) Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// MkdirAll makes a directory and its parents; existing ones keep their mode.
func (d OS) MkdirAll(path string) error {
	if d.Exists(path) {
		return os.MkdirAll(path, 0o700) // an error if it is not a directory
	}
	if parent := filepath.Dir(path); parent != path {
		if err := d.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := d.Mkdir(path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil // another process made it meanwhile
}

// Mkdir makes one directory, 0700. The error is fs.ErrExist if the path exists.
func (OS) Mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// WriteFile makes a new file, 0600, and syncs it.
func (OS) WriteFile(path string, data []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Chmod(0o600); err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}

// Rename renames within one file system.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// RemoveAll removes a half-made backup.
func (OS) RemoveAll(path string) error { return os.RemoveAll(path) }
