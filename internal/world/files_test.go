package world

import (
	"os"
	"path/filepath"
	"slices"
)

// File is one file or directory that acfix wrote.
type File struct {
	Mode os.FileMode
	Data []byte
}

// readTree reads all files below a directory, by their path below it.
func readTree(root string) (map[string]File, error) {
	files := map[string]File{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		file := File{Mode: info.Mode()}
		if entry.Type().IsRegular() {
			if file.Data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		name, err := filepath.Rel(root, path)
		files[filepath.ToSlash(name)] = file
		return err
	})
	return files, err
}

// writeTree brings a directory to what readTree read there.
func writeTree(root string, files map[string]File) error {
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names) // directories before what is in them
	for _, name := range names {
		file, path := files[name], filepath.Join(root, filepath.FromSlash(name))
		var err error
		if file.Mode.IsDir() {
			err = os.MkdirAll(path, file.Mode.Perm())
		} else {
			err = os.WriteFile(path, file.Data, file.Mode.Perm())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
