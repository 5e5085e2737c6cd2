package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/misuse"
)

// stateDirectory is where acfix keeps its plan key, journals, locks, used plans and, unless
// told otherwise, backups. It follows the XDG Base Directory Specification; on Windows it
// is the user's local application data.
func (a *app) stateDirectory() (string, error) {
	if state := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "acfix"), nil
	}
	if runtime.GOOS == "windows" {
		data, err := os.UserCacheDir()
		return filepath.Join(data, "acfix"), err
	}
	home := a.getenv("HOME")
	if home == "" {
		return "", misuse.New("set HOME or XDG_STATE_HOME", "there is no home directory to keep journals and backups in")
	}
	return filepath.Join(home, ".local", "state", "acfix"), nil
}

// stateFolder is one folder of the state directory.
func (a *app) stateFolder(name string) (string, error) {
	state, err := a.stateDirectory()
	return filepath.Join(state, name), err
}

// backupDirectory is --backup-dir, or "backups" in the state directory.
func (a *app) backupDirectory() (string, error) {
	if a.flags.backupDir != "" {
		return a.flags.backupDir, nil
	}
	return a.stateFolder("backups")
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

// fileName makes a file's name of foreign text: serial numbers stay readable, everything
// else becomes a digest, so that no name can leave its directory.
func fileName(prefix, text string) string {
	if plainName.MatchString(text) {
		return prefix + "-" + text
	}
	sum := sha256.Sum256([]byte(text))
	return prefix + "-" + hex.EncodeToString(sum[:12])
}

// deviceName names a device in the state directory: by its serial number, or by its
// address when it does not say one.
func deviceName(serial, url string) string {
	if serial == "" {
		return fileName("address", url)
	}
	return fileName("serial", serial)
}

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
