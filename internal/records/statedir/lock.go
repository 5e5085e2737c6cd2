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

// ErrHeld means that another process held the lock for the whole wait.
var ErrHeld = errors.New("another run holds this device")

// Locks is the folder of lock files: for devices by each of their names, for runs and for token files. A lock keeps
// two processes on one machine from working on the same thing. It is an advisory lock of the operating system on a
// file, so it ends with the process that holds it, however that ends.
type Locks string

// Held is a set of locks.
type Held struct {
	locks []*flock.Flock
	// Waited reports that another process held a lock first: earlier readings of the device may be out of date.
	Waited bool
}

const again = 100 * time.Millisecond

// Take takes the locks of all names, or none. It waits until the context ends, and then returns ErrHeld. Names consist
// of harmless characters. Every process takes them in the same order, so that two runs never wait for each other.
func (l Locks) Take(ctx context.Context, names ...string) (*Held, error) {
	if err := os.MkdirAll(string(l), 0o700); err != nil {
		return nil, fmt.Errorf("make the locks' directory: %w", err)
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	held := &Held{}
	for _, name := range names {
		if err := held.lock(ctx, filepath.Join(string(l), name+".lock")); err != nil {
			return nil, errors.Join(err, held.Release())
		}
	}
	return held, nil
}

func (h *Held) lock(ctx context.Context, path string) error {
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

// IsHeld reports whether a process holds the lock of a name. Unlike Take it creates no file.
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

// Release releases all locks. It keeps the files: otherwise two runs could lock two files of the same name.
func (h *Held) Release() error {
	var failures []error
	for _, file := range h.locks {
		failures = append(failures, file.Unlock())
	}
	return errors.Join(failures...)
}
