package main

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"syscall"
)

// serial is a writer for many goroutines: each write is whole. It silently drops writes to a pipe whose reader has
// closed it: that must neither end the work on devices nor change the exit code.
type serial struct {
	mutex sync.Mutex
	w     io.Writer
	gone  bool // the reader has closed the pipe
	used  bool // something was written, or was to be
}

func inTurn(w io.Writer) *serial {
	if already, ok := w.(*serial); ok {
		return already
	}
	return &serial{w: w}
}

func (s *serial) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.used = true
	if s.gone {
		return len(p), nil
	}
	n, err := s.w.Write(p)
	if isClosedPipe(err) {
		s.gone = true
		return len(p), nil
	}
	return n, err
}

func (s *serial) wasUsed() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.used
}

// The Windows counterparts of EPIPE.
const (
	windowsBrokenPipe syscall.Errno = 109 // ERROR_BROKEN_PIPE
	windowsNoData     syscall.Errno = 232 // ERROR_NO_DATA: the pipe is being closed
)

func isClosedPipe(err error) bool {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	return runtime.GOOS == "windows" && (errors.Is(err, windowsBrokenPipe) || errors.Is(err, windowsNoData))
}

// isGone reports whether the reader has closed the pipe.
func isGone(w io.Writer) bool {
	wrapped, ok := w.(*serial)
	if !ok {
		return false
	}
	wrapped.mutex.Lock()
	defer wrapped.mutex.Unlock()
	return wrapped.gone
}

// bare returns the wrapped writer, for callers that must see whether it is a terminal.
func bare(w io.Writer) io.Writer {
	if wrapped, ok := w.(*serial); ok {
		return wrapped.w
	}
	return w
}
