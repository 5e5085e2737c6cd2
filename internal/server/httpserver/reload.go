package httpserver

import (
	"io/fs"
	"os"
	"slices"
	"sync"
)

// reloaded is a value read from files. Every use checks them and rereads changed ones, so no signal is needed.
type reloaded[T any] struct {
	paths []string
	read  func() (T, error)

	mutex sync.Mutex
	seen  []fs.FileInfo
	value T
}

// current returns the value of the files now; with an error, the last good value.
func (r *reloaded[T]) current() (T, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now, err := r.stat()
	if err != nil || same(r.seen, now) {
		return r.value, err
	}
	read, err := r.read()
	if err != nil {
		r.seen = nil // try again at the next use
		return r.value, err
	}
	r.value, r.seen = read, now
	return r.value, nil
}

func (r *reloaded[T]) stat() ([]fs.FileInfo, error) {
	all := make([]fs.FileInfo, len(r.paths))
	for i, path := range r.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		all[i] = info
	}
	return all, nil
}

func same(before, now []fs.FileInfo) bool {
	return slices.EqualFunc(before, now, func(was, is fs.FileInfo) bool {
		return os.SameFile(was, is) && was.Size() == is.Size() && was.Mode() == is.Mode() &&
			was.ModTime().Equal(is.ModTime())
	})
}
