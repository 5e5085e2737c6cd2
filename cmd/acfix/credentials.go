package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/acfix/acfix/inventory"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/pflag"
)

// credentials say as whom to log in. There is no flag that takes a password: it would
// stand in the list of processes and in the shell's history.
type credentials struct {
	username     string
	passwordFile string
}

func (c *credentials) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.username, "username", "", "user name on the device (or ACFIX_USERNAME)")
	flags.StringVar(&c.passwordFile, "password-file", "", "file that holds the password (or ACFIX_PASSWORD, or a prompt)")
}

// source is where an inventory says that a password is found, its paths resolved.
type source struct {
	inventory.Password
	folder string // of the inventory: where a command runs
}

// secrets are the passwords of one run. Nobody is asked twice for the same one, and no
// command runs twice.
type secrets struct {
	app     *app
	typed   map[string]string // by user name
	fetched map[string]fetched
}

// fetched is what a password command came to.
type fetched struct {
	password string
	failure  *remediate.Failure
}

// login finds user name and password: flag, the inventory's own, environment, prompt; the
// first found wins. A failure is one device's; an error ends the run before anything is sent.
func (s *secrets) login(c credentials, username string, own source) (string, string, *remediate.Failure, error) {
	switch {
	case c.username != "":
		username = c.username
	case username == "":
		username = s.app.getenv("ACFIX_USERNAME")
	}
	if username == "" {
		return "", "", nil, misuse.New("give --username or set ACFIX_USERNAME", "no user name for the device")
	}
	if c.passwordFile != "" {
		password, err := readPasswordFile(c.passwordFile, "--password-file")
		return username, password, nil, err
	}
	password, failure, err := s.own(own)
	if err == nil && failure == nil && password == "" {
		password, err = s.common(username)
	}
	return username, password, failure, err
}

// own is the password that an inventory leads to; "" where it leads to none.
func (s *secrets) own(from source) (string, *remediate.Failure, error) {
	switch {
	case from.File != "":
		password, err := readPasswordFile(from.File, "password_file")
		return password, nil, err
	case len(from.Command) > 0:
		result, err := s.fetch(from)
		return result.password, result.failure, err
	case from.Env != "" && from.Env != passwordVariable:
		// Another password in its place would be a failed login.
		password := s.app.getenv(from.Env)
		if password == "" {
			return "", nil, misuse.New("set "+from.Env, "the inventory's password_env: %s is not set", from.Env)
		}
		return password, nil, nil
	default:
		return "", nil, nil
	}
}

const passwordVariable = "ACFIX_PASSWORD"

func (s *secrets) common(username string) (string, error) {
	if password := s.app.getenv(passwordVariable); password != "" {
		return password, nil
	}
	if password, ok := s.typed[username]; ok {
		return password, nil
	}
	if !s.app.stdinIsTerminal {
		return "", misuse.New("set ACFIX_PASSWORD or give --password-file", "no password for user %q, and no terminal to ask on", username)
	}
	password, err := s.app.promptPassword(username)
	if err == nil {
		if s.typed == nil {
			s.typed = map[string]string{}
		}
		s.typed[username] = password
	}
	return password, err
}

func (a *app) promptPassword(username string) (string, error) {
	password, err := a.askSecret(fmt.Sprintf("Password of %s: ", username))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if password == "" {
		return "", misuse.New("type the password, or press Ctrl-C", "an empty password is not tried: it would count as a failed login")
	}
	return password, nil
}

func readPasswordFile(path, name string) (string, error) {
	content, err := readPrivate(path, name)
	if err != nil {
		return "", err
	}
	password := string(bytes.TrimRight(content, "\r\n"))
	if password == "" {
		return "", misuse.New("write the password into the file", "%s: the file is empty", name)
	}
	return password, nil
}

// cause is the reason without the path, which the operator has just typed.
func cause(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}
