package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

// keptBackup is one backup in the document of "acfix backup list -o json".
type keptBackup struct {
	Backup    string             `json:"backup"`
	Run       string             `json:"run"` // that made it; "" for none
	Target    string             `json:"target"`
	URL       string             `json:"url"`
	Serial    string             `json:"serial"`
	Firmware  string             `json:"firmware"`
	Taken     string             `json:"taken"`
	Encrypted bool               `json:"encrypted"`
	Changes   int                `json:"changes"` // its run's steps that change the device
	Unjudged  string             `json:"unjudged,omitempty"`
	Error     *remediate.Failure `json:"error"`
}

func (a *app) backupListCommand() *cobra.Command {
	var directory string
	command := &cobra.Command{
		Use:   "list",
		Short: "List the backups in a directory, or in the store that machines share, by their manifests",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if directory == "" && a.storeIsShared() {
				return a.listStoredBackups()
			}
			if err := checkBackupDirectory(directory); err != nil {
				return err
			}
			if directory != "" {
				a.flags.backupDir = directory
			}
			directory, err := a.backupDirectory()
			if err != nil {
				return err
			}
			list, err := backup.List(directory)
			if err != nil {
				return usage.Errorf("%s", err).Hint("give the directory with --dir")
			}
			kept := []keptBackup{}
			for _, listed := range list {
				kept = append(kept, keptBackupOf(listed))
			}
			document := map[string]any{"schema": "acfix.backup-list/v1", "directory": directory, "backups": kept}
			return a.show(document, keptText(directory, kept))
		},
	}
	command.Flags().StringVar(&directory, "dir", "", "where the backups are (default as --backup-dir)")
	return command
}

func keptBackupOf(listed backup.Listed) keptBackup {
	kept := keptBackup{Backup: listed.Directory}
	if listed.Err != nil {
		kept.Error = evidence.Damaged(listed.Err)
		return kept
	}
	m := listed.Manifest
	kept.Target, kept.Run = m.Target, m.Run
	kept.URL = m.URL
	kept.Serial = m.Serial
	kept.Firmware = m.Firmware
	kept.Unjudged = m.Unjudged
	kept.Taken, kept.Encrypted = m.Taken.UTC().Format(time.RFC3339), m.Encryption != ""
	for _, step := range m.Steps {
		if remediate.StepKind(step.Kind).Changes() {
			kept.Changes++
		}
	}
	return kept
}

func keptText(directory string, kept []keptBackup) string {
	if len(kept) == 0 {
		return fmt.Sprintf("There are no backups in %s.\n", foreign.Clean(directory))
	}
	var text strings.Builder
	for _, b := range kept {
		fmt.Fprintf(&text, "%s\n", foreign.Clean(b.Backup))
		if b.Error != nil {
			fmt.Fprintf(&text, "  error: %s [%s]\n", foreign.Clean(b.Error.Message), b.Error.Code)
			continue
		}
		notes := fmt.Sprintf("%d changes to put back", b.Changes)
		if b.Changes == 0 {
			notes = "made without a change"
		}
		if b.Encrypted {
			notes += ", encrypted"
		}
		notes += unjudgedNote(b.Unjudged)
		if b.Run != "" {
			notes += "; run " + foreign.Clean(b.Run)
		}
		fmt.Fprintf(&text, "  %s  %s, serial number %s, firmware %s; %s\n",
			moment.Restated(b.Taken), foreign.Clean(b.Target), foreign.Clean(b.Serial), foreign.Clean(b.Firmware), notes)
	}
	return text.String()
}

// unjudgedNote returns a note for a backup that restore does not accept.
func unjudgedNote(why string) string {
	if why == "" {
		return ""
	}
	return ", not judged: its configuration can't be parsed"
}

// verifiedBackup is one backup in the document of "acfix backup verify -o json".
type verifiedBackup struct {
	Backup string             `json:"backup"`
	Status string             `json:"status"` // ok or damaged
	Files  int                `json:"files"`
	Error  *remediate.Failure `json:"error"`
	// Unjudged is why its configuration could not be parsed when it was made.
	Unjudged string `json:"unjudged,omitempty"`
}

func (a *app) backupVerifyCommand() *cobra.Command {
	var identity string
	command := &cobra.Command{
		Use:   "verify BACKUP|store:ID...",
		Short: "Compare every file of a backup with its manifest; exit code 1 when one is damaged",
		Long: `verify finds damage in any file, also of an encrypted backup: the manifest has the
SHA-256 of the files as they are stored. With --identity it also opens them.

It detects damage, not deliberate changes to a backup.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return usage.Errorf("no backup is named").Hint("\"acfix backup list\" shows them")
			}
			for _, path := range arguments {
				if err := isBackup(path); err != nil {
					return err
				}
			}
			results, err := a.verifyBackups(arguments, identity)
			if err != nil {
				return err
			}
			return a.showVerified(results)
		},
	}
	command.Flags().StringVar(&identity, "identity", "", "file with the age identity that opens an encrypted backup")
	return command
}

func (a *app) verifyBackups(directories []string, identity string) ([]verifiedBackup, error) {
	keys, err := a.identities(identity)
	if err != nil {
		return nil, err
	}
	var results []verifiedBackup
	for _, directory := range directories {
		kept, err := a.verifyBackup(directory, keys)
		switch {
		case strings.HasPrefix(directory, evidence.InStore) && !isOfBackup(err):
			return nil, err // of the store
		case errors.Is(err, backup.ErrSealed):
			return nil, usage.Errorf("%s: %s", directory, err).
				Hint("give --identity with the file of an age identity that it was encrypted for")
		}
		result := verifiedBackup{
			Backup: directory, Status: "ok", Files: len(kept.Manifest.Files), Unjudged: kept.Manifest.Unjudged,
		}
		if err != nil && !errors.Is(err, backup.ErrUnjudged) { // an unjudged backup is undamaged
			result.Status, result.Error = "damaged", evidence.Damaged(err)
		}
		results = append(results, result)
	}
	return results, nil
}

// verifyBackup reads a backup, and opens it unless it is encrypted and there is no key.
func (a *app) verifyBackup(name string, keys []age.Identity) (backup.Backup, error) {
	kept, err := a.readBackup(name)
	if err != nil || len(keys) == 0 && kept.Manifest.Encryption != "" {
		return kept, err
	}
	_, err = evidence.RestorePoint(kept, keys)
	return kept, err
}

// isOfBackup reports whether an error, if there is one, says something of the backup itself.
func isOfBackup(err error) bool {
	return err == nil || errors.Is(err, backup.ErrDamaged) || errors.Is(err, backup.ErrUnjudged) ||
		errors.Is(err, backup.ErrSealed)
}

func (a *app) showVerified(results []verifiedBackup) error {
	codes := map[int]bool{}
	var text strings.Builder
	for _, result := range results {
		if result.Error == nil {
			note := unjudgedNote(result.Unjudged)
			fmt.Fprintf(&text, "%s: ok, %d files%s\n", foreign.Clean(result.Backup), result.Files, note)
			continue
		}
		codes[exitFailed] = true
		fmt.Fprintf(&text, "%s: error: %s [%s]\n  hint:  %s\n", foreign.Clean(result.Backup),
			foreign.Clean(result.Error.Message), result.Error.Code, foreign.Clean(result.Error.Hint))
	}
	document := map[string]any{"schema": "acfix.backup-verify/v1", "backups": results}
	if err := a.show(document, text.String()); err != nil {
		return err
	}
	return exitWith(codes)
}

const listsBackups = "give the directory of one backup; \"acfix backup list\" shows them"

// isBackup refuses a path where there can be no backup. A damaged backup counts as one.
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

// isManifest reports whether an entry makes its folder a backup; with the digest alone, the backup is damaged.
func isManifest(entry fs.DirEntry) bool {
	return entry.Name() == backup.ManifestName || entry.Name() == backup.DigestName
}

// noManifest returns the error for a folder without a manifest; inside a backup, it names the backup.
func noManifest(path string) error {
	hint := listsBackups
	above := filepath.Join(path, "..")
	if _, err := os.Stat(filepath.Join(above, backup.ManifestName)); err == nil {
		hint = "this is a folder inside a backup; give the backup: " + above
	}
	return usage.Errorf("%s is no backup: there is no %s in it", path, backup.ManifestName).Hint(hint)
}

// isNoLink refuses a link, as reading the backup would, and names its target.
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
