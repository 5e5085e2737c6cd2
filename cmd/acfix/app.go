package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
)

// app is acfix without the process around it: everything it touches is passed in.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        func() []string // all of it, for the programs that inventories name
	user           int             // ID of the user that runs acfix, on systems with numeric user IDs

	// Whether an operator is present, and how to ask for a secret.
	stdinIsTerminal, stdoutIsTerminal, stderrIsTerminal bool
	restoreTerminal                                     func()
	readSecret                                          func() ([]byte, error)
	width                                               func() int // of the terminal; 0: not known

	boot   func() string // names this start of the machine; "" where the system says none
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	jitter func() float64
	after  func(time.Duration, func()) // calls back once; nil in tests, where no device is set aside
	// ticking calls each repeatedly, by the real clock, until it is stopped; nil in tests.
	ticking func(each func()) (stop func())
	hanging *progress.Waits // shows which device acfix waits for

	abort      context.Context // ends at the second interrupt
	stop       <-chan struct{} // closed at the first
	interrupts *interrupts
	counting   *counting
	outage     *store.Outage

	instead   documentOf // of the command's result, once it is known; nil is the document of an error alone
	flags     commonFlags
	level     slog.Level // of --log-level
	guard     ownership.Guard
	ownPolicy func(store.Run) run.Settings // name and trust a policy, by our own jobs file or flags; nil without
	// strictFiles: a process without a person in front of it uses no inventory that other users can change.
	strictFiles bool
	// withheld names the environment variables that the jobs file's messages use; password commands don't get them.
	withheld []string
	lost     *lostMessages // nil outside of serve
}

// clock returns the clock and the randomness for everything that waits and retries.
func (a *app) clock() retry.Clock { return retry.Clock{Now: a.now, Sleep: a.sleep, Jitter: a.jitter} }

// process returns what a run needs from this process.
func (a *app) process() run.Process {
	return run.Process{Clock: a.clock(), After: a.after, Abort: a.abort, Stop: a.stop, Outage: a.outage, Warn: a.warn}
}

func (a *app) persist(work func(context.Context) error) error { return a.process().Persist(work) }

// stopped reports whether the operator asked to stop.
func (a *app) stopped() bool { return a.process().Stopped() }

// reading returns a context for work that may be abandoned at the first interrupt.
func (a *app) reading() (context.Context, context.CancelFunc) { return a.process().Reading() }

// say prints progress to stderr; stdout carries the result alone.
func (a *app) say(format string, arguments ...any) {
	if !a.flags.quiet {
		fmt.Fprintf(a.stderr, "%s\n", foreign.Clean(fmt.Sprintf(format, arguments...)))
	}
}

// warn prints what the operator must not miss; -q does not silence it.
func (a *app) warn(text string) { fmt.Fprintf(a.stderr, "acfix: WARNING: %s\n", text) }

func (a *app) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: a.level}))
}

// patience returns how to retry when devices are busy or connections break.
func (a *app) patience() retry.Policy {
	return a.clock().Policy(a.flags.retryFor, time.Second, 15*time.Second)
}

// settling returns how long a change may take to show: devices answer within a minute, so a lost answer may
// have been that late.
func (a *app) settling() retry.Policy {
	return a.clock().Policy(30*time.Second, time.Second, 8*time.Second)
}

// unattended returns an app that asks nothing and shows only warnings and errors.
func (a *app) unattended() *app {
	quiet := *a
	quiet.stdout, quiet.stdinIsTerminal = io.Discard, false
	quiet.flags.quiet, quiet.flags.output = true, formatJSON
	return &quiet
}

// show writes the result of a command: the document with -o json, otherwise the text.
func (a *app) show(document any, text string) error {
	if a.flags.json() {
		return writeJSON(a.stdout, document)
	}
	if _, err := fmt.Fprint(a.stdout, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, content any) error { return report.WriteDocument(w, content) }
