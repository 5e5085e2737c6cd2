//go:build !linux

package journal

import (
	"errors"
	"os"
)

// allocate is not supported here: the caller must write the space instead.
func allocate(*os.File, int64) error { return errors.ErrUnsupported }
