package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
)

// Set by the Makefile.
var (
	version = "dev"
	commit  = "unknown"
)

// newID names a plan or a run; it is chance and says nothing.
func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

// processName names this process, and no other that ever ran.
var processName = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), newID())
})
