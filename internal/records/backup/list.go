package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Listed is one backup directory. Err says why its manifest is unusable; only Read checks the other files.
type Listed struct {
	Directory string
	Manifest  Manifest
	Err       error
}

// List finds the backups in a directory, by name (device, then time). A missing directory holds none.
func List(directory string) ([]Listed, error) {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	var list []Listed
	for _, entry := range entries {
		if !entry.IsDir() || IsPartial(entry.Name()) {
			continue
		}
		path := filepath.Join(directory, entry.Name())
		if _, err := os.Lstat(filepath.Join(path, ManifestName)); errors.Is(err, fs.ErrNotExist) {
			continue // something else
		}
		manifest, err := readManifest(path)
		list = append(list, Listed{Directory: path, Manifest: manifest, Err: err})
	}
	return list, nil
}
