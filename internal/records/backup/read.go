package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// Backup is a verified backup.
type Backup struct {
	Directory string
	Manifest  Manifest
	stored    map[string][]byte // by the manifest's names
}

// Read reads and verifies a backup: the manifest matches its digest and its form; every listed file is present with its
// size and SHA-256; nothing else is present, and links and other special files are refused. A flipped byte in any file
// is found, whether or not the files are encrypted. The error is ErrDamaged unless the directory itself is unreadable.
func Read(directory string) (Backup, error) {
	manifest, err := readManifest(directory)
	if err != nil {
		return Backup{}, err
	}
	if err := nothingElse(directory, manifest); err != nil {
		return Backup{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	backup := Backup{Directory: directory, Manifest: manifest, stored: map[string][]byte{}}
	for _, entry := range manifest.Files {
		data, err := readFile(filepath.Join(directory, filepath.FromSlash(entry.Name)), entry.Size)
		switch {
		case err != nil:
			return Backup{}, fmt.Errorf("%w: %s: %w", ErrDamaged, entry.Name, err)
		case len(data) != entry.Size:
			return Backup{}, fmt.Errorf("%w: %s has %d bytes, the manifest says %d", ErrDamaged, entry.Name,
				len(data), entry.Size)
		case digest(data) != entry.SHA256:
			return Backup{}, fmt.Errorf("%w: %s does not have the SHA-256 that the manifest says", ErrDamaged,
				entry.Name)
		}
		backup.stored[entry.Name] = data
	}
	return backup, nil
}

// File returns a file's content, decrypted if necessary; name is the plain one. Error: ErrSealed if no identity fits.
func (b Backup) File(name string, identities []age.Identity) ([]byte, error) {
	name = strings.TrimSuffix(name, ageSuffix)
	sealed := b.Manifest.Encryption == Age
	if sealed {
		name += ageSuffix
	}
	data, there := b.stored[name]
	switch {
	case !there:
		return nil, fmt.Errorf("%w: there is no %s in it", ErrDamaged, name)
	case !sealed:
		return data, nil
	}
	plain, err := decrypt(data, identities)
	switch {
	case errors.Is(err, ErrSealed):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %s can't be decrypted: %w", ErrDamaged, name, err)
	}
	return plain, nil
}

func readManifest(directory string) (Manifest, error) {
	if _, err := os.ReadDir(directory); err != nil {
		return Manifest{}, fmt.Errorf("read the backup: %w", err)
	}
	text, err := readFile(filepath.Join(directory, ManifestName), manifestLimit)
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %s: %w", ErrDamaged, ManifestName, err)
	}
	line, err := readFile(filepath.Join(directory, DigestName), len(digestLine(nil)))
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %s: %w", ErrDamaged, DigestName, err)
	}
	if !bytes.Equal(line, digestLine(text)) {
		return Manifest{}, fmt.Errorf("%w: %s does not have the SHA-256 in %s", ErrDamaged, ManifestName, DigestName)
	}
	manifest, err := ParseManifest(text)
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return manifest, nil
}

// readFile reads a regular file, up to one byte beyond its limit.
func readFile(path string, limit int) (data []byte, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err = io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil || len(data) <= limit {
		return data, err
	}
	return nil, fmt.Errorf("it has more than %d bytes", limit)
}

// nothingElse refuses everything that the manifest does not list.
func nothingElse(directory string, manifest Manifest) error {
	known := map[string]bool{".": true, ManifestName: true, DigestName: true}
	folders := map[string]bool{".": true}
	for _, entry := range manifest.Files {
		known[entry.Name] = true
		if folder, _, ok := strings.Cut(entry.Name, "/"); ok {
			folders[folder] = true
		}
	}
	return filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return reason(err)
		}
		name, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && folders[name], entry.Type().IsRegular() && known[name]:
			return nil
		case name == "." && entry.Type()&fs.ModeSymlink != 0:
			return errors.New("the directory is a link; give the directory it leads to")
		default:
			return fmt.Errorf("%q is in it, and not in its manifest", name)
		}
	})
}

// reason strips the path from an error: the caller names it.
func reason(err error) error {
	var pathed *fs.PathError
	if errors.As(err, &pathed) {
		return pathed.Err
	}
	return err
}
