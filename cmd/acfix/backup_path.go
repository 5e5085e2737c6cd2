package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
)

const listsBackups = "give the directory of one backup; \"acfix backup list\" shows them"

// isBackup refuses a path where no backup can be. One that was damaged is a backup.
func isBackup(path string) error {
	if path == "" {
		return usage.Errorf("no backup was named").Hint(listsBackups)
	}
	if strings.HasPrefix(path, evidence.InStore) {
		return nil
	}
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage.Errorf("%s is no backup that can be read: no such file or directory", path).Hint(listsBackups)
	case errors.Is(err, syscall.ENOTDIR):
		return usage.Errorf("%s is a file, and a backup is a directory", path).Hint(listsBackups)
	case err != nil:
		return usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint(listsBackups)
	case len(entries) > 0 && !slices.ContainsFunc(entries, isPlainFile):
		return usage.Errorf("%s is no backup: it holds directories alone, perhaps backups", path).Hint(listsBackups)
	case !slices.ContainsFunc(entries, isManifest):
		return noManifest(path)
	default:
		return isNoLink(path)
	}
}

// isManifest: where the digest of the manifest is left of the two, the backup is damaged.
func isManifest(entry fs.DirEntry) bool {
	return entry.Name() == backup.ManifestName || entry.Name() == backup.DigestName
}

// noManifest names the folder above where path is a folder inside a backup.
func noManifest(path string) error {
	hint := listsBackups
	above := filepath.Join(path, "..")
	if _, err := os.Stat(filepath.Join(above, backup.ManifestName)); err == nil {
		hint = "this is a folder inside a backup; give the backup: " + above
	}
	return usage.Errorf("%s is no backup: there is no %s in it", path, backup.ManifestName).Hint(hint)
}

// isNoLink refuses a link, as the reading of the backup would, and names what it leads to.
func isNoLink(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	leads, err := filepath.EvalSymlinks(path)
	if err != nil {
		return usage.Errorf("%s can't be read: %s", path, usage.Reason(err)).Hint(listsBackups)
	}
	return usage.Errorf("%s is a link, and a backup is named by its own directory", path).
		Hint("give what it leads to: " + leads)
}

func isPlainFile(entry fs.DirEntry) bool { return !entry.IsDir() }
