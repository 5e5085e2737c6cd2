package localfault

import (
	"errors"
	"syscall"
)

// numbers are Windows' own, which differ from the numbers that package syscall makes up for it.
var numbers = map[syscall.Errno]error{
	4:     syscall.EMFILE, // ERROR_TOO_MANY_OPEN_FILES
	8:     syscall.ENOMEM, // ERROR_NOT_ENOUGH_MEMORY
	14:    syscall.ENOMEM, // ERROR_OUTOFMEMORY
	19:    syscall.EROFS,  // ERROR_WRITE_PROTECT
	39:    syscall.ENOSPC, // ERROR_HANDLE_DISK_FULL
	112:   syscall.ENOSPC, // ERROR_DISK_FULL
	223:   syscall.EFBIG,  // ERROR_FILE_TOO_LARGE
	1117:  syscall.EIO,    // ERROR_IO_DEVICE
	1295:  syscall.EDQUOT, // ERROR_DISK_QUOTA_EXCEEDED
	10024: syscall.EMFILE, // WSAEMFILE
	10055: syscall.ENOBUFS,
}

// isNumber reports whether an error of Windows means the cause.
func isNumber(err, cause error) bool {
	var number syscall.Errno
	return errors.As(err, &number) && numbers[number] != nil && numbers[number] == cause
}
