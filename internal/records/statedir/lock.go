package statedir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// ErrHeld: somebody else has the lock, and kept it for all the time that was waited.
var ErrHeld = errors.New("another run has this device")

// Locks is the folder of lock files: of devices by each of their names, of runs and of token files. A lock
// keeps two processes of one machine off the same thing. It is an advisory lock of the operating system on
// a file, so it ends with the process that holds it, however that dies.
type Locks string

// Held is a set of locks.
type Held struct {
	locks []*flock.Flock
	// Waited tells whether somebody else had one of them first: what was read of the
	// device before may be out of date.
	Waited bool
}

const again = 100 * time.Millisecond

// Take takes the locks of all names, or none. It waits until the context ends, and then
// returns ErrHeld. The names are of harmless characters; they are taken in one order
// everywhere, so that two runs never wait for each other.
func (l Locks) Take(ctx context.Context, names ...string) (*Held, error) {
	if err := os.MkdirAll(string(l), 0o700); err != nil {
		return nil, fmt.Errorf("make the locks' directory: %w", err)
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	held := &Held{}
	for _, name := range names {
		if err := held.take(ctx, filepath.Join(string(l), name+".lock")); err != nil {
			return nil, errors.Join(err, held.Release())
		}
	}
	return held, nil
}

func (h *Held) take(ctx context.Context, path string) error {
	file := flock.New(path, flock.SetPermissions(0o600))
	locked, err := file.TryLock()
	if err == nil && !locked {
		h.Waited = true
		locked, err = file.TryLockContext(ctx, again)
	}
	switch {
	case locked:
		h.locks = append(h.locks, file)
		return nil
	case ctx.Err() != nil:
		return ErrHeld
	default:
		return fmt.Errorf("lock the device: %w", err)
	}
}

// IsHeld reports whether somebody has the lock of a name. Unlike Take it makes no file.
func (l Locks) IsHeld(name string) bool {
	path := filepath.Join(string(l), name+".lock")
	if _, err := os.Stat(path); err != nil {
		return false
	}
	file := flock.New(path)
	locked, err := file.TryLock()
	if locked {
		_ = file.Unlock()
	}
	return err == nil && !locked
}

// Release gives all locks back. The files stay: removing one would let two runs lock two
// files of the same name.
func (h *Held) Release() error {
	var failures []error
	for _, file := range h.locks {
		failures = append(failures, file.Unlock())
	}
	return errors.Join(failures...)
}
