// Package backup keeps what was read from a device before it is changed: a directory with
// the files and a manifest with the SHA-256 of each. A backup is on disk whole or not at
// all: it is written under another name, synced, and renamed.
//
// The digests are there to find damage: a disk that decays, a copy that was cut off. They
// are no protection against somebody who changes a backup on purpose, for whoever can
// change a file can change its digest too. A backup has no MAC, so what it says, the
// device's address above all, must not be acted on without a look.
//
// The configuration holds obscured secrets and the directory names devices, so it belongs to
// its owner alone: directories 0700, files 0600.
package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/foreign"
)

// ManifestName is the file that lists all others.
const ManifestName = "manifest.json"

// DigestName is the file that holds the manifest's own SHA-256, as sha256sum writes and
// checks it. It is a file of its own because a digest inside the manifest would need a
// rule for how to leave itself out, which no common tool knows.
const DigestName = "manifest.sha256"

// ManifestSchema stands in the manifest's first key.
const ManifestSchema = "acfix.backup-manifest/v1"

// Manifest says what a backup is of and what is in it.
type Manifest struct {
	Schema   string    `json:"schema"`
	Acfix    string    `json:"acfix"` // version that wrote it
	Taken    time.Time `json:"taken"`
	Target   string    `json:"target"`
	URL      string    `json:"url"`
	Product  string    `json:"product"`
	Serial   string    `json:"serial"`
	MAC      string    `json:"mac,omitempty"` // lower-case hex without separators
	Firmware string    `json:"firmware"`
	Contexts []Context `json:"contexts"`
	// Run is the run that made the backup, as its journal calls it; "" for a backup alone.
	Run string `json:"run"`
	// Steps are what the run was about to do to the device; none for a backup alone.
	Steps []Step `json:"steps"`
	// Encryption is "age" when the files are encrypted, "" when they are not. The manifest
	// never is: it holds no secret. Filled in by Write.
	Encryption string  `json:"encryption"`
	Files      []Entry `json:"files"` // as stored; filled in by Write
	// Unjudged is why the configuration could not be parsed, "" where it could. Such a backup holds what a device
	// sent, perhaps not all of it, and must not be restored from.
	Unjudged string `json:"unjudged,omitempty"`
}

// ErrUnjudged is in the chain when a backup is to be used that holds a configuration which acfix could not parse.
var ErrUnjudged = errors.New("the backup was never judged: its configuration can't be parsed")

// Step is one step of the run that made the backup.
type Step struct {
	Kind    string `json:"kind"`
	Context *int   `json:"context"`
	Root    string `json:"root"`
	SHA256  string `json:"sha256"`
}

// Context is one TLS Context of the device.
type Context struct {
	ID           int    `json:"id"`
	Name         string `json:"name"`
	TrustedRoots string `json:"trusted_roots"` // file
	// Absent is the HTTP status by which the device said that it has no store, 0 when it
	// sent one. Such a store must never be replaced from this backup.
	Absent      int    `json:"absent"`
	Certificate string `json:"certificate"` // file; "" when the context has none
}

// Entry is one file of a backup.
type Entry struct {
	Name   string `json:"name"` // with forward slashes, below the directory
	Size   int    `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// File is one file to keep. Name may have one folder before it, with a forward slash.
type File struct {
	Name string
	Data []byte
}

// Store is a directory of backups.
type Store struct {
	Directory string
	Disk      Disk
	// Recipients may open what Write encrypts; without any, nothing is encrypted.
	Recipients []age.Recipient
}

// Write puts a backup on disk and returns its directory. On an error nothing is left
// behind that could pass for a backup.
func (s Store) Write(manifest Manifest, files []File) (string, error) {
	manifest, files, err := s.lay(manifest, files)
	if err != nil {
		return "", err
	}
	return s.put(baseName(manifest), files)
}

// lay seals the files and adds the manifest and its digest: all that a backup consists of.
func (s Store) lay(manifest Manifest, files []File) (Manifest, []File, error) {
	manifest, files, err := s.seal(manifest, files)
	if err != nil {
		return manifest, nil, err
	}
	manifest.Schema = ManifestSchema
	if manifest.Steps == nil {
		manifest.Steps = []Step{}
	}
	manifest.Files = []Entry{}
	for _, file := range files {
		manifest.Files = append(manifest.Files, entry(file))
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return manifest, nil, fmt.Errorf("write the manifest: %w", err)
	}
	list := File{Name: ManifestName, Data: append(text, '\n')}
	return manifest, append(slices.Clip(files), list, File{Name: DigestName, Data: digestLine(list.Data)}), nil
}

func (s Store) put(base string, files []File) (string, error) {
	if err := s.Disk.MkdirAll(s.Directory); err != nil {
		return "", fmt.Errorf("make the backup directory: %w", err)
	}
	partial, name, err := s.reserve(base)
	if err != nil {
		return "", err
	}
	if err := s.fill(partial, name, files); err != nil {
		_ = s.Disk.RemoveAll(partial)
		return "", err
	}
	return name, nil
}

// partialPrefix marks the directory of a backup that is still being written.
const partialPrefix = ".partial-"

// reserve makes the directory to work in; a second backup of the same second gets a number.
// Who has made the partial directory owns the name, so it is looked for only then.
func (s Store) reserve(base string) (partial, final string, err error) {
	for n := 1; n < 1000; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		partial, final = filepath.Join(s.Directory, partialPrefix+name), filepath.Join(s.Directory, name)
		err := s.Disk.Mkdir(partial)
		switch {
		case err == nil && !s.Disk.Exists(final):
			return partial, final, nil
		case err == nil:
			_ = s.Disk.RemoveAll(partial)
		case !errors.Is(err, fs.ErrExist):
			return "", "", fmt.Errorf("make a directory for the backup: %w", err)
		}
	}
	return "", "", fmt.Errorf("make a directory for the backup: %s: %w", base, fs.ErrExist)
}

func (s Store) fill(partial, final string, files []File) error {
	folders := map[string]bool{partial: true}
	for _, file := range files {
		local, err := filepath.Localize(file.Name)
		if err != nil {
			return fmt.Errorf("write %q: %w", file.Name, err)
		}
		path := filepath.Join(partial, local)
		if folder := filepath.Dir(path); !folders[folder] {
			if err := s.Disk.Mkdir(folder); err != nil {
				return fmt.Errorf("make %s: %w", folder, err)
			}
			folders[folder] = true
		}
		if err := s.Disk.WriteFile(path, file.Data); err != nil {
			return fmt.Errorf("write %s: %w", file.Name, err)
		}
	}
	for folder := range folders {
		if err := s.Disk.SyncDirectory(folder); err != nil {
			return fmt.Errorf("sync %s: %w", folder, err)
		}
	}
	if err := s.Disk.Rename(partial, final); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	if err := s.Disk.SyncDirectory(s.Directory); err != nil {
		_ = s.Disk.Rename(final, partial) // not durable: it must not pass for a backup
		return fmt.Errorf("sync %s: %w", s.Directory, err)
	}
	return nil
}

func entry(file File) Entry {
	return Entry{Name: file.Name, Size: len(file.Data), SHA256: digest(file.Data)}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// digestLine is what sha256sum writes of the manifest.
func digestLine(manifest []byte) []byte { return []byte(digest(manifest) + "  " + ManifestName + "\n") }

// baseName is made of foreign text, so only harmless characters get through: a name can't
// leave the directory.
func baseName(m Manifest) string {
	parts := []string{harmless(m.Target), harmless(m.Serial), m.Taken.UTC().Format("20060102T150405Z")}
	if m.Unjudged != "" {
		parts = append(parts, "unjudged")
	}
	return strings.Join(parts, "_")
}

func harmless(text string) string {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
	return foreign.FileName(strings.ReplaceAll(text, "_", "-"), 80)
}
