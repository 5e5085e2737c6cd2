package main

import (
	"io"
	"sync"
)

// serial is a writer for many goroutines: each write is whole.
type serial struct {
	mutex sync.Mutex
	w     io.Writer
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
	return s.w.Write(p)
}

// bare is the writer itself, for who must see that it is a terminal.
func bare(w io.Writer) io.Writer {
	if wrapped, ok := w.(*serial); ok {
		return wrapped.w
	}
	return w
}
