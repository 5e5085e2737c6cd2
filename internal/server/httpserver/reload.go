package httpserver

import (
	"io/fs"
	"os"
	"sync"
)

// reloaded is what files say, read again when one of them changed. It looks at every use, so
// that no signal is needed.
type reloaded[T any] struct {
	paths []string
	read  func() (T, error)

	mutex sync.Mutex
	seen  []fs.FileInfo
	value T
}

// current is what the files say now. On an error, value is what they last said well.
func (r *reloaded[T]) current() (T, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now, err := r.look()
	if err != nil {
		return r.value, err
	}
	if !same(r.seen, now) {
		read, err := r.read()
		if err != nil {
			r.seen = nil // try again at the next use
			return r.value, err
		}
		r.value, r.seen = read, now
	}
	return r.value, nil
}

func (r *reloaded[T]) look() ([]fs.FileInfo, error) {
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
	if len(before) != len(now) {
		return false
	}
	for i, was := range before {
		is := now[i]
		if !os.SameFile(was, is) || was.Size() != is.Size() || was.Mode() != is.Mode() || !was.ModTime().Equal(is.ModTime()) {
			return false
		}
	}
	return true
}
