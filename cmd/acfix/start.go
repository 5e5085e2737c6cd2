package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/output/progress"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func realApp(abort context.Context, stop <-chan struct{}) *app {
	return &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ, user: os.Geteuid(),
		stdinIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		stdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		stderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		readSecret:       func() ([]byte, error) { return term.ReadPassword(int(os.Stdin.Fd())) },
		restoreTerminal:  terminalState(int(os.Stdin.Fd())),
		width:            terminalWidth,
		boot:             bootID,
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
	a.stdout, a.stderr = inTurn(a.stdout), inTurn(a.stderr) // several devices are worked on at once
	a.hanging = progress.NewWaits(a.say)
	a.interrupts, a.counting = &interrupts{}, &counting{}
	if a.ticking != nil {
		defer a.ticking(func() { a.hanging.Tick(a.now()); a.counting.tick(a.now()) })()
	}
	defer a.answerInterrupt()()
	root := a.rootCommand()
	root.SetArgs(arguments)
	err := a.execute(root, arguments)
	if err != nil && !isShown(err) {
		a.complain(err)
		a.faultDocument(err)
	}
	return codeOf(err)
}

// execute runs the command that the arguments name.
func (a *app) execute(root *cobra.Command, arguments []string) error {
	if err := wrongDashes(root, arguments); err != nil {
		return err
	}
	command, err := root.ExecuteContextC(a.abort)
	return misspelt(command, arguments, err)
}

// answerInterrupt answers the first interrupt until ended is called.
func (a *app) answerInterrupt() (ended func()) {
	done, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-a.stop:
			a.interrupts.answer(a.stderr)
		case <-done:
		}
	}()
	return func() { close(done); <-left }
}

// bootID is Linux's name of this start of the machine; "" on other systems. A container has its host's.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
