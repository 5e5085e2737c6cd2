// Command acfix gives AudioCodes SBCs the trusted roots that Microsoft Teams Direct Routing
// asks for. See the README for what it does, and what it will never do.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // change windows and schedules, where the system has no time zones
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	os.Exit(start())
}

// garbagePercent keeps a run over a thousand devices below 48 MiB; a limit on memory instead
// would stop a run with larger configurations, or more of them at once, by endless garbage collection.
const garbagePercent = 65

// start runs acfix on the real terminal, network and clock, and returns the exit code.
func start() int {
	abort, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan struct{})
	signals := make(chan os.Signal, 2)
	// A closed terminal asks to stop as Ctrl-C does; a closed pipe must not end a run between
	// a write and its proof, so writing to it fails and nothing more. Programs that are started here
	// end by it as they do elsewhere, which they would not if it were ignored.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-signals
		close(stop) // finish and verify the step in progress
		<-signals
		cancel() // leave at once
	}()
	return leaving(abort, farewell, func() int { return realApp(abort, stop).run(os.Args[1:]) })
}

// farewell is how long a run may go on after the second interrupt: as long as it takes to
// give back what it holds.
const farewell = 15 * time.Second

// leaving returns run's exit code, and doesn't wait for it for ever once abort has ended:
// opening a pipe without a writer, or a file of a share that is gone, can't be interrupted.
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
