package main

import (
	"strings"

	"filippo.io/age"
	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/export"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// exportReader returns the reader of exported configurations under the flags.
func (a *app) exportReader(f fileFlags) (export.Reader, error) {
	if f.firmware != "" {
		if _, err := audiocodes.ParseFirmware(f.firmware); err != nil {
			return export.Reader{}, usage.Errorf("--firmware: %s", err).
				Hint("copy the version from the web interface, such as 7.40A.500.357")
		}
	}
	reader := export.Reader{
		Firmware:   f.firmware,
		Identities: func() ([]age.Identity, error) { return a.identities(f.identity) },
	}
	switch {
	case f.passwordFile != "":
		secret, err := a.readPrivate(f.passwordFile, "--package-password-file")
		if err != nil {
			return export.Reader{}, err
		}
		password := strings.TrimRight(string(secret), "\r\n")
		reader.Password = func(string) (string, error) { return password, nil }
	case a.stdinIsTerminal:
		reader.Password = func(path string) (string, error) { return a.askSecret("Password of " + path + ": ") }
	}
	return reader, nil
}

// exportOf reads the export of one device when it is asked for. One that can't be read is the failure of that device.
func exportOf(path string, reader export.Reader, stores []export.GivenStore) func() (remediate.Export, error) {
	return func() (remediate.Export, error) {
		read, err := reader.Read(path)
		if err != nil {
			return read, err
		}
		return read, export.AddStores(&read, stores)
	}
}
