package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/spf13/cobra"
	"golang.org/x/term"
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

func realApp(abort context.Context, stop <-chan struct{}) *app {
	return &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, environ: os.Environ, user: os.Geteuid(),
		stdinIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		stdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		stderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		readSecret:       func() ([]byte, error) { return term.ReadPassword(int(os.Stdin.Fd())) },
		restoreTerminal:  terminalState(int(os.Stdin.Fd())),
		now:              time.Now, sleep: retry.Sleep, jitter: rand.Float64,
		after:   func(d time.Duration, call func()) { time.AfterFunc(d, call) },
		ticking: everySecond,
		abort:   abort, stop: stop, outage: &store.Outage{},
	}
}

func everySecond(each func()) (stop func()) {
	ticker, ended := time.NewTicker(time.Second), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				each()
			case <-ended:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(ended) }
}

// run carries out one command line and returns the exit code.
func (a *app) run(arguments []string) int {
	a.stdout, a.stderr = inTurn(a.stdout), inTurn(a.stderr) // devices are worked on side by side
	a.hanging = progress.NewWaits(a.say)
	if a.ticking != nil {
		defer a.ticking(func() { a.hanging.Tick(a.now()) })()
	}
	a.interrupts = &interrupts{}
	defer a.answerInterrupt()()
	root := a.rootCommand()
	root.SetArgs(arguments)
	err := wrongDashes(root, arguments)
	if err == nil {
		var command *cobra.Command
		command, err = root.ExecuteContextC(a.abort)
		err = misspelt(command, arguments, err)
	}
	if err != nil && !isShown(err) {
		a.complain(err)
	}
	return codeOf(err)
}

// complain says what is wrong in one line and what to do in the next.
func (a *app) complain(err error) {
	code := ""
	if trouble := storeTroubleOf(err); trouble != nil {
		code = " [" + trouble.code + "]"
	}
	fmt.Fprintf(a.stderr, "acfix: error: %s%s\n", foreign.Clean(err.Error()), code)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(a.stderr, "acfix: hint:  %s\n", hint)
	}
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
