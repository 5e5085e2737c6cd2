//go:build !unix

package main

import "github.com/acfix/acfix/mockdevice"

// rebootOnSignal does nothing where there is no SIGUSR1.
func rebootOnSignal(*mockdevice.Device) (stop func()) { return func() {} }
