//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// rebootOnSignal calls reboot at every SIGUSR1 until it is stopped.
func rebootOnSignal(reboot func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			reboot()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
