//go:build !unix

package main

// rebootOnSignal does nothing on systems without SIGUSR1.
func rebootOnSignal(func()) (stop func()) { return func() {} }
