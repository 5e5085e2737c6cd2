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

// app is acfix without the process around it: everything it touches comes in.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        func() []string // all of it, for the programs that inventories name
	user           int             // number of the user who runs it, where users have numbers

	// Whether a person sits there, and how to ask one for a secret.
	stdinIsTerminal, stdoutIsTerminal, stderrIsTerminal bool
	restoreTerminal                                     func()
	readSecret                                          func() ([]byte, error)

	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	jitter func() float64
	after  func(time.Duration, func()) // calls back once; nil in tests: no device is set aside there
	// ticking calls each time and again, by the real clock, until it is stopped; nil in tests.
	ticking func(each func()) (stop func())
	hanging *progress.Waits // which device is waited for

	abort      context.Context // ends at the second interrupt
	stop       <-chan struct{} // closed at the first
	interrupts *interrupts

	outage *store.Outage

	flags commonFlags
	level slog.Level // of --log-level
	guard ownership.Guard
	// withheld are the environment variables of the jobs file's messages.
	withheld []string
}

// clock is the time and chance of this app, for whatever waits and tries again.
func (a *app) clock() retry.Clock { return retry.Clock{Now: a.now, Sleep: a.sleep, Jitter: a.jitter} }

// process is what a run needs of this one.
func (a *app) process() run.Process {
	return run.Process{Clock: a.clock(), After: a.after, Abort: a.abort, Stop: a.stop, Outage: a.outage, Warn: a.warn}
}

func (a *app) persist(work func(context.Context) error) error { return a.process().Persist(work) }

// stopped tells whether somebody has asked to stop.
func (a *app) stopped() bool { return a.process().Stopped() }

// reading is the context of everything that may be left at the first interrupt.
func (a *app) reading() (context.Context, context.CancelFunc) { return a.process().Reading() }

// say is progress for people; it goes to stderr, for stdout carries the result alone.
func (a *app) say(format string, arguments ...any) {
	if !a.flags.quiet {
		fmt.Fprintf(a.stderr, "%s\n", foreign.Clean(fmt.Sprintf(format, arguments...)))
	}
}

// warn is for what nobody may miss; -q does not silence it.
func (a *app) warn(text string) { fmt.Fprintf(a.stderr, "acfix: WARNING: %s\n", text) }

func (a *app) style(terminal bool) report.Style {
	return report.Style{Color: terminal && !a.flags.noColor && a.getenv("NO_COLOR") == ""}
}

func (a *app) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: a.level}))
}

// patience is for devices that are busy and connections that break.
func (a *app) patience() retry.Policy {
	return a.clock().Policy(a.flags.retryFor, time.Second, 15*time.Second)
}

// settling is how long a change may take to show: devices take up to a minute for an
// answer, so an answer that got lost may have been that late.
func (a *app) settling() retry.Policy {
	return a.clock().Policy(30*time.Second, time.Second, 8*time.Second)
}

// unattended is acfix without a person: nothing is shown but what goes wrong.
func (a *app) unattended() *app {
	quiet := *a
	quiet.stdout, quiet.stdinIsTerminal = io.Discard, false
	quiet.flags.quiet, quiet.flags.output = true, formatJSON
	return &quiet
}

func writeJSON(w io.Writer, content any) error { return report.WriteDocument(w, content) }
