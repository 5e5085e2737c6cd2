package access

import (
	"cmp"
	"context"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Credentials are what the command line says of a login. A password is not among it: it would
// stand in the list of processes and in the shell's history.
type Credentials struct {
	Username     string
	PasswordFile string
}

// Source is what an inventory says of a device's login.
type Source struct {
	Username string
	inventory.Password
	Folder string // of the inventory: relative paths begin there, and commands run there
}

// Login is a user name and a password. Failure is why there is no password: this device
// fails, the others need not.
type Login struct {
	Username, Password string
	Failure            *remediate.Failure
}

// Secrets are the passwords of one run. Nobody is asked twice for the same one, and no
// command runs twice.
type Secrets struct {
	Getenv func(string) string
	// ReadFile reads a file that nobody but its owner can read; name is the flag or key that
	// led to it.
	ReadFile func(path, name string) ([]byte, error)
	// Ask asks a person for a line that is not shown; nil where nobody sits there.
	Ask func(question string) (string, error)
	// Environment is what password commands get, as "NAME=value".
	Environment []string
	// Say passes on what a command that failed had to say, one line at a time, uncleaned.
	Say func(line string)

	typed   map[string]string // by user name
	fetched map[string]fetched
}

// Find finds user name and password: flag, the inventory's own, environment, prompt; the
// first found wins. An error ends the run before anything is sent: a *misuse.Error, or
// remediate.ErrInterrupted.
func (s *Secrets) Find(ctx context.Context, c Credentials, own Source) (Login, error) {
	found := Login{Username: cmp.Or(c.Username, own.Username, s.Getenv("ACFIX_USERNAME"))}
	if found.Username == "" {
		return Login{}, usage.Errorf("no user name for the device").Hint("give --username or set ACFIX_USERNAME")
	}
	var err error
	if c.PasswordFile != "" {
		found.Password, err = s.File(c.PasswordFile, "--password-file")
		return found, err
	}
	found.Password, found.Failure, err = s.own(ctx, own)
	if err == nil && found.Failure == nil && found.Password == "" {
		found.Password, err = s.common(found.Username)
	}
	return found, err
}

// own is the password that an inventory leads to; "" where it leads to none.
func (s *Secrets) own(ctx context.Context, from Source) (string, *remediate.Failure, error) {
	switch {
	case from.File != "":
		password, err := s.File(inventory.Beside(from.Folder, from.File), "password_file")
		return password, nil, err
	case len(from.Command) > 0:
		result, err := s.fetch(ctx, from)
		return result.password, result.failure, err
	case from.Env != "" && from.Env != passwordVariable:
		// Another password in its place would be a failed login.
		found := s.Getenv(from.Env)
		if found == "" {
			return "", nil, usage.Errorf("the inventory's password_env: %s is not set", from.Env).Hint("set " + from.Env)
		}
		password, err := variable(from.Env, found)
		return password, nil, err
	default:
		return "", nil, nil
	}
}

const passwordVariable = "ACFIX_PASSWORD"

// variable is the password in an environment variable that is set. One that holds a line end alone is empty, and no
// other source takes its place.
func variable(name, text string) (string, error) {
	password, err := Password(text, name)
	if err == nil && password == "" {
		err = usage.Errorf("%s is empty", name).Hint("set " + name + " to the password")
	}
	return password, err
}

func (s *Secrets) common(username string) (string, error) {
	if found := s.Getenv(passwordVariable); found != "" {
		return variable(passwordVariable, found)
	}
	if password, ok := s.typed[username]; ok {
		return password, nil
	}
	if s.Ask == nil {
		return "", usage.Errorf("no password for user %q, and no terminal to ask on", username).
			Hint("set ACFIX_PASSWORD or give --password-file")
	}
	password, err := s.prompt(username)
	if err == nil {
		if s.typed == nil {
			s.typed = map[string]string{}
		}
		s.typed[username] = password
	}
	return password, err
}

func (s *Secrets) prompt(username string) (string, error) {
	typed, err := s.Ask(fmt.Sprintf("Password of %s: ", username))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password, err := Password(typed, "what was typed")
	if err != nil {
		return "", err
	}
	if password == "" {
		return "", usage.Errorf("an empty password is not tried: it would count as a failed login").
			Hint("type the password, or press Ctrl-C")
	}
	return password, nil
}

// File is the password in a file; name is the flag or key that led to it.
func (s *Secrets) File(path, name string) (string, error) {
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
