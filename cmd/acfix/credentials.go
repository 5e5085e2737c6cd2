package main

import (
	"bytes"
	"errors"
	"fmt"

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

// login finds user name and password: flag, environment, prompt; the first found wins.
func (a *app) login(c credentials) (username, password string, err error) {
	username = c.username
	if username == "" {
		username = a.getenv("ACFIX_USERNAME")
	}
	if username == "" {
		return "", "", misuse("give --username or set ACFIX_USERNAME", "no user name for the device")
	}
	switch {
	case c.passwordFile != "":
		password, err = readPasswordFile(c.passwordFile)
	case a.getenv("ACFIX_PASSWORD") != "":
		password = a.getenv("ACFIX_PASSWORD")
	case a.stdinIsTerminal:
		password, err = a.promptPassword(username)
	default:
		err = misuse("set ACFIX_PASSWORD or give --password-file", "no password for user %q, and no terminal to ask on", username)
	}
	return username, password, err
}

func (a *app) promptPassword(username string) (string, error) {
	password, err := a.askSecret(fmt.Sprintf("Password of %s: ", username))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if password == "" {
		return "", misuse("type the password, or press Ctrl-C", "an empty password is not tried: it would count as a failed login")
	}
	return password, nil
}

func readPasswordFile(path string) (string, error) {
	content, err := readPrivate(path, "--password-file")
	if err != nil {
		return "", err
	}
	password := string(bytes.TrimRight(content, "\r\n"))
	if password == "" {
		return "", misuse("write the password into the file", "--password-file: the file is empty")
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
