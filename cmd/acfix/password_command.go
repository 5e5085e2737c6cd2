package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/report"
)

// passwordPatience is how long a password command may take.
const passwordPatience = 30 * time.Second

// fetch runs a password command, once per run however many devices use it.
func (s *secrets) fetch(from source) (fetched, error) {
	name := strings.Join(from.Command, "\x00")
	if result, ok := s.fetched[name]; ok {
		return result, nil
	}
	password, err := s.app.passwordFrom(from, passwordPatience)
	if errors.Is(err, remediate.ErrInterrupted) {
		return fetched{}, err
	}
	result := fetched{password: password}
	if err != nil {
		result.failure = &remediate.Failure{
			Code: remediate.CodeNoPassword, Message: fmt.Sprintf("no password: the command %s: %s", from.Command[0], err),
			Hint: "Nothing was sent to the device. Run the inventory's password_command by hand: it must end with 0 and print the password alone.",
		}
	}
	if s.fetched == nil {
		s.fetched = map[string]fetched{}
	}
	s.fetched[name] = result
	return result, nil
}

// passwordFrom runs a program, without a shell, in the inventory's folder. What it prints
// is the password and is never shown; what it says on stderr is, cleaned, when it fails.
func (a *app) passwordFrom(from source, patience time.Duration) (string, error) {
	ctx, cancel := a.reading()
	defer cancel()
	timed, done := context.WithTimeout(ctx, patience)
	defer done()
	stdout, stderr := capped{most: maxSecret + 1}, capped{most: 1000}
	program := exec.CommandContext(timed, from.Command[0], from.Command[1:]...)
	program.Dir, program.Stdout, program.Stderr = from.folder, &stdout, &stderr
	program.WaitDelay = time.Second // for what it left behind and still holds its output
	err := program.Run()
	if ctx.Err() != nil {
		return "", fmt.Errorf("at the password command: %w", remediate.ErrInterrupted)
	}
	password := strings.TrimRight(stdout.text.String(), "\r\n")
	switch {
	case timed.Err() != nil:
		err = fmt.Errorf("it did not end within %s", patience)
	case err == nil && stdout.text.Len() > maxSecret:
		err = fmt.Errorf("it printed more than %d bytes", maxSecret)
	case err == nil && password == "":
		err = errors.New("it printed nothing")
	}
	if err != nil {
		for line := range strings.Lines(stderr.text.String()) {
			a.say("%s: %s", from.Command[0], report.Clean(strings.TrimRight(line, "\r\n")))
		}
		return "", err
	}
	return password, nil
}

// capped keeps the beginning of what is written to it.
type capped struct {
	text bytes.Buffer
	most int
}

func (c *capped) Write(p []byte) (int, error) {
	c.text.Write(p[:min(len(p), max(c.most-c.text.Len(), 0))])
	return len(p), nil
}
