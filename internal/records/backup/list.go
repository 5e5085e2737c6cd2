package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Listed is one directory of backups. Err says why its manifest can't be relied on; the
// other files are not looked at, which is what Read is for.
type Listed struct {
	Directory string
	Manifest  Manifest
	Err       error
}

// List finds the backups in a directory, by name, which is by device and time. A directory
// that is not there holds none.
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
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), partialPrefix) {
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
