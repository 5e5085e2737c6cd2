package access

import (
	"cmp"
	"context"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// ListedLogin is what an inventory says about a device's login.
type ListedLogin struct {
	Username string
	inventory.Password
	Folder string // of the inventory: relative paths begin there, and commands run there
}

// Login is a user name and a password. NoPassword says why there is no password: this device
// fails, the others need not.
type Login struct {
	Username, Password string
	NoPassword         *remediate.Failure
}

// Secrets finds the passwords of one run. It never asks the operator twice for the same one, and runs no
// command twice.
type Secrets struct {
	Getenv func(string) string
	// ReadFile reads a file that only its owner can read; name is the flag or key that led to it.
	ReadFile func(path, name string) ([]byte, error)
	// Ask asks the operator for a line that is not shown; nil without a terminal.
	Ask func(question string) (string, error)
	// Environment is what password commands get, as "NAME=value".
	Environment []string
	// Say passes on what a command that failed had to say, one line at a time, uncleaned.
	Say func(line string)

	typed   map[string]string // by user name
	fetched map[string]fetched
}

// Find finds user name and password: flag, the inventory's own, environment, prompt; the
// first found wins. An error ends the run before anything is sent: a *usage.Error, or
// remediate.ErrInterrupted.
func (s *Secrets) Find(ctx context.Context, flags Flags, listed ListedLogin) (Login, error) {
	found := Login{Username: cmp.Or(flags.Username, listed.Username, s.Getenv("ACFIX_USERNAME"))}
	if found.Username == "" {
		return Login{}, usage.Errorf("no user name for the device").Hint("give --username or set ACFIX_USERNAME")
	}
	var err error
	if flags.PasswordFile != "" {
		found.Password, err = s.ReadPasswordFile(flags.PasswordFile, "--password-file")
		return found, err
	}
	found.Password, found.NoPassword, err = s.findListed(ctx, listed)
	if err != nil || found.NoPassword != nil || found.Password != "" {
		return found, err
	}
	found.Password, err = s.findCommon(found.Username)
	return found, err
}

// findListed is the password that an inventory leads to; "" where it leads to none.
func (s *Secrets) findListed(ctx context.Context, from ListedLogin) (string, *remediate.Failure, error) {
	switch {
	case from.File != "":
		password, err := s.ReadPasswordFile(inventory.Beside(from.Folder, from.File), "password_file")
		return password, nil, err
	case len(from.Command) > 0:
		result, err := s.fetch(ctx, from)
		return result.password, result.failure, err
	case from.Env != "" && from.Env != passwordVariable:
		// Another password in its place would be a failed login.
		found := s.Getenv(from.Env)
		if found == "" {
			return "", nil, usage.Errorf("the inventory's password_env: %s is not set", from.Env).
				Hint("set " + from.Env)
		}
		password, err := parseVariable(from.Env, found)
		return password, nil, err
	default:
		return "", nil, nil
	}
}

const passwordVariable = "ACFIX_PASSWORD"

// parseVariable returns the password in an environment variable that is set. A variable that holds only a line end
// is empty, and no other source takes its place.
func parseVariable(name, text string) (string, error) {
	password, err := ParsePassword(text, name)
	if err == nil && password == "" {
		err = usage.Errorf("%s is empty", name).Hint("set " + name + " to the password")
	}
	return password, err
}

func (s *Secrets) findCommon(username string) (string, error) {
	if found := s.Getenv(passwordVariable); found != "" {
		return parseVariable(passwordVariable, found)
	}
	if password, ok := s.typed[username]; ok {
		return password, nil
	}
	if s.Ask == nil {
		return "", usage.Errorf("no password for user %q, and no terminal to ask on", username).
			Hint("set ACFIX_PASSWORD or give --password-file")
	}
	password, err := s.prompt(username)
	if err != nil {
		return password, err
	}
	if s.typed == nil {
		s.typed = map[string]string{}
	}
	s.typed[username] = password
	return password, nil
}

func (s *Secrets) prompt(username string) (string, error) {
	typed, err := s.Ask(fmt.Sprintf("Password of %s: ", username))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password, err := ParsePassword(typed, "what was typed")
	if err != nil {
		return "", err
	}
	if password == "" {
		return "", usage.Errorf("an empty password is not tried: it would count as a failed login").
			Hint("type the password, or press Ctrl-C")
	}
	return password, nil
}

// ReadPasswordFile returns the password in a file; name is the flag or key that led to it.
func (s *Secrets) ReadPasswordFile(path, name string) (string, error) {
	content, err := s.ReadFile(path, name)
	if err != nil {
		return "", err
	}
	password, err := passwordIn(string(content), name+": the file", func(hints hints) string { return hints.file })
	if err == nil && password == "" {
		err = usage.Errorf("%s: the file is empty", name).Hint("write the password into the file")
	}
	return password, err
}
