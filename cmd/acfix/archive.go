package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/remediate"
)

// archive returns what puts a snapshot of one device on disk.
func (a *app) archive(t target) func(remediate.Snapshot) (string, error) {
	return func(snapshot remediate.Snapshot) (string, error) {
		directory, err := a.backupDirectory()
		if err != nil {
			return "", err
		}
		manifest, files := backupOf(snapshot)
		manifest.Acfix, manifest.Target, manifest.URL = version, t.name, t.url
		return backup.Store{Directory: directory, Disk: backup.OS{}}.Write(manifest, files)
	}
}

func backupOf(snapshot remediate.Snapshot) (backup.Manifest, []backup.File) {
	manifest := backup.Manifest{
		Taken:   snapshot.Taken.UTC(),
		Product: snapshot.Status.Product, Serial: snapshot.Status.Serial, Firmware: snapshot.Status.Firmware,
		Contexts: []backup.Context{},
	}
	files := []backup.File{
		{Name: "status.json", Data: snapshot.Status.Raw},
		{Name: "configuration.ini", Data: snapshot.Configuration.Raw},
	}
	for _, context := range snapshot.Contexts {
		folder := fmt.Sprintf("tls-%d", context.ID)
		entry := backup.Context{ID: context.ID, Name: context.Name, TrustedRoots: folder + "/trusted-roots.pem", Absent: context.Roots.Absent}
		files = append(files, backup.File{Name: entry.TrustedRoots, Data: context.Roots.PEM})
		if context.Certificate != nil {
			entry.Certificate = folder + "/certificate.pem"
			files = append(files, backup.File{Name: entry.Certificate, Data: context.Certificate})
		}
		manifest.Contexts = append(manifest.Contexts, entry)
	}
	return manifest, files
}

// backupDirectory is --backup-dir, or "backups" below the user's state directory.
func (a *app) backupDirectory() (string, error) {
	if a.flags.backupDir != "" {
		return a.flags.backupDir, nil
	}
	state, err := a.stateDirectory()
	if err != nil {
		return "", err
	}
	return filepath.Join(state, "backups"), nil
}

// stateDirectory follows the XDG Base Directory Specification; on Windows it is the
// user's local application data.
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
		return "", misuse("give --backup-dir", "there is no home directory to keep backups in")
	}
	return filepath.Join(home, ".local", "state", "acfix"), nil
}
