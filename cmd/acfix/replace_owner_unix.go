//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner and group of the one that it replaces.
func keepOwner(path string, replaced os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return err
	}
	was, known := replaced.Sys().(*syscall.Stat_t)
	is, alike := now.Sys().(*syscall.Stat_t)
	if !known || !alike || was.Uid == is.Uid && was.Gid == is.Gid {
		return nil
	}
	if err := os.Chown(path, int(was.Uid), int(was.Gid)); err != nil {
		return fmt.Errorf("its owner can't be kept: %w", err)
	}
	return nil
}
