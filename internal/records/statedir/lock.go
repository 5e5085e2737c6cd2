package statedir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/gofrs/flock"
)

// ErrHeld means that another process held the lock for the whole wait.
var ErrHeld = errors.New("another run holds this device")

// Locks is the folder of lock files: for devices by each of their names, for runs and for token files. A lock keeps
// two processes on one machine from working on the same thing. It is an advisory lock of the operating system on a
// file, so it ends with the process that holds it, however that ends. A file does not say that its lock is held.
// docs/design/records.md: A device's lock file stays for its next run
type Locks string

// Held is a set of locks.
type Held struct {
	locks []*flock.Flock
	// Waited reports that another process held a lock first: earlier readings of the device may be out of date.
	Waited bool
}

const (
	suffix = ".lock"
	again  = 100 * time.Millisecond
)

// Take takes the locks of all names, or none. It waits until the context ends, and then returns ErrHeld. Names consist
// of harmless characters. Every process takes them in the same order, so that two runs never wait for each other.
func (l Locks) Take(ctx context.Context, names ...string) (*Held, error) {
	if err := os.MkdirAll(string(l), 0o700); err != nil {
		return nil, localfault.OfFolder(fmt.Errorf("make the locks' directory: %w", err))
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	held := &Held{}
	for _, name := range names {
		if err := held.lock(ctx, filepath.Join(string(l), name+suffix)); err != nil {
			return nil, errors.Join(err, held.Release())
		}
	}
	return held, nil
}

// lock locks the file that the path names once the lock is held. A holder before may have removed the file that was
// opened: its lock keeps no other process out, so the file of that name is locked instead.
func (h *Held) lock(ctx context.Context, path string) error {
	for {
		file, err := h.lockOpened(ctx, path)
		if err != nil {
			return err
		}
		if isStill(file, path) {
			h.locks = append(h.locks, file)
			return nil
		}
		_ = file.Unlock()
		if ctx.Err() != nil {
			return ErrHeld
		}
	}
}

// lockOpened locks the file that the path names now.
func (h *Held) lockOpened(ctx context.Context, path string) (*flock.Flock, error) {
	file := flock.New(path, flock.SetPermissions(0o600))
	locked, err := file.TryLock()
	if err == nil && !locked {
		h.Waited = true
		locked, err = file.TryLockContext(ctx, again)
	}
	switch {
	case locked:
		return file, nil
	case ctx.Err() != nil:
		_ = file.Close()
		return nil, ErrHeld
	default:
		_ = file.Close()
		return nil, localfault.OfFolder(fmt.Errorf("lock the device: %w", err))
	}
}

// isStill reports whether the path names the locked file.
func isStill(file *flock.Flock, path string) bool {
	locked, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(locked, named)
}

// IsHeld reports whether a process holds the lock of a name. Unlike Take it creates no file.
func (l Locks) IsHeld(name string) bool {
	path := filepath.Join(string(l), name+suffix)
	if _, err := os.Lstat(path); err != nil {
		return false
	}
	file := flock.New(path, flock.SetFlag(os.O_RDONLY))
	locked, err := file.TryRLock()
	if locked {
		_ = file.Unlock()
	}
	return err == nil && !locked
}

// Release releases the locks. Their files stay for the next run at the device, or for RemoveFree.
func (h *Held) Release() error {
	var failures []error
	for _, file := range h.locks {
		failures = append(failures, file.Unlock())
	}
	h.locks = nil
	return errors.Join(failures...)
}

// Remove removes the lock files and then releases the locks, in this order: a process that locks one of the removed
// files finds that no path names it.
func (h *Held) Remove() error {
	var failures []error
	for _, file := range h.locks {
		if err := remove(file.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failures = append(failures, err)
		}
	}
	return errors.Join(append(failures, h.Release())...)
}

// RemoveFree removes the lock files that were made before a time and whose locks no process holds.
func (l Locks) RemoveFree(before time.Time) error {
	entries, err := os.ReadDir(string(l))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	failures := []error{err}
	ended, end := context.WithCancel(context.Background())
	end() // waits for no lock
	for _, entry := range entries {
		name, is := strings.CutSuffix(entry.Name(), suffix)
		if info, err := entry.Info(); !is || err != nil || !info.ModTime().Before(before) {
			continue
		}
		switch held, err := l.Take(ended, name); {
		case err == nil:
			failures = append(failures, held.Remove())
		case !errors.Is(err, ErrHeld):
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
