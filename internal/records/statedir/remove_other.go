//go:build !windows

package statedir

import "os"

// remove removes a lock file whose lock is held.
func remove(path string) error { return os.Remove(path) }
