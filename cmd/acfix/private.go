package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/misuse"
)

// writePrivate writes a file for its owner's eyes only, whole or not at all.
func writePrivate(path string, content []byte) error {
	disk := backup.OS{}
	partial := filepath.Join(filepath.Dir(path), ".partial-"+filepath.Base(path)+"-"+newID())
	if err := disk.WriteFile(partial, content); err != nil {
		_ = disk.RemoveAll(partial)
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := disk.Rename(partial, path); err != nil {
		_ = disk.RemoveAll(partial)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return disk.SyncDirectory(filepath.Dir(path))
}

// readPrivate reads a small secret of the owner's; one that others can read is refused.
func readPrivate(path, flag string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, misuse.New("check the path given with "+flag, "%s: the file can't be read: %s", flag, misuse.Reason(err))
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, misuse.New("chmod 600 "+path, "%s: the file can be read by others than its owner (mode %04o)", flag, info.Mode().Perm())
	}
	if info.Size() > maxSecret {
		return nil, misuse.New("give a file that holds the secret alone", "%s: the file is larger than %d bytes", flag, maxSecret)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, misuse.New("check the path given with "+flag, "%s: the file can't be read: %s", flag, misuse.Reason(err))
	}
	return content, nil
}

const maxSecret = 4096
