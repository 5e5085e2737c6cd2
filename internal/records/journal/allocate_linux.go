package journal

import (
	"errors"
	"os"
	"syscall"
)

// keepSize is FALLOC_FL_KEEP_SIZE of fallocate(2): the file does not become longer.
const keepSize = 1

// allocate reserves disk space from a place in the file on, and leaves its size and content alone. Error:
// errors.ErrUnsupported if the file system can't.
func allocate(file *os.File, from, room int64) error {
	for {
		err := syscall.Fallocate(int(file.Fd()), keepSize, from, room)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
