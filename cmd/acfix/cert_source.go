package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// unusable returns a usage error: the operator named a file that can't be used.
func unusable(path string, err error) error {
	switch {
	case errors.Is(err, file.ErrPassword):
		return usage.Errorf("%s: %s", path, err).Hint("give the password with --password-file or in " + pfxPassword)
	default:
		return usage.Errorf("%s: %s", path, err).
			Hint(file.Advice(err, "give a file with certificates: PEM, DER, P7B or PFX"))
	}
}

// certificateOf reads the certificate from a file or from a device.
func (a *app) certificateOf(argument string, c connection) (check.Subject, certDocument, error) {
	inventoryFile, err := a.readInventory(c)
	if err != nil {
		return check.Subject{}, certDocument{}, err
	}
	if fileAmong([]string{argument}, inventoryFile) != "" {
		return a.certificateInFile(argument, c.PasswordFile)
	}
	devices, err := a.prepareFrom(inventoryFile, []string{argument}, c)
	if err != nil {
		return check.Subject{}, certDocument{}, err
	}
	return a.certificateOnDevice(devices[0])
}

// certificateInFile reads the certificate from a file. A certificate that can't be read fails a check of its own, so
// that the next one is not taken for it.
func (a *app) certificateInFile(path, passwordFile string) (check.Subject, certDocument, error) {
	password := a.getenv(pfxPassword)
	if passwordFile != "" {
		var err error
		if password, err = a.secrets(nil).ReadPasswordFile(passwordFile, "--password-file"); err != nil {
			return check.Subject{}, certDocument{}, err
		}
	}
	read, err := certfile.Open(path, password)
	if err != nil {
		return check.Subject{}, certDocument{}, unusable(path, err)
	}
	if err := certfile.Whole(path, read); err != nil {
		return check.Subject{}, certDocument{}, err
	}
	subject := check.Subject{Format: read.FormatName(), Unread: certfile.Texts(read.Problems)}
	found := certDocument{From: path, keys: publicHalves(read.Keys)}
	if read.Format == file.PFX && found.keys == nil { // a PFX is meant to hold keys too
		found.keys = []check.Key{}
	}
	if len(read.Certificates) == 0 {
		return subject, found, nil
	}
	leaf := read.Leaf()
	if leaves := read.Leaves(); leaves > 1 {
		const text = "%s holds %d certificates that are no CA's; only the one of %s is checked"
		a.warn(foreign.Clean(fmt.Sprintf(text, path, leaves, leaf.X509.Subject)))
	}
	subject.Leaf = leaf.X509
	subject.Others = read.Others(leaf)
	subject.Order = read.Order()
	return subject, found, nil
}

// certificateOnDevice builds the chain from the TLS Context's trusted roots, as the device does for what it sends.
func (a *app) certificateOnDevice(device *access.Device) (check.Subject, certDocument, error) {
	if device.NoPassword != nil {
		return check.Subject{}, certDocument{}, a.failed(device.NoPassword)
	}
	ctx, cancel := a.reading()
	defer cancel()
	client := device.Reader()
	defer client.Close()
	a.say("reading %s", device.Name)
	files, err := remediate.ReadContext(ctx, client, device.Choice, a.now)
	switch {
	case errors.Is(err, remediate.ErrWhichContext):
		return check.Subject{}, certDocument{}, usage.Errorf("%s: %s", device.Name, err).
			Hint("name the TLS Context with --tls-context, by name or index")
	case err != nil:
		return check.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	subject, err := certfile.OnDevice(files)
	if err != nil {
		return check.Subject{}, certDocument{}, a.failed(remediate.Fail(err))
	}
	return subject, certDocument{From: device.Name, Context: &files.ID}, nil
}

// failed prints why a device could not be read; there is then no document.
func (a *app) failed(failure *remediate.Failure) error {
	fmt.Fprintf(a.stderr, "acfix: error: %s [%s]\nacfix: hint:  %s\n",
		foreign.Clean(failure.Message), failure.Code, foreign.Clean(failure.Hint))
	return exitCode(failureExit(failure))
}

// certDocument is the document of "acfix cert check -o json".
type certDocument struct {
	check.Report
	From    string `json:"from"`    // file or target
	Context *int   `json:"context"` // TLS Context of the target; null for a file

	keys []check.Key // those in the file; nil where there are none
}
