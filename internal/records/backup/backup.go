// Package backup keeps what was read from a device before it is changed: a directory with the files
// and a manifest with the SHA-256 of each. A backup is either complete on disk or absent: it is
// written under another name, synced, and renamed.
//
// The digests detect damage, such as a failing disk or a truncated copy. They do not protect
// against deliberate changes: whoever can change a file can also change its digest. A backup has no
// MAC, so an operator must check what it says, above all the device's address, before acting on it.
//
// The configuration has obscured secrets and the directory names devices: directories are 0700, files 0600.
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
	"sync"
	"time"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/localfault"
)

// ManifestName is the file that lists all others.
const ManifestName = "manifest.json"

// DigestName is the file that holds the manifest's own SHA-256, in the format of sha256sum. It is separate because a
// digest inside the manifest would have to exclude itself, which no common tool supports.
const DigestName = "manifest.sha256"

// ManifestSchema is the value of the manifest's first key.
const ManifestSchema = "acfix.backup-manifest/v1"

// Manifest describes a backup: which device, when, and which files.
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
	// Run is the run that made the backup, by its ID in the journal; "" if no run did.
	Run string `json:"run"`
	// Steps are what the run was about to do to the device; empty if no run made the backup.
	Steps []Step `json:"steps"`
	// Encryption is "age" or "". It covers the files, not the manifest, which holds no secret. Write sets it.
	Encryption string  `json:"encryption"`
	Files      []Entry `json:"files"` // as stored; filled in by Write
	// Unjudged says why the configuration could not be parsed, or is "". Such a backup holds what
	// the device sent, possibly truncated, and must not be restored.
	Unjudged string `json:"unjudged,omitempty"`
}

// ErrUnjudged is in the error chain if a caller wants to use a backup whose configuration acfix could not parse.
var ErrUnjudged = errors.New("the backup was never checked: its configuration can't be parsed")

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
	// Absent is the HTTP status that reported a missing store, or 0. This backup must never replace such a store.
	Absent      int    `json:"absent"`
	Certificate string `json:"certificate"` // file; "" when the context has none
}

// Entry is one file of a backup.
type Entry struct {
	Name   string `json:"name"` // with forward slashes, below the directory
	Size   int    `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// File is one file to keep. Name may contain one folder, with a forward slash.
type File struct {
	Name string
	Data []byte
}

// Store is a directory of backups.
type Store struct {
	Directory string
	Disk      Disk
	// Recipients can open what Write encrypts; without recipients nothing is encrypted.
	Recipients []age.Recipient
}

// Write puts a backup on disk and returns its directory. An error leaves nothing that could pass for a backup.
func (s Store) Write(manifest Manifest, files []File) (string, error) {
	manifest, files, err := s.lay(manifest, files)
	if err != nil {
		return "", err
	}
	return s.put(baseName(manifest), files)
}

// lay seals the files and adds the manifest and its digest.
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
		return "", localfault.OfFolder(fmt.Errorf("make the backup directory: %w", err))
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

// IsPartial reports whether a name is that of a backup or file that was not finished.
func IsPartial(name string) bool { return strings.HasPrefix(name, partialPrefix) }

// reserve makes the working directory; a second backup in the same second gets a number. The
// process that has made the partial directory owns the name, so the final one is checked only then.
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
			return "", "", localfault.OfFolder(fmt.Errorf("make a directory for the backup: %w", err))
		}
	}
	return "", "", fmt.Errorf("make a directory for the backup: %s: %w", base, fs.ErrExist)
}

// fill writes all files, each of them synced, and then makes their names durable. What can wait for the disk
// together does so.
// docs/design/records.md: The files of a backup are synced together
func (s Store) fill(partial, final string, files []File) error {
	folders, writes, err := s.spread(partial, files)
	if err != nil {
		return err
	}
	if err := together(writes); err != nil {
		return err
	}
	var syncs []func() error
	for _, folder := range folders {
		syncs = append(syncs, func() error { return s.syncDirectory(folder) })
	}
	if err := together(syncs); err != nil {
		return err
	}
	if err := s.Disk.Rename(partial, final); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	if err := s.syncDirectory(s.Directory); err != nil {
		_ = s.Disk.Rename(final, partial) // not durable: no reader must take it for a backup
		return err
	}
	return nil
}

// spread makes the folders of the files, and returns them and what writes the files.
func (s Store) spread(partial string, files []File) (folders []string, writes []func() error, err error) {
	folders = []string{partial}
	for _, file := range files {
		local, err := filepath.Localize(file.Name)
		if err != nil {
			return nil, nil, fmt.Errorf("write %q: %w", file.Name, err)
		}
		path := filepath.Join(partial, local)
		if folder := filepath.Dir(path); !slices.Contains(folders, folder) {
			if err := s.Disk.Mkdir(folder); err != nil {
				return nil, nil, fmt.Errorf("make %s: %w", folder, err)
			}
			folders = append(folders, folder)
		}
		writes = append(writes, func() error {
			if err := s.Disk.WriteFile(path, file.Data); err != nil {
				return fmt.Errorf("write %s: %w", file.Name, err)
			}
			return nil
		})
	}
	return folders, writes, nil
}

func (s Store) syncDirectory(path string) error {
	if err := s.Disk.SyncDirectory(path); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// together does all of the work at once, waits for all of it, and returns the first error in its order.
func together(work []func() error) error {
	failed := make([]error, len(work))
	var group sync.WaitGroup
	for i, do := range work {
		group.Go(func() { failed[i] = do() })
	}
	group.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
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

// digestLine is the manifest's line in the format of sha256sum.
func digestLine(manifest []byte) []byte { return []byte(digest(manifest) + "  " + ManifestName + "\n") }

// baseName keeps only harmless characters of foreign text, so that a name cannot leave the directory.
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
