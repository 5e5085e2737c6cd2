package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"

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
	fmt.Fprintf(a.stderr, "Password of %s: ", username)
	secret, err := a.readSecret()
	fmt.Fprintln(a.stderr)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(secret), nil
}

const maxPassword = 4096

func readPasswordFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", misuse("check the path given with --password-file", "the password file can't be read: %s", cause(err))
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", misuse("chmod 600 "+path, "the password file can be read by others than its owner (mode %04o)", info.Mode().Perm())
	}
	if info.Size() > maxPassword {
		return "", misuse("give a file that holds the password alone", "the password file is larger than %d bytes", maxPassword)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", misuse("check the path given with --password-file", "the password file can't be read: %s", cause(err))
	}
	password := string(bytes.TrimRight(content, "\r\n"))
	if password == "" {
		return "", misuse("write the password into the file", "the password file is empty")
	}
	return password, nil
}

// cause is the reason without the path, which the operator has just typed.
func cause(err error) string {
	type pathed interface{ Unwrap() error }
	if p, ok := err.(pathed); ok && p.Unwrap() != nil {
		return p.Unwrap().Error()
	}
	return err.Error()
}
