//go:build !linux

package journal

import (
	"errors"
	"os"
)

// allocate is not supported here: the caller must write a file instead.
func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
