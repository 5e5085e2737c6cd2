//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// catchFileSize has a write beyond the limit on the size of files fail instead of ending acfix between a write to a
// device and its verification.
func catchFileSize() { signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ) }
