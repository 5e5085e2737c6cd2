package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/usage"
)

// writePrivate writes a file for its owner's eyes only, whole or not at all.
func writePrivate(path string, content []byte) error {
	if err := putInPlace(path, content, func(string) error { return nil }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return backup.OS{}.SyncDirectory(filepath.Dir(path))
}

// putInPlace writes a new file, calls prepare with its path, and renames it to path. After an error path is unchanged.
func putInPlace(path string, content []byte, prepare func(partial string) error) (err error) {
	disk := backup.OS{}
	partial := filepath.Join(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-"+newID())
	defer func() {
		if err != nil {
			_ = disk.RemoveAll(partial)
		}
	}()
	if err := disk.WriteFile(partial, content); err != nil {
		return err
	}
	if err := prepare(partial); err != nil {
		return err
	}
	return disk.Rename(partial, path)
}

// readPrivate reads a small secret. It refuses a file that others can read or replace.
func (a *app) readPrivate(path, flag string) ([]byte, error) {
	return a.readPrivateUpTo(maxSecret, path, flag)
}

// readKey does the same for a private key, whose file may also hold its certificates.
func (a *app) readKey(path, flag string) ([]byte, error) {
	return a.readPrivateUpTo(maxKey, path, flag)
}

func (a *app) readPrivateUpTo(most int64, path, flag string) ([]byte, error) {
	unreadable := func(err error) error {
		return usage.Errorf("%s: the file can't be read: %s", flag, usage.Reason(err)).
			Hint("check the path given with " + flag)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, unreadable(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, usage.Errorf("%s: the file can be read by others than its owner (mode %04o)",
			flag, info.Mode().Perm()).
			Hint("chmod 600 " + path)
	}
	if err := a.guard.Check(file, path); err != nil {
		return nil, orRefused(flag, err, unreadable(err))
	}
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if int64(len(content)) > most {
		return nil, usage.Errorf("%s: the file is larger than %d bytes", flag, most).
			Hint("give a file that holds the secret alone")
	}
	return content, nil
}

// How large secrets may be, in bytes: passwords and tokens, and private keys.
const (
	maxSecret = 4096
	maxKey    = 64 << 10
)
