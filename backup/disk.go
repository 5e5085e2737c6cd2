package backup

import (
	"errors"
	"os"
)

// Disk is the file system as far as a backup needs it.
type Disk interface {
	Exists(path string) bool
	MkdirAll(path string) error
	Mkdir(path string) error
	WriteFile(path string, data []byte) error // synced when it returns
	SyncDirectory(path string) error
	Rename(from, to string) error
	RemoveAll(path string) error
}

// OS is the real file system. What it makes belongs to the owner alone, whatever the umask.
type OS struct{}

// Exists reports whether something is at the path.
func (OS) Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// MkdirAll makes a directory and its parents; those that are there keep their mode.
func (OS) MkdirAll(path string) error { return os.MkdirAll(path, 0o700) }

// Mkdir makes one directory, 0700.
func (OS) Mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
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

// RemoveAll takes a half-made backup away.
func (OS) RemoveAll(path string) error { return os.RemoveAll(path) }
