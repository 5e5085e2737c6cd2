package main

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/remediate"
)

// ask puts a question on the terminal and returns the line that is typed. It reads byte by byte, so that a second
// question finds its own answer. An interrupt is an empty answer; the caller checks app.stopped.
func (a *app) ask(question string) string {
	fmt.Fprint(a.stderr, question)
	if isGone(a.stderr) { // the question was not seen
		return ""
	}
	answer, _ := interruptible(a, func() (string, error) { return a.line(), nil })
	return answer
}

func (a *app) line() string {
	var line strings.Builder
	letter := make([]byte, 1)
	for line.Len() < 1024 {
		n, err := a.stdin.Read(letter)
		if n == 1 && letter[0] == '\n' {
			return strings.TrimSpace(line.String())
		}
		line.Write(letter[:n])
		if err != nil {
			break
		}
	}
	fmt.Fprintln(a.stderr)
	return strings.TrimSpace(line.String())
}

// askYes reports whether the answer to a question is yes; any other answer is a no.
func (a *app) askYes(question string) bool {
	answer := strings.ToLower(a.ask(question + " Type yes or no: "))
	return answer == "yes" || answer == "y"
}

// askSecret asks for a line that the terminal does not show.
func (a *app) askSecret(question string) (string, error) {
	fmt.Fprint(a.stderr, question)
	secret, err := interruptible(a, a.readSecret)
	fmt.Fprintln(a.stderr)
	return string(secret), err
}

// interruptible waits for input or an interrupt, whichever comes first. A terminal read can't be cancelled, so it
// is abandoned; the process is about to end.
func interruptible[T any](a *app, read func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	a.interrupts.asking(true)
	typed := make(chan outcome, 1)
	go func() {
		value, err := read()
		typed <- outcome{value, err}
	}()
	select {
	case o := <-typed:
		a.interrupts.asking(false)
		return o.value, o.err
	case <-a.stop:
		a.restoreTerminal()
		fmt.Fprintln(a.stderr)
		var none T
		return none, fmt.Errorf("at the question: %w", remediate.ErrInterrupted)
	}
}
