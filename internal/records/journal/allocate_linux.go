package journal

import (
	"errors"
	"os"
	"syscall"
)

// allocate reserves disk space for a file without writing to it. Error: errors.ErrUnsupported if the file system can't.
func allocate(file *os.File, room int64) error {
	for {
		err := syscall.Fallocate(int(file.Fd()), 0, 0, room)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
