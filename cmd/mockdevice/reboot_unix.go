//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/acfix/acfix/mockdevice"
)

// rebootOnSignal reboots the device at every SIGUSR1 until it is stopped.
func rebootOnSignal(device *mockdevice.Device) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			device.Reboot()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
