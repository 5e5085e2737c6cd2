// Package backup keeps what was read from a device before it is changed: a directory with
// the files and a manifest with the SHA-256 of each. A backup is on disk whole or not at
// all: it is written under another name, synced, and renamed.
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
)

// ManifestName is the file that lists all others.
const ManifestName = "manifest.json"

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
	Firmware string    `json:"firmware"`
	Contexts []Context `json:"contexts"`
	Files    []Entry   `json:"files"` // filled in by Write
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
}

// Write puts a backup on disk and returns its directory. On an error nothing is left
// behind that could pass for a backup.
func (s Store) Write(manifest Manifest, files []File) (string, error) {
	manifest.Schema = ManifestSchema
	manifest.Files = []Entry{}
	for _, file := range files {
		manifest.Files = append(manifest.Files, entry(file))
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the manifest: %w", err)
	}
	files = append(slices.Clip(files), File{Name: ManifestName, Data: append(text, '\n')})
	if err := s.Disk.MkdirAll(s.Directory); err != nil {
		return "", fmt.Errorf("make the backup directory: %w", err)
	}
	partial, name, err := s.reserve(baseName(manifest))
	if err != nil {
		return "", err
	}
	if err := s.fill(partial, name, files); err != nil {
		_ = s.Disk.RemoveAll(partial)
		return "", err
	}
	return name, nil
}

// reserve makes the directory to work in; a second backup of the same second gets a number.
// Who has made the partial directory owns the name, so it is looked for only then.
func (s Store) reserve(base string) (partial, final string, err error) {
	for n := 1; n < 1000; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		partial, final = filepath.Join(s.Directory, ".partial-"+name), filepath.Join(s.Directory, name)
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
	sum := sha256.Sum256(file.Data)
	return Entry{Name: file.Name, Size: len(file.Data), SHA256: hex.EncodeToString(sum[:])}
}

// baseName is made of foreign text, so only harmless characters get through: a name can't
// leave the directory.
func baseName(m Manifest) string {
	parts := []string{harmless(m.Target), harmless(m.Serial), m.Taken.UTC().Format("20060102T150405Z")}
	return strings.Join(parts, "_")
}

func harmless(text string) string {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		default:
			return '-'
		}
	}, text)
	clean = strings.Trim(clean, ".-")
	if len(clean) > 80 {
		clean = clean[:80]
	}
	if clean == "" {
		return "unknown"
	}
	return clean
}
