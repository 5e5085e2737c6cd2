package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// How long a password command may take, how long a password may be, and how much of what is printed is looked at to
// say what is wrong with it, in bytes.
const (
	commandPatience = 30 * time.Second
	mostPassword    = 4096
	mostPrinted     = 64 << 10
)

// fetched is the result of a password command.
type fetched struct {
	password string
	failure  *remediate.Failure
}

// fetch runs a password command, once per run however many devices use it.
func (s *Secrets) fetch(ctx context.Context, from ListedLogin) (fetched, error) {
	name := strings.Join(from.Command, "\x00")
	if result, ok := s.fetched[name]; ok {
		return result, nil
	}
	password, err := s.runCommand(ctx, from, commandPatience)
	if errors.Is(err, remediate.ErrInterrupted) {
		return fetched{}, err
	}
	result := fetched{password: password}
	if err != nil {
		result.failure = noPassword(from.Command[0], err)
	}
	if s.fetched == nil {
		s.fetched = map[string]fetched{}
	}
	s.fetched[name] = result
	return result, nil
}

func noPassword(program string, err error) *remediate.Failure {
	failure := &remediate.Failure{
		Code: remediate.CodeNoPassword, Message: fmt.Sprintf("no password: the command %s: %s", program, err),
		Hint: "Nothing was sent to the device. " +
			"Run the inventory's password_command by hand: it must end with 0 and print the password alone.",
	}
	if refused := new(usage.Error); errors.As(err, &refused) {
		failure.Hint = "Nothing was sent to the device. What to do: " + refused.Hint + "."
	}
	return failure
}

// runCommand runs a program without a shell, in the inventory's folder and with Environment. Its output is the
// password and is never shown; its stderr is shown when it fails.
func (s *Secrets) runCommand(ctx context.Context, from ListedLogin, patience time.Duration) (string, error) {
	timed, done := context.WithTimeout(ctx, patience)
	defer done()
	stdout, stderr := capped{most: mostPrinted + 1}, capped{most: 1000}
	program := exec.CommandContext(timed, from.Command[0], from.Command[1:]...)
	program.Dir, program.Stdout = from.Folder, &stdout
	program.Stderr = &stderr
	program.Env = append([]string{}, s.Environment...) // nil would be acfix's own
	program.WaitDelay = time.Second                    // for what it left behind and still holds its output
	err := program.Run()
	if ctx.Err() != nil {
		return "", fmt.Errorf("at the password command: %w", remediate.ErrInterrupted)
	}
	var password string
	switch {
	case timed.Err() != nil:
		err = fmt.Errorf("it did not end within %s", patience)
	case err == nil:
		password, err = parsePrinted(stdout.text.String())
	}
	if err != nil {
		for line := range strings.Lines(stderr.text.String()) {
			s.Say(from.Command[0] + ": " + strings.TrimRight(line, "\r\n"))
		}
		return "", err
	}
	return password, nil
}

// parsePrinted is the password in what a command printed, which may be cut behind mostPrinted.
func parsePrinted(text string) (string, error) {
	if len(text) > mostPrinted {
		return "", fmt.Errorf("it printed more than %d bytes", mostPrinted)
	}
	password, err := ParsePassword(text, "what it printed")
	switch {
	case err != nil:
		return "", err
	case password == "":
		return "", errors.New("it printed nothing")
	case len(password) > mostPassword:
		return "", fmt.Errorf("it printed more than %d bytes", mostPassword)
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

// ownPrefixes begin the names of variables that are for acfix itself and its store.
var ownPrefixes = []string{"ACFIX_", "PG"}

// WithoutSecrets returns an environment less what a password command has no need of: acfix's own
// variables, those of PostgreSQL, and the ones that are named, in capitals or not. The rest stays:
// pass, vault and op find by it whose passwords they are asked for.
func WithoutSecrets(environment, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		begins := func(prefix string) bool { return strings.HasPrefix(strings.ToUpper(name), prefix) }
		equals := func(own string) bool { return strings.EqualFold(own, name) }
		return slices.ContainsFunc(ownPrefixes, begins) || slices.ContainsFunc(names, equals)
	})
}
