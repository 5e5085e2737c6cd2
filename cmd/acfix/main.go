// Command acfix gives AudioCodes SBCs the trusted roots that Microsoft Teams Direct Routing
// asks for. See the README for what it does, and what it will never do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // for change windows and schedules, where the system has no time zones
)

func main() { os.Exit(start()) }

// start runs acfix on the real terminal, network and clock, and returns the exit code.
func start() int {
	abort, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan struct{})
	signals := make(chan os.Signal, 2)
	// A closed terminal asks to stop as Ctrl-C does. A closed pipe must not end a run between a write and its
	// verification, so SIGPIPE is caught and the write only fails; it is not ignored, because child processes would
	// inherit that.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	catchFileSize()
	go func() {
		<-signals
		close(stop) // finish and verify the step in progress
		<-signals
		cancel() // leave at once
	}()
	return leaving(abort, farewell, func() int { return realApp(abort, stop).run(os.Args[1:]) })
}

// farewell is how long a run may continue after the second interrupt, to release its locks and leases.
const farewell = 15 * time.Second

// leaving returns run's exit code, but waits only for a while once abort has ended: opening a pipe without a writer, or
// a file on a lost network share, can't be interrupted.
func leaving(abort context.Context, patience time.Duration, run func() int) int {
	code := make(chan int, 1)
	go func() { code <- run() }()
	select {
	case ended := <-code:
		return ended
	case <-abort.Done():
	}
	select {
	case ended := <-code:
		return ended
	case <-time.After(patience):
		return exitInterrupted
	}
}
