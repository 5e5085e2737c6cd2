//go:build !unix

package main

// rebootOnSignal does nothing where there is no SIGUSR1.
func rebootOnSignal(func()) (stop func()) { return func() {} }
