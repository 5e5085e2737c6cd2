package ownership

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Guard opens files that acfix acts on. The zero Guard trusts only root.
type Guard struct{ trust trust }

// Open opens a file for reading and refuses (*Refusal) one that others can change. The checks apply
// to the open file, so that what is read is what was checked.
func (g Guard) Open(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := g.Check(file, path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Check checks a file that is already open; path is the name it was opened by. Two folders decide
// which file that is: that of path and, if path is a link, that of its target.
func (g Guard) Check(file *os.File, path string) error {
	seen, known, err := factsOf(file)
	if err != nil || !known {
		return err
	}
	if err := g.trust.refuseFile(path, seen); err != nil {
		return err
	}
	folders, err := foldersOf(file, path)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := g.checkFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// CheckOwn checks a file or folder that acfix keeps for itself: no other user may own it or write to it, sticky or not.
// It returns nil for one that does not exist.
func (g Guard) CheckOwn(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	seen, known := factsIn(info)
	if !known {
		return nil
	}
	return g.trust.refuseFile(path, seen)
}

func (g Guard) checkFolder(path string) error {
	seen, known, err := folderFacts(path)
	if err != nil || !known {
		return err
	}
	return g.trust.refuseFolder(path, seen)
}

// folderFacts examines the open folder, or, if it may be traversed but not listed, the folder of
// this name.
func folderFacts(path string) (seen facts, known bool, err error) {
	folder, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrPermission):
		info, err := os.Stat(path)
		if err != nil {
			return facts{}, false, err
		}
		seen, known = factsIn(info)
	case err != nil:
		return facts{}, false, err
	default:
		defer func() { _ = folder.Close() }()
		if seen, known, err = factsOf(folder); err != nil {
			return facts{}, false, err
		}
	}
	seen.ReadOnly = isReadOnly(path)
	return seen, known, nil
}

// factsOf examines the open file; known is false if the system does not tell.
func factsOf(file *os.File) (seen facts, known bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return facts{}, false, err
	}
	seen, known = factsIn(info)
	return seen, known, nil
}

// foldersOf returns the folders that hold the file: by the name it was opened by, and by its real
// name.
func foldersOf(file *os.File, path string) ([]string, error) {
	named := filepath.Dir(path)
	target, err := filepath.EvalSymlinks(path)
	info, statErr := file.Stat()
	switch {
	case statErr != nil:
		return nil, statErr
	case !info.Mode().IsRegular():
		return []string{named}, nil // a pipe of the shell's has no folder
	case err != nil:
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	now, err := os.Stat(target)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	if !os.SameFile(info, now) {
		return nil, refuse("find out which process replaced it, and try again",
			"another file was put in its place while it was opened")
	}
	if filepath.Dir(target) == named {
		return []string{named}, nil
	}
	return []string{named, filepath.Dir(target)}, nil
}
